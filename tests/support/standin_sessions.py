"""Both consoles of the stand-in under one fixture: each with its tokenizer, its marker and a trace."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from support import standin_model
from support.standin_run import CONTEXT, RUNNER, Run
from support.tokenizer_server import TokenizerServer, UidAnswers, from_vocabulary

BUILDS = ("axcl-llm", "prefill", "multi", "context")
TEXT = "abcdefghijklmnop"
"""Eight ids: two chunks of three and a rest of two."""


class Session(NamedTuple):
    """A running stand-in, its tokenizer server, and the marker that it prints."""

    run: Run
    server: TokenizerServer
    ready: bytes
    directory: Path

    def wait_for_marker(self, number: int) -> None:
        """Read until the marker was printed ``number`` times and nothing after it."""
        self.run.wait_for(
            lambda printed: printed.count(self.ready) == number and printed.endswith(self.ready)
        )

    def turn(self, number: int, line: bytes = b"go\n") -> None:
        """Play one whole turn, counted from 1."""
        self.wait_for_marker(number)
        self.run.send(line)
        self.wait_for_marker(number + 1)

    def quit(self) -> int:
        """Type q and return the exit status."""
        self.run.send(b"q\n")
        return self.run.finish()

    def trace(self) -> list[dict[str, Any]]:
        """The trace's lines."""
        return [json.loads(line) for line in (self.directory / "trace").read_text().splitlines()]


@contextmanager
def started(
    build: str, directory: Path, fail: str = "", *, on_pty: bool = True, **script: Any
) -> Iterator[Session]:
    """A run of ``build`` without echo that answers TEXT; ``script`` adds or replaces keys."""
    context = build == "context"
    plays = {"connect_retry_s": 0, "answers": [{"text": TEXT}], "fail": fail, **script}
    standin_model.write(directory, **plays)
    with TokenizerServer(UidAnswers() if context else from_vocabulary) as server:
        if context:
            arguments = standin_model.context_arguments(server.address)
        else:
            arguments = ["--standin-build", build, *standin_model.arguments(server.address)]
        if build == "multi":
            arguments += ["--devices", "0"]
        run = Run(
            ["--standin-trace", str(directory / "trace"), *arguments],
            directory,
            on_pty=on_pty,
            echo=False,
            command=CONTEXT if context else RUNNER,
        )
        with run:
            yield Session(run, server, b"prompt >> " if context else b">> ", directory)
