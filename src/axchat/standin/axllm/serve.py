"""``axllm serve``: an OpenAI server with the faults of the real one, on loopback only.

One slot, which an answer holds while it is computed and a stream gives back at once; 8 workers, each taken by
a connection, an idle one too (recorded axllm-s01 to s20; runner-console facts, part III sections 5 and 6).
"""

import socket
import threading
import time

from axchat.standin import death
from axchat.standin.axllm.chat import (
    DONE,
    RESET_ANSWER,
    ChatRequest,
    Refused,
    chunk,
    dump,
    failure,
    read_chat,
    whole_answer,
)
from axchat.standin.axllm.model import Model
from axchat.standin.axllm.sink import Sink
from axchat.standin.axllm.turns import Turns
from axchat.standin.http_server import LAST_CHUNK, STREAM_HEAD, Connection, Gone, Reply, Request, Workers
from axchat.standin.loopback import HOST
from axchat.standin.thread_waits import ThreadWaits

STOP_S = 0.05
"""From SIGINT to the end of a server with a stream: a stop is seen between two layers (s07-SIGINT-stream)."""
_ROUTES = {
    "GET": {"/health": "health", "/v1/models": "models", "/models": "models"},
    "POST": {"/v1/chat/completions": "chat", "/chat/completions": "chat"},
}
_LISTED = (("GET ", "/v1/models", "/models"), ("POST", "/v1/chat/completions", "/chat/completions"))
_FOREVER_S = 1e6


class Server:
    """The server of one model; ``run`` serves until SIGINT."""

    def __init__(self, model: Model, listener: socket.socket) -> None:
        self._parts = model.parts
        self._name = model.parts.config.name
        self._model = model
        self._listener = listener
        self._port = listener.getsockname()[1]
        self._waits = ThreadWaits()
        model.parts = model.parts._replace(interrupts=self._waits)  # a turn's waits are not the main thread's
        self._turns = Turns(model, self._waits)
        self._slot = threading.Semaphore(1)
        self._answering = 0
        self._streams: set[Connection] = set()

    def run(self) -> None:
        """Listen, say so, answer; returns after SIGINT, or dies as the real one does then."""
        interrupts = self._parts.interrupts
        interrupts.stop = False  # one that came while loading is lost
        workers = Workers(self._listener, self._answer)
        self._parts.log.write(self._banner().encode())
        workers.start()
        while interrupts.wait_until(time.monotonic() + _FOREVER_S, stoppable=True):
            continue
        self._listener.close()
        for stream in list(self._streams):
            stream.close()
        if self._turns.is_running() and self._waits.hangs.wait(STOP_S):
            interrupts.hang()
        if self._turns.has_orphan():
            death.segmentation_fault()
        self._slot.acquire()

    def _banner(self) -> str:
        base = f"http://{HOST}:{self._port}"
        urls = "".join(f"  {method} {base}{path}\n" for method, path, _ in _LISTED)
        aliases = "".join(f"  {method} {base}{path}\n" for method, _, path in _LISTED)
        return (
            f"Starting server on port {self._port} with model '{self._name}'...\n"
            f"API URLs:\n  GET  {base}/health\n{urls}Aliases:\n{aliases}"
            f"OpenAI API Server starting on http://0.0.0.0:{self._port}\n"
            f"Max concurrency: 1\nModels: {self._name}\n"
        )

    def _answer(self, connection: Connection, request: Request) -> None:
        route = _ROUTES.get(request.method, {}).get(request.path.partition("?")[0])
        if route == "chat":
            try:
                self._chat(connection, read_chat(request.body, self._name))
            except Refused as refused:
                connection.reply(refused.reply)
        elif route == "health":
            state = {"concurrency": self._answering, "max_concurrency": 1, "status": "healthy"}
            connection.reply(Reply(200, dump(state)))
        elif route == "models":
            entry = {"created": int(time.time()), "id": self._name, "object": "model"}
            listed = {"data": [entry | {"owned_by": "openai-api"}], "object": "list"}
            connection.reply(Reply(200, dump(listed)))
        else:
            connection.reply(Reply(200 if request.method == "OPTIONS" else 404))

    def _chat(self, connection: Connection, asked: ChatRequest) -> None:
        if not self._slot.acquire(timeout=self._parts.script.slot_wait_s):
            connection.reply(failure(503, "rate_limit_exceeded", "Rate limit exceeded"))
        log = self._parts.log
        log.line("INF", "operator():1505", asked.log_text(self._name))
        if asked.strange_at:
            log.line("ERR", asked.strange_at, "content type not support")
            log.line("ERR", "operator():1532", "handle_body failed")
        elif asked.is_reset:
            log.line("INF", "operator():1540", "reset conversation state requested via API messages")
            self._model.reset()
        if asked.stream:
            self._slot.release()
            self._stream(connection, asked)
            raise Gone  # closed, although it announced to stay
        self._answering += 1
        try:
            reply = self._whole(asked)
        finally:
            self._answering -= 1
        try:
            connection.reply(reply)
        finally:
            self._slot.release()

    def _whole(self, asked: ChatRequest) -> Reply:
        timed_out = failure(504, "server_error", "Request timeout")
        if asked.strange_at:
            return timed_out
        if not asked.is_answered:
            return whole_answer(RESET_ANSWER, self._name)
        sink = Sink(lambda: True)
        deadline = time.monotonic() + self._parts.config.timeout_s
        self._turns.start(asked, sink)
        text = ""
        try:
            while (piece := sink.next(deadline)) is not None:
                text += piece
        except TimeoutError:
            self._turns.forget(sink)
            return timed_out
        return whole_answer(text, self._name)

    def _stream(self, connection: Connection, asked: ChatRequest) -> None:
        sink = Sink(connection.is_there)
        self._streams.add(connection)
        deadline = time.monotonic() + self._parts.config.timeout_s
        try:
            if asked.strange_at:
                sink.finish()
            elif not asked.is_answered:
                sink.put(RESET_ANSWER)
                sink.finish()
            else:
                self._turns.start(asked, sink)
            connection.send(STREAM_HEAD)
            self._send_pieces(connection, sink, deadline)
            connection.send_chunk(DONE)
            connection.send(LAST_CHUNK)
        finally:
            sink.stop()
            self._streams.discard(connection)

    def _send_pieces(self, connection: Connection, sink: Sink, deadline: float) -> None:
        """Send each text once the next one is there; the last one says that it is the last."""
        held: str | None = None
        try:
            while (piece := sink.next(deadline)) is not None:
                if held is not None:
                    connection.send_chunk(chunk(held, self._name, is_last=False))
                held = piece
        except TimeoutError:
            return
        if held is not None:
            connection.send_chunk(chunk(held, self._name, is_last=True))
