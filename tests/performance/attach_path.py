"""A warm ``axchat run``: from its start to its request, and from the answer's text to its output.

A real process, and a holder over a scripted engine that has its model. A relay between them notes when the
request's first byte comes and when the answer's first text is handed on; the same thread reads the command's
standard output. The command's start is held against what Python and the command line's library take.
"""

import contextlib
import os
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from axchat.attach.place import listen
from axchat.standin.demo import write_demo
from performance.commands import BIN, Command, Ran, scale_of, show
from performance.row import Row, Scale, at_most
from performance.turns import taking_turns
from support.soak import ScriptedHolder

KEYS = ("attach-path/first-sent", "attach-path/first-written")
ROUNDS = {Scale.QUICK: 7, Scale.FULL: 60}
PATIENCE_S = 60.0
TEXT = b'"event": "text"'
PROMPT, ANSWER = "word:3", b"word-0 word-1 word-2 "


@dataclass(frozen=True, slots=True)
class Attached:
    """What one run took, in milliseconds.

    Attributes:
        to_request: from before the fork until the relay had the request's first byte.
        to_output: from when the relay had the answer's first text until the command's output was read.
    """

    to_request: float
    to_output: float


class Relay:
    """Stands at a holder's place, and notes what comes by.

    Args:
        folder: private, with a private ``axchat`` in it; ``XDG_RUNTIME_DIR`` and home of the commands.
        holder: the socket of the real one.
    """

    def __init__(self, folder: Path, holder: Path) -> None:
        self._listener = listen(folder / "axchat" / "holder-0.sock")
        self._listener.settimeout(PATIENCE_S)
        self._holder = holder
        model = write_demo(folder / "model", answers=["not asked"])
        self._argv = [str(BIN / "axchat"), "run", "-q", "--engine", "session", "-m", str(model), PROMPT]
        self._env = {**os.environ, "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()

    def __call__(self) -> Attached:
        """Start ``axchat run`` and hand everything on until it has answered."""
        began = time.perf_counter()
        command = subprocess.Popen(
            self._argv, env=self._env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        try:
            client, _ = self._listener.accept()
            with client, socket.socket(socket.AF_UNIX) as holder:
                holder.connect(str(self._holder))
                asked, told, written = relayed(command, client, holder)
            return Attached(1000 * (asked - began), 1000 * (written - told))
        finally:
            command.kill()
            command.communicate()


def relayed(
    command: subprocess.Popen[bytes], client: socket.socket, holder: socket.socket
) -> tuple[float, float, float]:
    """Hand on until the command's output ends: when it asked, was told the first text, and wrote it."""
    assert command.stdout is not None
    asked = told = written = 0.0
    answer = b""
    with selectors.DefaultSelector() as ready:
        for stream in (client, holder, command.stdout):
            ready.register(stream, selectors.EVENT_READ)
        while True:
            found = ready.select(PATIENCE_S)
            assert found, "neither the command nor the holder said anything"
            for key, _ in found:
                data, now = os.read(key.fd, 65536), time.perf_counter()
                if not data:
                    if key.fileobj is command.stdout:
                        assert answer == ANSWER, answer
                        return asked, told, written
                    ready.unregister(key.fileobj)
                elif key.fileobj is client:
                    asked = asked or now
                    holder.sendall(data)
                elif key.fileobj is holder:
                    told = told or (now if TEXT in data else 0.0)
                    client.sendall(data)
                else:
                    written = written or now
                    answer += data


def rows(scale: Scale) -> Iterator[Row]:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("holder", "relay"):
            (Path(folder) / name).mkdir(mode=0o700)
            (Path(folder) / name / "axchat").mkdir(mode=0o700)
        holder = ScriptedHolder(Path(folder) / "holder")
        try:
            with contextlib.closing(Relay(Path(folder) / "relay", holder.socket)) as relay:
                runs, others = taken(relay, ROUNDS[scale])
        finally:
            holder.end()
    request = statistics.median(it.to_request for it in runs)
    output = statistics.median(it.to_output for it in runs)
    bare, typer = (statistics.median(it.wall for it in others[name]) for name in ("bare", "typer"))
    yield Row(
        KEYS[0],
        "from the start of `axchat run` to its request's first byte, against `python -c 'import typer'`",
        f"{request:.1f} ms",
        f"{typer:.1f} ms",
        request / typer,
        at_most(1.8),
        (f"`python -c pass` took {bare:.1f} ms.",),
    )
    yield Row(
        KEYS[1],
        "from the answer's first text at `axchat run` to its output",
        f"{output:.2f} ms",
        "",
        output,
        at_most(2.0, "ms"),
    )


def taken(relay: Relay, rounds: int) -> tuple[list[Attached], dict[str, list[Ran]]]:
    """What runs took, and what Python and Typer took in turn with them."""
    runs: list[Attached] = []

    def run() -> Ran:
        runs.append(relay())
        return Ran(runs[-1].to_request, 0.0)

    ways = {
        "bare": Command(("python", "-c", "pass")),
        "typer": Command(("python", "-c", "import typer")),
        "run": run,
    }
    others = taking_turns(ways, rounds)
    return runs[1:], others


def main() -> int:
    """Measure, print, and judge."""
    scale = scale_of(sys.argv)
    return show(list(rows(scale)), scale)


if __name__ == "__main__":
    raise SystemExit(main())
