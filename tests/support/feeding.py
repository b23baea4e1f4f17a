"""Feeds a console parser whole, byte by byte and in random pieces; the events must agree."""

import itertools
from collections.abc import Iterator, Sequence

from axchat.console.events import NEED_DATA, ConsoleEvent
from axchat.console.parser import ConsoleParser
from axchat.events import TextDelta
from support.sessions import Recording, Step


def drain(parser: ConsoleParser) -> Iterator[ConsoleEvent]:
    """Every event that is ready."""
    while (event := parser.next_event()) is not NEED_DATA:
        yield event


def feed(parser: ConsoleParser, data: bytes, cuts: Sequence[int] | None = None) -> list[ConsoleEvent]:
    """Events of these bytes; cut at the given places, or byte by byte for None."""
    places = [0, *(range(1, len(data)) if cuts is None else cuts), len(data)]
    events: list[ConsoleEvent] = []
    for start, end in itertools.pairwise(places):
        parser.receive_data(data[start:end])
        events += drain(parser)
    return events


def joined(events: list[ConsoleEvent]) -> list[ConsoleEvent]:
    """The events with neighbouring pieces of text put together."""
    result: list[ConsoleEvent] = []
    for event in events:
        if isinstance(event, TextDelta) and result and isinstance(result[-1], TextDelta):
            result[-1] = TextDelta(result[-1].text + event.text)
        else:
            result.append(event)
    return result


def replay(parser: ConsoleParser, steps: list[Step], *, whole: bool) -> list[ConsoleEvent]:
    """Play a recorded session: typed lines begin turns, everything else is fed."""
    events: list[ConsoleEvent] = []
    for step in steps:
        if step.kind == "sent":
            parser.receive_silence()
            events += drain(parser)
            if step.data != b"q\n":
                parser.begin_turn(step.data.removesuffix(b"\n").decode())
        else:
            events += feed(parser, step.data, () if whole else None)
    parser.receive_eof()
    return joined(events + list(drain(parser)))


def parser_for(recording: Recording) -> ConsoleParser:
    """A parser with the switches of the recording's terminal and command line."""
    from axchat.console.dialects import LEGACY

    return ConsoleParser(
        LEGACY, one_shot=bool(recording.option("--prompt")), crlf=recording.is_pty, echo=recording.is_pty
    )
