"""A small program with the vendor's ``/api`` protocol, in-process or as a child, that acts out its faults.

As a child: ``python vendor_api_program.py PORT ACTION``; ``ACTION`` is ``serve``, ``segv`` or ``no-device``.
"""

import json
import os
import resource
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

PATIENCE_S = 60.0


class VendorServer:
    """The server's one session. ``answers`` holds one item a turn: a list of poll answers.

    A poll answer is a text, ``None`` for a 500 with an empty body, or ``...`` for text without end. Each
    turn is over with its last item. ``busy`` is how many requests are refused as busy after a reset.
    """

    def __init__(
        self, answers: list[list[Any]], *, busy: int = 0, early_done: int = 0, port: int = 0
    ) -> None:
        self.answers = answers
        self.calls: list[tuple[str, Any]] = []
        self.busy = busy
        self.early_done = early_done
        self.left_busy = 0
        self.turn: list[Any] = []
        self.before = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            """Bound to this session."""

            def log_message(self, *_: object) -> None:
                """Nothing."""

            def do_GET(self) -> None:
                """Poll, stop, or an unknown path."""
                self.reply(*server.answer(self.path, None))

            def do_POST(self) -> None:
                """Reset or generate."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.reply(*server.answer(self.path, json.loads(body)))

            def reply(self, status: int, body: bytes) -> None:
                """Send an answer."""
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.http.server_address[1]
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.shutdown()
        self.thread.join(PATIENCE_S)
        self.http.server_close()

    def answer(self, path: str, body: Any) -> tuple[int, bytes]:
        """Status and body."""
        if path != "/api/generate_provider":
            self.calls.append((path, body))
        if path == "/api/generate_provider":
            return self.poll()
        if path == "/api/stop":
            self.turn = []
            return 200, b'{"status":"ok"}'
        if path in ("/api/reset", "/api/generate"):
            return self.start(path, body)
        return 404, b""

    def start(self, path: str, body: Any) -> tuple[int, bytes]:
        """A reset or a turn."""
        if path == "/api/generate" and "prompt" not in body:
            return 400, b'{"error":"Invalid request format"}'
        if self.turn or self.left_busy:
            self.left_busy = max(0, self.left_busy - 1)
            return 400, b'{"error":"llm is running"}'
        if path == "/api/reset":
            self.left_busy = self.busy
        else:
            self.turn, self.before = list(self.answers.pop(0)), self.early_done
        return 200, b'{"status":"ok"}'

    def poll(self) -> tuple[int, bytes]:
        """The next text."""
        if self.before:
            self.before -= 1
            return 200, b'{"done":true,"response":""}'
        if not self.turn:
            return 200, b'{"done":true,"response":""}'
        item = self.turn[0] if self.turn[0] is ... else self.turn.pop(0)
        if item is None:
            return 500, b""
        text = "more " if item is ... else item
        return 200, json.dumps({"done": not self.turn, "response": text}).encode()


def main() -> int:
    """Act as the child."""
    port, action = int(sys.argv[1]), sys.argv[2]
    if action == "segv":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.kill(os.getpid(), signal.SIGSEGV)
    if action == "no-device":
        print("\x1b[1;30;31m[E][        main][  75]: Get AXCL device failed{0x8030010b}\x1b[0m")
        return 255
    with VendorServer([["from ", "a child"]], port=port):
        print(f"Server running on port {port}...", flush=True)
        signal.sigwait({signal.SIGINT})
    return 0


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    sys.exit(main())
