"""Small parts of the stand-in for ``axllm``: characters, the sink, and waits of threads."""

import time

import pytest

from axchat.standin.axllm.characters import Characters
from axchat.standin.axllm.sink import Sink
from axchat.standin.loopback import HOST, take_port
from axchat.standin.thread_waits import ThreadWaits
from support.ports import free_port


def test_characters_come_whole_or_not_at_all() -> None:
    """A torn one waits for its rest; bytes that can never be one are dropped."""
    characters = Characters()
    smile = "🎉".encode()

    assert [characters.take(data) for data in (b"a", smile[:2], smile[2:], b"\xffb", smile[:1])] == [
        "a",
        "",
        "🎉",
        "b",
        "",
    ]


def test_a_sink_without_a_reader_takes_nothing() -> None:
    """Neither after it was stopped."""
    lost, stopped = Sink(lambda: False), Sink(lambda: True)
    stopped.stop()

    assert not lost.put("x")
    assert not stopped.put("x")


def test_a_sink_gives_texts_then_the_end_and_waits_no_longer_than_asked() -> None:
    """Empty texts are no texts."""
    sink = Sink(lambda: True)
    for text in ("a", "", "b"):
        sink.put(text)
    sink.finish()

    later = time.monotonic() + 60
    assert [sink.next(later), sink.next(later), sink.next(later)] == ["a", "b", None]
    with pytest.raises(TimeoutError):
        sink.next(time.monotonic())


def test_a_stop_ends_only_waits_that_may_be_stopped() -> None:
    """The others last as long as they are to."""
    waits = ThreadWaits()
    waits.stop = True

    assert not waits.wait_until(time.monotonic() + 60, stoppable=True)
    assert waits.wait_until(time.monotonic() - 1, stoppable=False)
    waits.stop = False
    assert waits.wait_until(time.monotonic() - 1, stoppable=True)


def test_servers_listen_on_loopback_only() -> None:
    """A taken port and one that is none are errors."""
    port = free_port()
    with take_port(port) as taken:
        assert taken.getsockname() == (HOST, port)
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            take_port(port)
    with pytest.raises(OSError, match="invalid"):
        take_port(0)
