"""keep_alive is read as Ollama reads it: Go's durations, seconds, negative for ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.errors import UsageError
from axchat.wire.keep_alive import FOR_EVER, keep_alive_s

READ = {
    "5m": 300.0,
    "1h30m": 5400.0,
    "1h30m10.5s": 5410.5,
    "300s": 300.0,
    "1500ms": 1.5,
    "3us": 3e-6,
    "3\u00b5s": 3e-6,
    "3\u03bcs": 3e-6,
    "7ns": 7e-9,
    ".5h": 1800.0,
    "1.h": 3600.0,
    "+5m": 300.0,
    "0": 0.0,
    "-0": 0.0,
    "0s": 0.0,
    "-0s": 0.0,
    "300": 300.0,
    "-1m": FOR_EVER,
    "-1ns": FOR_EVER,
    "-1": FOR_EVER,
    "2562047h47m16s": 9223372036.0,
    "2562048h": FOR_EVER,
}

REFUSED = [
    "", "m", "-", "+", ".", ".s", "5 m", "5M", "1d", "--5m", "+-5m", "5m-3s", "1e3s", "٣s", "5mm", "0m0",
    "9" * 101, True, False, [], {}, float("nan"), float("inf"), float("-inf"),
]  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_reads_a_duration_of_go(text: str) -> None:
    """A text is a duration of Go, or seconds; a negative or an endless one means for ever."""
    assert keep_alive_s(text) == pytest.approx(READ[text])


@pytest.mark.parametrize("value", REFUSED, ids=repr)
def test_refuses_anything_else(value: object) -> None:
    """Anything else is refused in one line that shows it and names what is meant."""
    with pytest.raises(UsageError, match="keep_alive is no duration") as caught:
        keep_alive_s(value)
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 200
    assert "5m" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(300, 300.0), (0, 0.0), (0.5, 0.5), (-1, FOR_EVER), (-0.1, FOR_EVER), (10**30, FOR_EVER)],
)
def test_a_number_is_seconds(value: float, seconds: float) -> None:
    """A number is seconds, a negative one and one beyond Go's clock mean for ever."""
    assert keep_alive_s(value) == seconds


def test_null_leaves_it_to_the_server() -> None:
    """JSON's null is the same as leaving it out."""
    assert keep_alive_s(None) is None


@given(st.integers(0, 2_000_000), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999_999_999))
def test_what_go_writes_is_read_back(hours: int, minutes: int, seconds: int, nanoseconds: int) -> None:
    """The long form that Go itself writes gives the same time."""
    text = f"{hours}h{minutes}m{seconds}.{nanoseconds:09d}s"
    exact = ((hours * 60 + minutes) * 60 + seconds) * 10**9 + nanoseconds
    assert keep_alive_s(text) == pytest.approx(exact / 1e9)


@given(st.text(alphabet="0123456789.hmsnuµ+- ", max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but a number of seconds or a refusal comes out of a text."""
    try:
        seconds = keep_alive_s(text)
    except UsageError:
        return
    assert seconds is not None
    assert seconds == FOR_EVER or seconds >= 0


@pytest.mark.parametrize("value", [10**400, -(10**400)])
def test_a_number_beyond_all_floats_is_for_ever(value: int) -> None:
    """JSON's whole numbers know no bound."""
    assert keep_alive_s(value) == FOR_EVER
