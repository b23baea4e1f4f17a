"""Every recorded console of every dialect: its events are written down beside it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from axchat.console.choice import confirm
from axchat.console.dialects import AXLLM, CONTEXT, LEGACY
from axchat.errors import ModelError
from support.console_replay import CAPTURES, Capture, Replay, summary

_FOLDERS = ("legacy-console", "axllm", "synthetic")
ALL = [
    Capture(folder, path.name.removesuffix(".events.json"))
    for folder in _FOLDERS
    for path in sorted((CAPTURES / folder).glob("*.events.json"))
]
each = pytest.mark.parametrize("capture", ALL, ids=lambda capture: f"{capture.folder}/{capture.name}")


def test_no_console_is_left_out() -> None:
    """Each recorded console has its events written down."""
    consoles = {
        path.name.removesuffix(".raw").removesuffix(".stdout")
        for folder in _FOLDERS
        for path in (CAPTURES / folder).glob("*.raw")
        if ".stderr." not in path.name
    }

    assert consoles == {capture.name for capture in ALL}


@each
def test_a_session_gives_its_events(capture: Capture) -> None:
    """Answers, statistics, failed turns, faults, limits and the state of the context are as written down."""
    parser = capture.parser()

    events = Replay(parser, cuts=()).run(capture.steps())

    assert summary(parser, events) == capture.expected


@each
def test_a_session_byte_by_byte_gives_the_same(capture: Capture) -> None:
    """The same session gives the same events whole and byte by byte."""
    whole = Replay(capture.parser(), cuts=()).run(capture.steps())
    bytewise = Replay(capture.parser(), cuts=None).run(capture.steps())

    assert bytewise == whole


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(cuts=st.lists(st.integers(0, 1 << 20), max_size=12))
@each
def test_a_session_in_random_pieces_gives_the_same(capture: Capture, cuts: list[int]) -> None:
    """Wherever the console is cut, the events are the same."""
    whole = Replay(capture.parser(), cuts=()).run(capture.steps())

    assert Replay(capture.parser(), cuts=cuts).run(capture.steps()) == whole


@each
def test_the_first_bytes_refute_a_wrong_choice(capture: Capture) -> None:
    """A started console proves its dialect or leaves it open, and never proves another."""
    first = capture.console.partition(b">> ")[0]
    wrong = LEGACY if capture.dialect is AXLLM else AXLLM

    proven = confirm(capture.dialect, first)

    if proven:
        with pytest.raises(ModelError, match=wrong.name) as refuted:
            confirm(wrong, first)
        assert refuted.value.facts == {"chosen": wrong.name, "found": capture.dialect.name}
    else:
        assert not confirm(CONTEXT, first)
