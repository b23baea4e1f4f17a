"""A tokenizer server on loopback for tests: it answers from a function, and misbehaves by request number."""

import ast
import json
import select
import socket
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from axchat.standin import vocabulary
from axchat.standin.tokenizer_server import chat_prompt
from axchat.standin.uid_server import UidSession

REQUEST_WAIT_S = 60.0
CLIENT_GONE_S = 30.0
"""How long a withheld answer waits for the client to give up."""


class Request(NamedTuple):
    """One request; ``head`` is the request line and the fields, without the last empty line."""

    method: str
    path: str
    head: str
    body: str


class Misbehaviour(NamedTuple):
    """What one request gets instead of its answer: another status, a close without a word, or silence."""

    status: int = 200
    close: bool = False
    silent: bool = False


Answers = Callable[[Request], str]
"""From a request to the body of its answer."""


class TokenizerServer:
    """A threaded server on an ephemeral port of 127.0.0.1; a context manager.

    ``misbehaves`` maps request numbers, from 1, to what happens to them. ``requests`` holds what was asked;
    ``before_answer`` is called between a request and its answer.
    """

    def __init__(self, answers: Answers, misbehaves: Mapping[int, Misbehaviour] | None = None) -> None:
        self.requests: list[Request] = []
        self.before_answer: Callable[[], None] = lambda: None
        self._answers = answers
        self._misbehaves = dict(misbehaves or {})
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stop, self._stopper = socket.socketpair()
        self._threads = [threading.Thread(target=self._accept)]
        self._asked = threading.Condition()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._listener.getsockname()[1])

    @property
    def address(self) -> str:
        """The address as the runner takes it."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopper.close()
        for thread in self._threads:
            thread.join()
        self._listener.close()
        self._stop.close()

    def wait_for_requests(self, count: int) -> None:
        """Wait until ``count`` requests have come."""
        with self._asked:
            assert self._asked.wait_for(lambda: len(self.requests) >= count, REQUEST_WAIT_S), self.requests

    def _accept(self) -> None:
        while True:
            ready, _, _ = select.select([self._listener, self._stop], [], [])
            if self._stop in ready:
                return
            connection, _ = self._listener.accept()
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(CLIENT_GONE_S)
            request = _read(connection)
            if request is None:
                return
            with self._asked:
                self.requests.append(request)
                number = len(self.requests)
                self._asked.notify_all()
                body = self._answers(request).encode("utf-8", "surrogateescape")
            self.before_answer()
            wrong = self._misbehaves.get(number, Misbehaviour())
            if wrong.silent:
                connection.recv(1)  # returns when the client closes
            elif not wrong.close:
                connection.sendall(_reply(wrong.status, body))


def _reply(status: int, body: bytes) -> bytes:
    return (
        f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/json\r\nConnection: close\r\n\r\n"
    ).encode() + body


def _read(connection: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(4096)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    method, path, _ = head.decode().split(" ", 2)
    fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    while len(body) < int(fields.get("Content-Length", 0)):
        body += connection.recv(4096)
    return Request(method, path, head.decode(), body.decode())


def from_vocabulary(request: Request) -> str:
    """Answer as the stand-in's own tokenizer server does."""
    if request.path in ("/bos_id", "/eos_id"):
        return json.dumps({"/bos_id": {"bos_id": -1}, "/eos_id": {"eos_id": vocabulary.EOS_ID}}[request.path])
    wanted = json.loads(request.body)
    if request.path == "/encode":
        return json.dumps({"token_ids": vocabulary.encode(chat_prompt(wanted["text"]))})
    return json.dumps({"text": vocabulary.decode(wanted["token_ids"])})


class UidAnswers:
    """Answers as the stand-in's uid server does; ``sessions`` is what it knows, by uid."""

    def __init__(self) -> None:
        self.sessions: dict[str, UidSession] = {}

    def __call__(self, request: Request) -> str:
        """Answer one request."""
        path, _, query = request.path.partition("?uid=")
        if path == "/get_uid":
            uid = f"uid-{len(self.sessions)}"
            self.sessions[uid] = UidSession("the server's own")
            return json.dumps({"uid": uid})
        wanted = json.loads(request.body or "{}")
        session = self.sessions.get(query or wanted.get("uid", ""))
        if session is None:
            return '{"error": "Invalid uid"}'
        if path in ("/bos_id", "/eos_id"):
            return from_vocabulary(request._replace(path=path))
        if path == "/reset":
            return json.dumps({"token_ids": session.reset(wanted.get("system_prompt"))})
        if path == "/decode":
            return json.dumps({"text": session.decode(wanted["token_ids"])})
        ids, diff = session.encode(wanted["text"], wanted.get("last_reply"))
        return json.dumps({"token_ids": ids, "diff": diff})


class Exchange(NamedTuple):
    """A recorded request with its answer; ``answer`` None when it got none."""

    request: Request
    answer: str | None


def recorded(folder: Path, name: str) -> list[Exchange]:
    """Return the exchanges of a recorded session, from its .http file, else from its .timed file."""
    path = folder / f"{name}.http"
    if path.exists():
        events = [json.loads(line) for line in path.read_text().splitlines()]
    else:
        lines = (folder / f"{name}.timed").read_text().splitlines()
        events = [ast.literal_eval(line.split(None, 2)[2]) for line in lines if line.split()[1] == "http"]
    answers = {event["n"]: event["body"] for event in events if event["ev"] == "answered"}
    asked = [event for event in events if event["ev"] == "request"]
    return [
        Exchange(Request(e["method"], e["path"], e.get("head", ""), e["body"]), answers.get(e["n"]))
        for e in asked
    ]


def from_recording(exchanges: list[Exchange]) -> Answers:
    """Answer each request as it was answered in the recording; the same body again gets the next answer."""
    left: dict[tuple[str, str], list[str]] = defaultdict(list)
    for exchange in exchanges:
        left[exchange.request.path, exchange.request.body].append(exchange.answer or "")

    def answer(request: Request) -> str:
        known = left.get((request.path, request.body), [])
        if not known:
            return '{"detail": "not in the recording"}'
        return known.pop(0) if len(known) > 1 else known[0]

    return answer
