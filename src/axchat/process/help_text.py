"""What a program prints for ``--help``, asked with limits: it may be any file of a model directory."""

from collections.abc import Callable
from pathlib import Path

from axchat.deadline import Deadline
from axchat.process.launch import LaunchRequest, child_environment
from axchat.process.pty_transport import PtyTransport
from axchat.process.shutdown import KILL_PATIENCE_S
from axchat.process.transport import ConsoleTransport

HELP_TIMEOUT_S = 10.0
MAX_HELP_BYTES = 65536


def help_of(
    program: str, folder: Path, *, spawn: Callable[[LaunchRequest], ConsoleTransport] = PtyTransport
) -> str:
    """The help of a vendor runner, on whichever stream; it stops before it touches the card.

    Vendor cmdline.hpp: usage on standard error, exit status 0 (recorded session 32-pty-help).

    Args:
        program: started with ``--help`` alone.
        folder: its working directory.
        spawn: starts a child on a console; replaced in tests.

    Raises:
        RunnerFailed: it cannot be started.
    """
    transport = spawn(LaunchRequest((program, "--help"), folder, child_environment(TERM="dumb")))
    deadline = Deadline(HELP_TIMEOUT_S)
    said = b""
    try:
        while len(said) <= MAX_HELP_BYTES and not deadline.is_over:
            output = transport.read(deadline.left())
            if output is None:
                continue
            said += output.console + output.stderr
            if output.is_end:
                break
    finally:
        transport.close(KILL_PATIENCE_S)
    return said[:MAX_HELP_BYTES].decode(errors="replace")
