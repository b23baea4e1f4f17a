"""Failures in the middle of an answer, in both consoles (facts: part I, 1.5 and 2.8; part II, 8)."""

import re
import signal
from pathlib import Path

import pytest

from support.standin_sessions import TEXT, started

CONSOLES = ("axcl-llm", "context")
SHOWN = TEXT[:6].encode()
"""The first chunk."""

QUIET_S = 0.3
"""Long enough for the next token to have begun, where the runner hangs."""


@pytest.mark.parametrize("build", CONSOLES)
@pytest.mark.parametrize(
    ("fail", "status"),
    [("segv-token-4", -signal.SIGSEGV), ("abrt-token-4", -signal.SIGABRT), ("exit-token-4", 1)],
)
def test_a_death_ends_the_console_after_the_last_chunk(
    fail: str, status: int, build: str, tmp_path: Path
) -> None:
    """No newline, no end line: four tokens are there, three of them are shown."""
    with started(build, tmp_path, fail) as session:
        session.wait_for_marker(1)
        session.run.send(b"go\n")

        assert session.run.finish() == status

    assert session.run.printed.endswith(SHOWN)


@pytest.mark.parametrize("build", CONSOLES)
def test_a_failure_can_wait_for_a_turn(build: str, tmp_path: Path) -> None:
    """Turns count from 0: the first is whole, the second dies."""
    with started(build, tmp_path, "segv-token-3@1") as session:
        session.turn(1)
        assert TEXT.encode() in session.run.printed
        session.run.send(b"go\n")

        assert session.run.finish() == -signal.SIGSEGV

    assert session.run.printed.count(b"hit eos") == 1


@pytest.mark.parametrize("build", CONSOLES)
def test_a_hang_is_ended_by_sigterm_only(build: str, tmp_path: Path) -> None:
    """SIGINT brings no end line."""
    with started(build, tmp_path, "hang-token-4") as session:
        session.wait_for_marker(1)
        session.run.send(b"go\n")
        session.run.wait_for_end_of(SHOWN)
        assert session.run.stays_quiet(QUIET_S)
        session.run.kill(signal.SIGINT)
        session.run.kill(signal.SIGTERM)

        assert session.run.finish() == -signal.SIGTERM

    assert session.run.printed.endswith(SHOWN)


@pytest.mark.parametrize("build", CONSOLES)
def test_a_dead_device_repeats_a_token_with_errors_to_the_limit(build: str, tmp_path: Path) -> None:
    """The errors are ignored, the end is normal, and the device stays dead for the next turn."""
    with started(build, tmp_path, "dead-device-token-3", max_token_len=80) as session:
        session.turn(1)
        session.turn(2)
        assert session.quit() == 0

    assert session.run.printed.count(b"hit eos") == 2
    assert session.run.printed.count(b"AX_ENGINE_Execute") > 80
    assert b"device 1 is dead" in session.run.stderr()
    first, second = session.trace()[-2:]
    assert {*second["answered"]} == {first["answered"][-1]}


@pytest.mark.parametrize("build", CONSOLES)
def test_an_error_line_of_the_library_lands_in_the_answer(build: str, tmp_path: Path) -> None:
    """On stdout, behind the chunk that was shown last, and the answer goes on."""
    with started(build, tmp_path, "library-error-token-3") as session:
        session.turn(1)
        session.quit()

    line = b"[E][channel][send][166]: send 4096 bytes, but 0 bytes sent\r\n"
    before, found, after = session.run.printed.partition(line)
    assert found
    # date, then the thread's number, which may begin like a year
    shown = re.sub(rb"\[\d{4}-\d\d-\d\d [^\]]*\]\[\d+\]\Z", b"", before)
    assert shown.endswith(SHOWN)
    assert after.startswith(TEXT[6:12].encode())


@pytest.mark.parametrize("build", CONSOLES)
def test_an_error_line_of_the_library_may_go_to_stderr(build: str, tmp_path: Path) -> None:
    """Then the answer on stdout is untouched."""
    with started(build, tmp_path, "late-error-token-3") as session:
        session.turn(1)
        session.quit()

    assert b"but 0 bytes sent\n" in session.run.stderr()
    assert TEXT.encode() in session.run.printed
