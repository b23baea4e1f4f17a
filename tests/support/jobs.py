"""Jobs for an owner, and everything they were told."""

import threading
from collections.abc import Callable

from axchat.engines.base import Request
from axchat.errors import AxchatError
from axchat.events import Finished, TextDelta
from axchat.messages import Message, Role, Sampling
from axchat.server.jobs import Failed, Job, JobEvent
from axchat.wire.holder import ModelSpec

PATIENCE_S = 60.0


def spec(name: str = "m", engine: str = "scripted") -> ModelSpec:
    """A model by name."""
    return ModelSpec(name, engine, f"/{name}")


class Heard:
    """A job that keeps what it was told."""

    def __init__(
        self,
        text: str | None = "hi",
        *,
        model: ModelSpec | None = None,
        client: str = "c",
        sampling: Sampling | None = None,
        keep_alive_s: float | None = None,
        allows_reload: bool = False,
        is_lenient: bool = False,
        think: bool | None = None,
    ) -> None:
        self.events: list[JobEvent] = []
        self._came = threading.Condition()
        messages = () if text is None else (Message(Role.USER, text),)
        request = Request(messages, sampling or Sampling(), think=think) if messages else None
        self.job = Job(
            model or spec(),
            request,
            client,
            self._put,
            keep_alive_s=keep_alive_s,
            allows_reload=allows_reload,
            is_lenient=is_lenient,
        )

    def _put(self, event: JobEvent) -> None:
        with self._came:
            self.events.append(event)
            self._came.notify_all()

    def wait_for(self, kind: type | tuple[type, ...], count: int = 1) -> JobEvent:
        """The ``count``-th event of a kind, when it has come."""
        return self.wait(
            lambda: [event for event in self.events if isinstance(event, kind)][count - 1 : count]
        )

    def wait(self, ready: Callable[[], list[JobEvent]]) -> JobEvent:
        """The first of what ``ready`` gives, when it gives any."""
        with self._came:
            assert self._came.wait_for(ready, PATIENCE_S), f"it did not come: {self.events}"
            return ready()[0]

    def end(self) -> Finished:
        """Its last event.

        Raises:
            AxchatError: the one it failed with.
        """
        last = self.wait_for((Finished, Failed))
        if isinstance(last, Failed):
            raise last.error
        assert isinstance(last, Finished)
        return last

    def error(self) -> AxchatError:
        """The error it failed with."""
        last = self.wait_for((Finished, Failed))
        assert isinstance(last, Failed), f"it did not fail: {last}"
        return last.error

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))
