"""Bytes that try to make a parser slow, big or wrong, for every dialect."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.console.buffer import MAX_UNIT_BYTES
from axchat.console.dialects import AXLLM, CONTEXT, LEGACY
from axchat.console.dialects.axllm import AXLLM_EARLY, AXLLM_PLAIN
from axchat.console.dialects.legacy import LEGACY_VISION
from axchat.console.events import Closed
from axchat.console.parser import ConsoleParser
from axchat.console.states import State
from axchat.events import TextDelta
from support.feeding import drain, feed, joined

DIALECTS = [LEGACY, LEGACY_VISION, CONTEXT, AXLLM, AXLLM_PLAIN, AXLLM_EARLY]
every_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: f"{d.name}-{DIALECTS.index(d)}")

PURPLE = b"\x1b[1;30;35m[N][ Run][ 610]: hit eos,avg 12.65 token/s\n\x1b[0m\n"
AXLLM_END = b"\x1b[35m08:45:35.837 NTC Run:3583 | hit eos,avg 100.21 token/s\n\x1b[0m"
LINES = [
    b"\n\n" + PURPLE,
    PURPLE,
    b"\n\n" + AXLLM_END,
    AXLLM_END,
    b"\n\n\x1b[35m08:45:35.837 NTC Run:3580 | decode profile: 3 ms\n\x1b[0m",
    b"\x1b[32m08:45:35.837 INF GetKVCache:2620 | precompute_len:28, remaining:356\n\x1b[0m",
    b"\x1b[31m08:45:35.837 ERR x:1 | ",
    b"08:45:35.837 INF x:1 | ",
    b"\n\n08:45:35.837 NTC Run:3583 | hit eos,avg 1.00 token/s\n",
    b"\x1b[1;30;32m[I][ run][  80]: AXCLWorker exit with devid 0\x1b[0m\n",
    b"\x1b[1;30;32m[I][ run][  80]: ",
    b"\x1b[1;30;31m[E][ f][ 1]: ",
    b"[2025-11-09 08:46:00.031][10994][W][a][b][1]: x\n",
    b"[2025-11-09 08:46:00.031][10994][",
    b">> ",
    b"prompt >> ",
    b"\r 14% | ## |   1 /   7 [",
    b"\r   ",
    b"\x1b[33m\r 14% | \x1b[0m\x1b[0m",
    b"\n",
]


def in_state(parser: ConsoleParser, state: State) -> ConsoleParser:
    """The parser, led to this state by hand."""
    if state is not State.BOOTING:
        parser._console.go(State.READY)
    if state in {State.PREFILL, State.ANSWERING}:
        parser.begin_turn("hello")
        parser._console.echo = b""
    if state is State.ANSWERING:
        parser._console.go(State.ANSWERING)
    return parser


STATES = [State.BOOTING, State.READY, State.PREFILL, State.ANSWERING]


@every_dialect
@pytest.mark.parametrize("state", STATES)
def test_thousands_of_lines_take_linear_time(dialect: object, state: State) -> None:
    """Whole and half lines of the runner's form, two thousand of them, are read in time in every state.

    A repetition inside a repetition once took a time that doubled with each line.
    """
    for line in LINES:
        parser = in_state(ConsoleParser(dialect), state)
        console = line * 2000 + b"text"

        events = feed(parser, console, range(1000, len(console), 1000))
        parser.receive_eof()
        events += drain(parser)

        assert isinstance(events[-1], Closed)


@every_dialect
@pytest.mark.parametrize("line", [b"\n\n" + PURPLE, b"\n\n" + AXLLM_END, *LINES[-11:]])
def test_nothing_of_a_forgery_is_lost(dialect: object, line: bytes) -> None:
    """What an answer holds comes out as text, or as the library's and the runner's lines cut out of it."""
    parser = in_state(ConsoleParser(dialect), State.ANSWERING)
    console = line * 300 + b"text"

    events = feed(parser, console, range(700, len(console), 700))
    parser.receive_eof()
    text = "".join(event.text for event in [*events, *drain(parser)] if isinstance(event, TextDelta))

    is_library_line = line.startswith(b"[2025") and line.endswith(b"\n")
    assert text == ("text" if is_library_line else console.decode())


UNFINISHED = [
    b"",
    b"\x1b[1;30;32m[I][ main][ 237]: system_prompt: ",
    b"\x1b[1;30;31m[E][ f][ 1]: ",
    b"\x1b[31m08:45:35.837 ERR x:1 | ",
    b"08:45:35.837 ERR x:1 | ",
    b"[2025-11-09 08:46:00.031][10994][",
    b"\n\n" + PURPLE + b"\x1b[1;30;31m[E][ f][ 1]: ",
]


@every_dialect
@pytest.mark.parametrize("state", [State.BOOTING, State.ANSWERING])
@pytest.mark.parametrize("byte", [b"x", b"1", b"\n"])
def test_no_unfinished_unit_grows_without_limit(dialect: object, state: State, byte: bytes) -> None:
    """A line that never ends is let go of at the size limit."""
    piece = byte * 20_000
    for start in UNFINISHED:
        parser = in_state(ConsoleParser(dialect), state)

        for data in itertools.chain([start], [piece] * 5):
            parser.receive_data(data)
            for _ in drain(parser):
                pass
            assert len(parser._console.buffer.data) <= MAX_UNIT_BYTES + len(piece)


@given(st.binary(max_size=300), st.integers(1, 7), st.sampled_from(DIALECTS), st.booleans())
def test_garbage_never_breaks_a_parser(data: bytes, size: int, dialect: object, echo: bool) -> None:
    """Any bytes in any state give events and the end, never an exception."""
    for state in STATES:
        parser = in_state(ConsoleParser(dialect, crlf=echo, echo=echo), state)
        events = feed(parser, data, range(size, len(data), size))
        parser.receive_silence()
        events += drain(parser)
        parser.receive_eof()

        assert isinstance((events + list(drain(parser)))[-1], Closed)
        assert parser.state is State.CLOSED


@given(st.lists(st.sampled_from(LINES), max_size=12), st.integers(1, 40), st.sampled_from(DIALECTS))
def test_cutting_never_changes_what_is_read(lines: list[bytes], size: int, dialect: object) -> None:
    """Any order of the runner's lines gives the same events whole and in pieces, from every state."""
    console = b"".join(lines)
    for state in STATES:
        told = []
        for cuts in ((), range(size, len(console), size)):
            parser = in_state(ConsoleParser(dialect), state)
            events = feed(parser, console, cuts)
            parser.receive_eof()
            events += drain(parser)
            told.append(joined(events))

        assert told[0] == told[1]
