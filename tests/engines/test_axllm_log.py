"""What the recorded logs of ``axllm serve`` say of its answers."""

import re

import pytest

from axchat.engines.axllm_log import is_cancel_line, is_end_of_turn, is_of_request, raise_failure
from axchat.errors import AxchatError, ContextOverflow, DeviceFailed
from axchat.process.server_child import Line
from support.recorded_http import AXLLM_SERVE


def logged(name: str) -> list[Line]:
    """The lines of a recording; warnings and errors are what goes to standard error."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", (AXLLM_SERVE / f"{name}.raw").read_text())
    lines = [line.strip() for line in text.splitlines()]
    return [Line(n, bool(re.search(r" (ERR|WRN) ", line)), line) for n, line in enumerate(lines)]


@pytest.mark.parametrize(
    ("name", "error"), [("s09-device-dead", DeviceFailed), ("s06-context-overflow", ContextOverflow)]
)
def test_a_failure_behind_status_200_is_in_the_log(name: str, error: type[AxchatError]) -> None:
    """A dead card and a full context are told apart."""
    with pytest.raises(error):
        raise_failure(logged(name))


def test_a_log_of_whole_answers_tells_of_no_failure() -> None:
    """Requests and ends of turns are seen, and neither a failure nor a cancel."""
    lines = logged("s03-sse-exact")
    raise_failure(lines)
    assert any(map(is_of_request, lines))
    assert any(map(is_end_of_turn, lines))
    assert not any(map(is_cancel_line, lines))


@pytest.mark.parametrize("name", ["s05-disconnect-close-stream", "s20-stream-timeout-alone"])
def test_a_cancelled_turn_prints_its_end_first(name: str) -> None:
    """So an end of a turn alone does not say yet that no cancel line comes."""
    lines = logged(name)
    cancelled = next(line.number for line in lines if is_cancel_line(line))
    assert is_of_request(lines[cancelled])
    assert any(is_of_request(line) for line in lines[:cancelled])
    assert is_end_of_turn(lines[cancelled - 1])
