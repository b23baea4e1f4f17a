"""Measure tokens a second through the session engine beside the bare stand-in runner, turn about in one run.

``python tests/performance/session_rate.py [turns]``: at a pace of 500 tokens a second, and without one, where
only the work around a token counts. The bare runner is typed to by pexpect and asks a vendor-style tokenizer
server; a turn is timed from its line to the marker behind its answer. Prints the median turn's rate and the
engine's divided by the bare runner's. The two have vocabularies of their own, so that their answers, the
same text, have different numbers of tokens.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pexpect

from axchat.deadline import Deadline
from axchat.engines.base import Request
from axchat.engines.session import SessionEngine
from axchat.events import Finished
from axchat.messages import Message, Role, Sampling
from axchat.standin import vocabulary
from axchat.standin.demo import write_demo

TOKENS = 1000
ANSWER = "fox " * TOKENS
TIMEOUT_S = 120.0
END = "token/s.*>> $"
VENDOR = """
import sys
from axchat.standin.tokenizer_server import TokenizerServer
with TokenizerServer("127.0.0.1", 0) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
"""


def write(folder: Path, port: int, token_s: float, *, has_tokenizer: bool) -> Path:
    """A demo directory with an answer of about so many tokens at this pace."""
    script = {"max_token_len": 4 * TOKENS, "steady": True}
    return write_demo(
        folder,
        port=port,
        layers=2,
        load_s=0,
        token_s=token_s,
        prefill_token_s=0,
        answers=[ANSWER],
        script=script,
        has_tokenizer=has_tokenizer,
    )


class Bare:
    """The runner under pexpect; its tokens are those of the stand-in's built-in vocabulary."""

    tokens = len(vocabulary.encode(ANSWER)) + 1

    def __init__(self, directory: Path) -> None:
        script = next(directory.glob("run_*_axcl_x86.sh"))
        self._console = pexpect.spawn(
            "/bin/bash", [str(script), ""], cwd=str(directory), echo=False, timeout=TIMEOUT_S, maxread=65536
        )
        self._console.expect_exact(">> ")

    def turn(self) -> float:
        """Seconds of one turn."""
        began = time.perf_counter()
        self._console.sendline("go")
        self._console.expect(END)
        return time.perf_counter() - began

    def close(self) -> None:
        """Quit."""
        self._console.sendline("q")
        self._console.expect(pexpect.EOF)
        self._console.close()


class Engine:
    """The session engine."""

    def __init__(self, directory: Path) -> None:
        self._engine = SessionEngine(directory)
        list(self._engine.start(Deadline(TIMEOUT_S)))
        self.tokens = 0

    def turn(self) -> float:
        """Seconds of one turn."""
        request = Request((Message(Role.USER, "go"),), Sampling(), Deadline(TIMEOUT_S))
        began = time.perf_counter()
        *_, last = self._engine.generate(request)
        took = time.perf_counter() - began
        assert isinstance(last, Finished)
        assert last.usage.completion_tokens is not None
        self.tokens = last.usage.completion_tokens
        return took

    def close(self) -> None:
        """Quit."""
        self._engine.close()


def measure(folder: Path, port: int, token_s: float, turns: int) -> None:
    """Measure one pace and print."""
    bare = Bare(write(folder / "bare", port, token_s, has_tokenizer=False))
    engine = Engine(write(folder / "engine", port, token_s, has_tokenizer=True))
    try:
        times: dict[str, list[float]] = {"bare": [], "engine": []}
        for number in range(turns + 1):
            took = {"bare": bare.turn(), "engine": engine.turn()}
            for name, seconds in took.items():
                if number:  # the first warms up
                    times[name].append(seconds)
    finally:
        bare.close()
        engine.close()
    tokens = {"bare": bare.tokens, "engine": engine.tokens}
    rates = {name: tokens[name] / statistics.median(took) for name, took in times.items()}
    pace = f"{1 / token_s:.0f} token/s" if token_s else "no pace"
    print(
        f"{pace:12} bare {rates['bare']:7.1f} token/s ({bare.tokens} tokens), session engine "
        f"{rates['engine']:7.1f} token/s ({engine.tokens}), ratio {rates['engine'] / rates['bare']:.3f}"
    )


def main() -> None:
    """Measure and print."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    server = subprocess.Popen(
        [sys.executable, "-c", VENDOR],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert server.stdout is not None
    port = int(server.stdout.readline())
    try:
        for name, token_s in (("paced", 0.002), ("free", 0.0)):
            with tempfile.TemporaryDirectory() as folder:
                measure(Path(folder) / name, port, token_s, turns)
    finally:
        server.kill()
        server.communicate()


if __name__ == "__main__":
    main()
