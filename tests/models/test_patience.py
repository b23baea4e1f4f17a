"""What a pull puts up with."""

from collections.abc import Callable

import pytest

from axchat.errors import ModelError, SourceUnreachable
from axchat.models.patience import MAX_BREAKS, MAX_WAIT_S, MAX_WAITS, Surroundings, patiently


class Server:
    """Fails as it is told, then answers; keeps what it was made to wait."""

    def __init__(self, *failures: ModelError) -> None:
        self.failures = list(failures)
        self.waited: list[float] = []
        self.told: list[str] = []
        self.around = Surroundings(lambda _: None, self.told.append, self.waited.append)

    def ask(self) -> str:
        """One question."""
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


def broke(done: int) -> SourceUnreachable:
    """A connection that broke after so many bytes."""
    return SourceUnreachable("broke", done=done)


def busy(seconds: int) -> SourceUnreachable:
    """A server that asks to come back."""
    return SourceUnreachable("busy", retry_after_s=seconds)


def test_breaks_behind_new_bytes() -> None:
    """They are gone on with at once, so often."""
    server = Server(*(broke(number) for number in range(MAX_BREAKS)))
    assert patiently(server.ask, server.around) == "answer"
    assert server.waited == []
    with pytest.raises(SourceUnreachable):
        patiently(Server(*(broke(number) for number in range(MAX_BREAKS + 1))).ask, server.around)


def test_a_break_without_new_bytes_is_the_end() -> None:
    """A server that gives nothing is not asked for ever."""
    server = Server(broke(5), broke(5))
    with pytest.raises(SourceUnreachable):
        patiently(server.ask, server.around)


def test_waits() -> None:
    """A short one is told and kept, so often; a longer one is the user's."""
    server = Server(busy(1), busy(MAX_WAIT_S))
    assert patiently(server.ask, server.around) == "answer"
    assert server.waited == [1, MAX_WAIT_S]
    assert server.told[0] == "busy; it asks to wait 1 s, going on then"
    for failures in ([busy(MAX_WAIT_S + 1)], [busy(1)] * (MAX_WAITS + 1)):
        with pytest.raises(SourceUnreachable):
            patiently(Server(*failures).ask, server.around)


@pytest.mark.parametrize("failure", [lambda: ModelError("no"), lambda: SourceUnreachable("no")])
def test_what_does_not_pass(failure: Callable[[], ModelError]) -> None:
    """Other failures end at once."""
    server = Server(failure())
    with pytest.raises(ModelError):
        patiently(server.ask, server.around)
    assert server.ask() == "answer"
