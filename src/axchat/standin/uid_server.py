"""A stand-in for the vendor's uid tokenizer server: ``tokenizer_server --uid``.

Like the vendor's ``qwen2.5_tokenizer_uid.py`` it is a single-threaded ``http.server`` that keeps the
messages of every uid, says in ``diff`` which ids are new since the last turn, and holds back a torn
character in /decode (runner-console facts, part I section 4). A session is never freed.
"""

import json
import socketserver
import uuid
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from axchat.standin import vocabulary

GENERATION = "<|im_start|>assistant\n"
_TORN = "\ufffd"
_INVALID_UID = {"error": "Invalid uid"}


class UidSession:
    """One conversation of a runner: its messages, and the ids that the runner's KV cache is taken to hold."""

    def __init__(self, system_prompt: str) -> None:
        self._system_prompt = system_prompt
        self._messages: list[tuple[str, str]] = [("system", system_prompt)]
        self._known: list[int] = []
        self._held: list[int] = []

    def encode(self, prompt: str, last_reply: str | None) -> tuple[list[int], list[int]]:
        """Add the last answer and the next prompt; return all ids, and those after the known ones."""
        if last_reply is not None:
            self._messages.append(("assistant", last_reply))
            self._known = vocabulary.encode(self._text())
        self._messages.append(("user", prompt))
        ids = vocabulary.encode(self._text() + GENERATION)
        diff = ids[len(self._known) :]
        self._known = ids
        return ids, diff

    def decode(self, ids: list[int]) -> str:
        """Return the text of some ids; a torn character waits for the next call, as does all beside it."""
        self._held += ids
        text = vocabulary.decode(self._held)
        if _TORN in text:
            return ""
        self._held = []
        return text

    def reset(self, system_prompt: str | None) -> list[int]:
        """Forget the messages; return the ids of the system prompt."""
        if system_prompt is not None:
            self._system_prompt = system_prompt
        self._messages = [("system", self._system_prompt)]
        self._known = vocabulary.encode(self._text())
        return self._known

    def _text(self) -> str:
        return "".join(f"<|im_start|>{role}\n{said}<|im_end|>\n" for role, said in self._messages)


class UidServer(socketserver.TCPServer):
    """The single-threaded server; port 0 takes a free one, ``server_address`` says which."""

    allow_reuse_address = True

    def __init__(self, host: str, port: int, system_prompt: str) -> None:
        super().__init__((host, port), _Handler)
        self.system_prompt = system_prompt
        self.sessions: dict[str, UidSession] = {}


class _Handler(BaseHTTPRequestHandler):
    server: UidServer

    def do_GET(self) -> None:
        """Answer /get_uid, /bos_id and /eos_id."""
        path = urlsplit(self.path)
        if path.path == "/get_uid":
            uid = str(uuid.uuid4())
            self.server.sessions[uid] = UidSession(self.server.system_prompt)
            self._answer({"uid": uid})
            return
        answers = {"/bos_id": {"bos_id": vocabulary.BOS_ID}, "/eos_id": {"eos_id": vocabulary.EOS_ID}}
        if path.path not in answers:
            self._answer({"error": "Invalid GET endpoint"})
        elif parse_qs(path.query).get("uid", [""])[0] not in self.server.sessions:
            self._answer(_INVALID_UID)
        else:
            self._answer(answers[path.path])

    def do_POST(self) -> None:
        """Answer /encode, /decode and /reset; a body of another shape closes the connection."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            self._answer(self._result(json.loads(body)))
        except (ValueError, TypeError, KeyError) as error:
            self.log_error("%s: %s", self.path, error)
            self.close_connection = True

    def _result(self, request: dict[str, Any]) -> dict[str, Any]:
        session = self.server.sessions.get(request.get("uid", ""))
        if self.path not in ("/encode", "/decode", "/reset"):
            return {"error": "Invalid POST endpoint"}
        if session is None:
            return dict(_INVALID_UID)
        if self.path == "/decode":
            return {"text": session.decode(request["token_ids"])}
        if self.path == "/reset":
            return {"token_ids": session.reset(request.get("system_prompt"))}
        ids, diff = session.encode(request["text"], request.get("last_reply"))
        return {"token_ids": ids, "diff": diff}

    def _answer(self, value: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())
