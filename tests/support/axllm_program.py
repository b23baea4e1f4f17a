"""A small program with ``axllm serve``'s command line: prints its log lines and acts out its bugs, for tests.

``DIR/behaviour.json`` says what: ``start`` (``ready``, ``port-taken``, ``no-device``, ``silent``),
``answers`` (a list, one item a request: texts of the chunks, or a name of a bug).
"""

import json
import os
import resource
import select
import signal
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

NOISE = "\x1b[31m08:51:11.778 ERR axcl_Exit:35 | AXCL device 0 not inited\n\x1b[0m"
CANCELLED = (
    "\x1b[33m08:51:09.792 WRN operator():1595 | chat stream cancelled by client; "
    "discard partial assistant turn and reset KV cache\n\x1b[0m"
)
HEAD = {"Content-Type": "text/event-stream", "Connection": "keep-alive"}


def out(text: str) -> None:
    """Print to standard output at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def err(text: str) -> None:
    """Print to standard error at once."""
    sys.stderr.write(text)
    sys.stderr.flush()


def chunk(text: str, is_last: bool) -> bytes:
    """One chunk as recorded in axllm-s03-sse-exact."""
    choice = {
        "delta": {"content": text, "role": "assistant"},
        "finish_reason": "stop" if is_last else None,
        "index": 0,
    }
    data = b"data: " + json.dumps({"choices": [choice]}, separators=(",", ":")).encode() + b"\n\n"
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


class Handler(BaseHTTPRequestHandler):
    """Answers like axllm serve."""

    protocol_version = "HTTP/1.1"
    answers: ClassVar[list[object]] = []
    stale: ClassVar[list[str]] = []
    folder = Path()
    tokens = 0
    token_s = 0.0

    def log_message(self, *_: object) -> None:
        """Nothing of http.server's own."""

    def do_GET(self) -> None:
        """Health and models."""
        if self.path == "/health":
            body = b'{\n  "concurrency": 0,\n  "max_concurrency": 1,\n  "status": "healthy"\n}'
        else:
            body = b'{"data":[{"id":"AXERA-TECH/Qwen2.5-rig","owned_by":"openai-api"}]}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """The next answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with (self.folder / "requests").open("ab") as file:
            file.write(body + b"\n")
        out("08:48:57.791 INF operator():1505 | OpenAI chat request: model=AXERA-TECH/Qwen2.5-rig stream=1\n")
        answer = self.answers.pop(0) if self.answers else "paced"
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        for name, value in HEAD.items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        if isinstance(answer, list):
            self.say(answer)
        else:
            getattr(self, str(answer).replace("-", "_"))()

    def say(self, texts: list[str], *, done: bool = True) -> None:
        """Chunks, then the end."""
        for number, text in enumerate([*self.stale, *texts], 1):
            out(text)
            self.wfile.write(chunk(text, number == len(texts) and done))
        out("08:51:11.756 INF GetKVCache:2620 | precompute_len:12, remaining:372 (tracked)\n")
        self.wfile.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")

    def paced(self) -> None:
        """``tokens`` tokens, one each ``token_s`` seconds, until the client has gone."""
        for number in range(1, self.tokens + 1):
            if select.select([self.connection], [], [], self.token_s)[0]:
                err(CANCELLED)
                return
            self.wfile.write(chunk("word ", number == self.tokens))
        out("08:51:11.756 INF GetKVCache:2620 | precompute_len:12, remaining:372 (tracked)\n")
        self.wfile.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")

    def crash(self) -> None:
        """SIGSEGV after one chunk."""
        self.wfile.write(chunk("a", False))
        self.wfile.flush()
        self.kill()

    def kill(self) -> None:
        """Die as from a bad pointer, without a core file."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.kill(os.getpid(), signal.SIGSEGV)
        time.sleep(60)

    def device_dead(self) -> None:
        """Status 200, and the truth on standard error (axllm-s09-device-dead)."""
        err("\x1b[31m08:51:08.752 ERR inference:581 | AX_ENGINE_Execute\n\x1b[0m")
        self.say([" beta", " beta"])

    def overflow(self) -> None:
        """A full context in words that are not the recorded ones."""
        err("\x1b[31m08:50:40.955 ERR Run:3781 | SetKVCache failed\n\x1b[0m")
        self.wfile.write(chunk("the context of this conversation is full, send /reset", True))
        self.wfile.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")

    def time_limit(self) -> None:
        """The server's own time limit (axllm-s20-stream-timeout-alone)."""
        self.wfile.write(chunk("alpha", False))
        err("08:56:38.716 WRN operator():1595 | chat stream cancelled by client; discard partial\n")
        self.wfile.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")

    def endless(self) -> None:
        """Until the client has gone; then a stale token for whoever asks before the cancel line."""
        self.wfile.write(chunk("old", False))
        self.wfile.flush()
        while self.connection.recv(1):
            pass
        Handler.stale.append("STALE")
        if (gate := self.folder / "gate").exists():
            gate.read_bytes()  # a FIFO: the test lets the old answer end
        Handler.stale.clear()
        err(CANCELLED)


class Server(ThreadingHTTPServer):
    """As many threads as connections."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


def main() -> int:
    """Start as told; serve until SIGINT."""
    folder, port = Path(sys.argv[2]), int(sys.argv[4])
    behaviour = json.loads((folder / "behaviour.json").read_text())
    out("\x1b[32m08:51:08.211 INF Init:1773 | LLM init start\n\x1b[0m")
    start = behaviour.get("start", "ready")
    if start == "port-taken":
        err(f"08:48:57.389 ERR run_server_mode:1347 | Port {port} is unavailable: port is already in use\n")
    if start == "no-device":
        err("08:48:57.389 ERR run:35 | Get AXCL device failed{0x       0}, find total 0 device.\n")
    if start != "ready":
        if start == "silent":
            threading.Event().wait()
        err(NOISE)
        return 255
    Handler.answers, Handler.folder = behaviour.get("answers", []), folder
    Handler.tokens, Handler.token_s = behaviour.get("tokens", 0), behaviour.get("token_s", 0.0)
    server = Server(("127.0.0.1", port), Handler)
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    out(
        f"OpenAI API Server starting on http://0.0.0.0:{port}\nMax concurrency: 1\n"
        "Models: AXERA-TECH/Qwen2.5-rig\n"
    )
    try:
        server.serve_forever(poll_interval=0.02)
    except KeyboardInterrupt:
        out("08:51:11.757 INF run:80 | AXCLWorker exit with devid 0\n")
        err(NOISE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
