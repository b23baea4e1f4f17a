"""At the marker and at the end, in both consoles: what an idle program does, and one that is to go."""

import re
import signal
from pathlib import Path

import pytest

from support.standin_sessions import TEXT, started

CONSOLES = ("axcl-llm", "context")
QUIET_S = 0.5
"""Long enough for what should not come to come."""


@pytest.mark.parametrize("build", CONSOLES)
def test_a_device_that_dies_idle_is_told_at_the_marker(build: str, tmp_path: Path) -> None:
    """Right behind it, with no newline before; the next turn is errors and one token repeated."""
    with started(build, tmp_path, "idle-dead@1", max_token_len=60) as session:
        session.wait_for_marker(1)
        session.run.send(b"go\n")
        session.run.wait_for(lambda printed: printed.count(b"device 1 memory leak") == 3)
        session.run.send(b"more\n")
        session.run.wait_for(
            lambda printed: printed.count(b"hit eos") == 2 and printed.endswith(session.ready)
        )
        assert session.quit() == 0

    before, _, after = session.run.printed.partition(b"[W][device manager][listen][292]: device 1 is dead")
    # date, then the thread's number, which may begin like a year
    shown = re.sub(rb"\[\d{4}-\d\d-\d\d [^\]]*\]\[\d+\]\Z", b"", before)
    assert shown.endswith(session.ready)
    assert b"[C][device][print]" in after
    assert b"AX_ENGINE_Execute" in after


@pytest.mark.parametrize("build", CONSOLES)
@pytest.mark.parametrize(("fail", "status"), [("idle-segv", -signal.SIGSEGV), ("idle-exit-3", 3)])
def test_an_idle_program_may_end(fail: str, status: int, build: str, tmp_path: Path) -> None:
    """After its first turn, with the marker as its last bytes."""
    with started(build, tmp_path, f"{fail}@1") as session:
        session.wait_for_marker(1)
        session.run.send(b"go\n")

        assert session.run.finish() == status

    assert TEXT.encode() in session.run.printed
    assert session.run.printed.endswith(session.ready)


def test_an_idle_failure_waits_for_its_file(tmp_path: Path) -> None:
    """A turn goes by before the file is there; it is then that the program ends."""
    with started("axcl-llm", tmp_path, "idle-exit-3", trigger="now") as session:
        session.turn(1)
        assert session.run.stays_quiet(QUIET_S)
        (tmp_path / "now").touch()

        assert session.run.finish() == 3


def test_an_idle_failure_waits_for_its_seconds(tmp_path: Path) -> None:
    """A line that is typed in time is answered first."""
    with started("axcl-llm", tmp_path, "idle-exit-3", idle_s=60) as session:
        session.turn(1)

        assert session.quit() == 0


@pytest.mark.parametrize("build", CONSOLES)
def test_a_program_may_hang_when_it_lets_the_device_go(build: str, tmp_path: Path) -> None:
    """After q nothing comes, SIGINT changes nothing, SIGTERM ends it."""
    with started(build, tmp_path, "hang-exit") as session:
        session.wait_for_marker(1)
        session.run.send(b"q\n")
        assert session.run.stays_quiet(QUIET_S)
        session.run.kill(signal.SIGINT)
        session.run.kill(signal.SIGTERM)

        assert session.run.finish() == -signal.SIGTERM


@pytest.mark.parametrize("build", CONSOLES)
def test_a_program_may_ignore_q(build: str, tmp_path: Path) -> None:
    """Another marker."""
    with started(build, tmp_path, "ignore-q") as session:
        session.wait_for_marker(1)
        session.run.send(b"q\n")
        session.wait_for_marker(2)


@pytest.mark.parametrize("build", CONSOLES)
def test_markers_flood_without_an_end_of_input(build: str, tmp_path: Path) -> None:
    """As at the end of input, and lines are not read any more; SIGTERM ends it."""
    with started(build, tmp_path, "eof-flood@1", on_pty=False) as session:
        session.wait_for_marker(1)
        session.run.send(b"go\nq\n")
        session.run.wait_for(lambda printed: session.ready * 1000 in printed)
        session.run.kill(signal.SIGTERM)

        assert session.run.finish() == -signal.SIGTERM


@pytest.mark.parametrize("build", CONSOLES)
def test_the_end_of_input_floods_markers(build: str, tmp_path: Path) -> None:
    """The vendor's loop never ends; the stand-in's ends when nobody reads."""
    with started(build, tmp_path, on_pty=False) as session:
        session.wait_for_marker(1)
        session.run.close_input()
        session.run.wait_for(lambda printed: session.ready * 1000 in printed)
        session.run.close_output()

        assert session.run.wait() == 0
