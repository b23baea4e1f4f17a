"""The stand-in for ``main_api_*`` with its tokenizer server, and calls to it."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from support import standin_model
from support.ports import free_port
from support.standin_serve import ServeRun
from support.tokenizer_server import TokenizerServer, UidAnswers

API = (sys.executable, "-m", "axchat.standin.api_server")


class Api(NamedTuple):
    """A running server."""

    run: ServeRun
    directory: Path

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Make a call; its status, and its body if that is JSON."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nContent-Length: {len(data)}\r\n\r\n".encode()
        head_back, _, said = self.run.exchange(head + data).partition(b"\r\n\r\n")
        return int(head_back.split()[1]), json.loads(said) if said else None

    def generate(self, prompt: str) -> tuple[int, Any]:
        """Ask for an answer."""
        return self.call("POST", "/api/generate", {"prompt": prompt})

    def poll(self) -> Any:
        """The answer to one poll."""
        return self.call("GET", "/api/generate_provider")[1]

    def answer(self, begun: bytes) -> str:
        """Poll until the turn that printed ``begun`` is over; the whole text."""
        self.run.wait_for(lambda printed: begun in printed)
        text = ""
        while True:
            said = self.poll()
            text += said["response"]
            if said["done"]:
                return text

    def text_of(self, length: int) -> str:
        """Poll until that much text is there."""
        text = ""
        while len(text) < length:
            text += self.poll()["response"]
        return text

    def trace(self) -> list[dict[str, Any]]:
        """The trace's lines."""
        return [json.loads(line) for line in (self.directory / "trace").read_text().splitlines()]


@contextmanager
def started(directory: Path, **script: Any) -> Iterator[Api]:
    """A server on a port of its own."""
    port = free_port()
    standin_model.write(directory, connect_retry_s=0, api_port=port, **script)
    with TokenizerServer(UidAnswers()) as tokenizer:
        words = standin_model.context_arguments(tokenizer.address)
        at = words.index("--live_print")
        arguments = ["--standin-trace", str(directory / "trace"), *words[:at], *words[at + 2 :]]
        with ServeRun(API, arguments, directory, port=port, ready=b"Server running on port ") as run:
            yield Api(run, directory)
