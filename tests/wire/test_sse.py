"""Server-sent events are read whole, byte by byte and cut anywhere, with the same result."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.errors import RunnerFailed
from axchat.wire.sse import MAX_EVENT_BYTES, SseReader

CASES = {
    "one event": (b"data: a\n\n", ["a"]),
    "carriage returns": (b"data: a\r\rdata: b\r\r", ["a", "b"]),
    "crlf": (b"data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
    "mixed line ends": (b"data: a\r\n\ndata: b\n\r\n", ["a", "b"]),
    "two lines of data": (b"data: a\ndata: b\n\n", ["a\nb"]),
    "two lines of data, crlf": (b"data: a\r\ndata: b\r\n\r\n", ["a\nb"]),
    "no space": (b"data:a\n\n", ["a"]),
    "only one space is taken": (b"data:  a\n\n", [" a"]),
    "empty data": (b"data\n\ndata:\n\n", ["", ""]),
    "comment and other fields": (b": ping\nevent: x\nid: 7\nretry: 9\ndata: a\n\n", ["a"]),
    "no data no event": (b"event: x\n\n: ping\n\n", []),
    "broken off": (b"data: a\n\ndata: lost\n", ["a"]),
    "byte order mark": (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
    "byte order mark in the middle": (b"data: a\n\xef\xbb\xbfdata: b\n\n", ["a"]),
    "utf-8": ("data: 你好 🙂\n\n".encode(), ["你好 🙂"]),
    "not utf-8": (b"data: \xff\n\n", ["\ufffd"]),
    "colon in data": (b'data: {"a": 1}\n\n', ['{"a": 1}']),
}


def fed(pieces: list[bytes], max_event_bytes: int = MAX_EVENT_BYTES) -> list[str]:
    """What one reader gives for these pieces."""
    reader = SseReader(max_event_bytes)
    return [event for piece in pieces for event in reader.receive(piece)]


@pytest.mark.parametrize("name", CASES)
def test_reads_events(name: str) -> None:
    """Each form of the format gives the data it carries, whole and byte by byte."""
    raw, expected = CASES[name]
    assert fed([raw]) == expected
    assert fed([raw[i : i + 1] for i in range(len(raw))]) == expected


@given(
    st.lists(st.sampled_from([b"data: x", b"\r", b"\n", b"\r\n", b": c", b"data", b"\xef\xbb\xbf"])),
    st.data(),
)
def test_any_cut_gives_the_same(parts: list[bytes], data: st.DataObject) -> None:
    """Where the bytes are cut does not matter."""
    raw = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    pieces = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert fed(pieces) == fed([raw]) == fed([raw[i : i + 1] for i in range(len(raw))])


@pytest.mark.parametrize("raw", [b"data: " + b"x" * 100, b"data: x\n" * 40, b"x" * 100])
def test_an_endless_event_is_refused(raw: bytes) -> None:
    """One event, finished or not, never holds more than the limit."""
    with pytest.raises(RunnerFailed, match="more than 64 bytes"):
        fed([raw[i : i + 1] for i in range(len(raw))], max_event_bytes=64)


def test_the_limit_is_per_event() -> None:
    """Many small events pass a small limit."""
    reader = SseReader(max_event_bytes=64)
    assert len(reader.receive(b"data: 0123456789\n\n" * 100)) == 100
