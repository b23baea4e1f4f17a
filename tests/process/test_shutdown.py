"""Ending a runner: the step that works is the politest one that can."""

from pathlib import Path

from axchat.process.launch import LaunchRequest, child_environment
from axchat.process.pty_transport import PtyTransport
from axchat.process.shutdown import Ended, end
from axchat.process.transport import Output
from support.processes import PATIENCE_S


def ready(script: str) -> PtyTransport:
    """A child that has said ``ready``."""
    transport = PtyTransport(LaunchRequest(("/bin/bash", "-c", script), Path("/"), child_environment()))
    said = b""
    while b"ready" not in said:
        output = transport.read(PATIENCE_S)
        assert output is not None
        said += output.console
    return transport


def test_a_polite_quit_is_enough_for_an_idle_runner() -> None:
    """A runner that reads its quit ends by it, and its last words are read."""
    said: list[Output] = []
    transport = ready("echo ready; read x; [ $x = q ] && echo bye; exit 3")

    assert end(transport, quit_bytes=b"q\n", on_output=said.append) == (Ended.QUIT, 3)
    assert b"".join(output.console for output in said) == b"bye\n"


def test_a_runner_that_is_not_idle_is_terminated() -> None:
    """Without a quit to type, SIGTERM ends a runner that does not ignore it."""
    transport = ready("echo ready; exec sleep 1000")

    assert end(transport, quit_bytes=None) == (Ended.TERMINATED, 143)


def test_a_runner_deaf_to_term_is_killed() -> None:
    """The last step cannot be refused."""
    transport = ready("trap '' TERM; echo ready; while :; do sleep 1000; done")

    assert end(transport, quit_bytes=b"q\n", quit_patience_s=0.05) == (Ended.KILLED, 137)


def test_a_runner_that_has_ended_needs_no_step() -> None:
    """A runner that is gone is only released."""
    transport = ready("echo ready")
    while not (output := transport.read(PATIENCE_S)) or not output.is_end:
        pass

    assert end(transport, quit_bytes=b"q\n") == (Ended.ITSELF, 0)


def test_a_flood_does_not_stop_the_end() -> None:
    """A runner that floods its console is read on, so that it can end."""
    transport = ready("trap 'exit 5' TERM; echo ready; while :; do echo flood; done")

    assert end(transport, quit_bytes=None) == (Ended.TERMINATED, 5)
