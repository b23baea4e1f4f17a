"""The stand-in runner without axchat: typed to by pexpect, asking a tokenizer server in the vendor's way."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pexpect

from axchat.standin.demo import write_demo

TIMEOUT_S = 120.0
PROMPT = ">> "
END = "token/s.*>> $"
TOKENIZER = """
import sys
from axchat.standin.tokenizer_server import TokenizerServer
with TokenizerServer("127.0.0.1", 0) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
"""


@contextmanager
def vendor_tokenizer() -> Iterator[int]:
    """The port of a tokenizer server in the vendor's style, in a process of its own."""
    with started(TOKENIZER) as port:
        yield port


@contextmanager
def started(program: str, *arguments: str) -> Iterator[int]:
    """A Python program that serves until its standard input ends, or it is killed; the port it prints.

    Raises:
        RuntimeError: it ended before; the last line that it said.
    """
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
        )
        assert process.stdout is not None
        try:
            port = process.stdout.readline()
            if not port:
                said.seek(0)
                raise RuntimeError(f"a server did not start: {said.read().decode().strip()[-200:]}")
            yield int(port)
        finally:
            process.kill()
            process.communicate()


def written(
    folder: Path,
    port: int,
    answer: str,
    *,
    token_s: float,
    load_s: float = 0.0,
    script: Mapping[str, object] = {},
) -> Path:
    """A model directory whose runner asks the tokenizer server at this port."""
    return write_demo(
        folder,
        port=port,
        layers=4,
        load_s=load_s,
        token_s=token_s,
        prefill_token_s=0.0,
        answers=[answer],
        script=dict(script),
        has_tokenizer=False,
    )


class BareRunner:
    """The runner of a model directory, started by its script and loading.

    Args:
        directory: of ``written``.
    """

    def __init__(self, directory: Path) -> None:
        script = next(directory.glob("run_*_axcl_x86.sh"))
        self._console = pexpect.spawn(
            "/bin/bash", [str(script), ""], cwd=str(directory), echo=False, timeout=TIMEOUT_S, maxread=65536
        )
        self._console.delaybeforesend = None  # of pexpect itself, 50 ms before each line

    def wait_until_loaded(self) -> None:
        """Wait for its prompt."""
        self._console.expect_exact(PROMPT)

    def ask_until(self, pattern: str) -> None:
        """Send a question and wait for this of its answer."""
        self._console.sendline("go")
        self._console.expect(pattern)

    def close(self) -> None:
        """End it, whatever it does."""
        self._console.close(force=True)
