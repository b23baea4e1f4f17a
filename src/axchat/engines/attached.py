"""The client of the holder, an engine like the others: its model is loaded in another process.

``start`` reaches the holder, and starts one where none lives. Nothing that was asked is lost when the holder
ends at that moment: a request that had no answer yet goes to the next holder.
"""

import contextlib
import json
import socket
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import fields
from enum import Enum, auto
from typing import Any

from axchat import __version__
from axchat.attach.talk import HolderGone, Talk
from axchat.deadline import Deadline
from axchat.engines.base import Capabilities, Request
from axchat.errors import AxchatError, HolderFailed, HolderOutdated, HolderStopping, RunnerTimeout
from axchat.events import Event, Finished, FinishReason, Level, LoadProgress, Notice, Queued
from axchat.messages import Sampling
from axchat.wire.holder import ModelSpec, Order, decode_error, decode_event, encode_order

ATTEMPTS = 4
"""A holder may end just when it is asked; four in a row do not."""

GRACE_S = 1.0
"""The holder's engine keeps the request's deadline and knows better what it was waiting for."""

ANSWER_PATIENCE_S = 60.0
"""Until the holder takes the order, before any load or queue: milliseconds, unless it is stopped or swaps."""

COUNT_TIMEOUT_S = 2.0
"""A holder counts in milliseconds; who waits for it is about to send the message."""

CANCEL_TIMEOUT_S = 2.0
"""To tell the holder to stop an answer; otherwise the connection is closed, which it notices too."""

ANYTHING = Capabilities(
    sampling=frozenset(field.name for field in fields(Sampling)), images=True, schema=True, think=True
)
"""Until the holder has told what the model can: it refuses the rest."""

Attach = Callable[[Deadline, Callable[[], object]], socket.socket]
"""Gives a connection to the holder; calls its second argument when it has to start one."""

Reach = Callable[[], socket.socket | None]
"""Gives a connection to the holder that lives; None where none does."""


class _Stage(Enum):
    """How far a request has come in the holder."""

    QUEUED = auto()
    LOADING = auto()
    ANSWERING = auto()


class AttachedEngine:
    """See ``Engine``. The model stays loaded when this is closed.

    Args:
        spec: what to have loaded.
        attach: reaches the holder.
        client: whose requests these are, for the fair queue.
        keep_alive_s: how long the model stays after each request; None leaves it to the holder.
        loads_at_start: load in ``start``; otherwise the first request does, which saves a round trip.
        reach: reaches a holder without starting one, to count tokens; None where nothing is to be counted.
    """

    def __init__(
        self,
        spec: ModelSpec,
        attach: Attach,
        *,
        client: str,
        keep_alive_s: float | None = None,
        loads_at_start: bool = False,
        reach: Reach | None = None,
    ) -> None:
        self._reach = reach
        self._spec = spec
        self._attach = attach
        self._client = client
        self._keep_alive_s = keep_alive_s
        self._loads_at_start = loads_at_start
        self._connection: socket.socket | None = None
        self._talk: Talk | None = None
        self._job: str | None = None
        self._is_cancelled = False
        self._stage = _Stage.ANSWERING
        self._has_started_one = False
        self.name = spec.engine
        self.model = spec.name
        self.capabilities = ANYTHING

    @property
    def is_lost(self) -> bool:
        """Never: the holder loads again what it lost."""
        return False

    def start(self, deadline: Deadline) -> Iterator[Event]:
        """Reach the holder, and load if so told; see ``Engine.start``.

        Raises:
            HolderFailed: it cannot be reached or started.
        """
        self._connection = self._reached(deadline)
        if self._has_started_one:
            yield Notice("started a holder in the background; axchat ps shows it, axchat stop ends it")
        if self._loads_at_start:
            for event in self._ask(self._order(None, deadline, self._keep_alive_s or None), deadline):
                if not isinstance(event, Finished):
                    yield event

    def generate(self, request: Request) -> Generator[Event, None, None]:
        """Answer; see ``Engine.generate``."""
        self._is_cancelled = False
        return self._ask(self._order(request, request.deadline, self._keep_alive_s), request.deadline)

    def count(self, request: Request) -> int | None:
        """See ``Engine.count``: the holder counts, beside its queue; None where it cannot (an older one)."""
        order = self._order(request, Deadline(COUNT_TIMEOUT_S), None)
        try:
            connection = None if self._reach is None else self._reach()
            if connection is None:
                return None
            talk = Talk(connection, "POST", "/count", encode_order(order), Deadline(COUNT_TIMEOUT_S))
            with contextlib.closing(talk):
                tokens = json.loads(talk.body()).get("tokens")
        except (AxchatError, OSError, ValueError, AttributeError):
            return None  # what is wrong with the holder is for the next answer to tell
        return tokens if type(tokens) is int else None

    def cancel(self) -> None:
        """Stop the generation under way, or leave the queue; the holder tells the end as of any answer."""
        self._is_cancelled = True
        talk, job = self._talk, self._job
        if talk is None:
            return
        try:
            if job is None:
                raise HolderFailed("not known yet")
            self._tell_cancel(job)
        except AxchatError:
            talk.hang_up()

    def _tell_cancel(self, job: str) -> None:
        deadline = Deadline(CANCEL_TIMEOUT_S)
        body = b'{"id": "%s"}' % job.encode("ascii")
        Talk(self._attach(deadline, lambda: None), "POST", "/cancel", body, deadline).close()

    def close(self) -> None:
        """Close the connection; what is still asked is cancelled by that. May be called twice."""
        self._end_talk()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _reached(self, deadline: Deadline) -> socket.socket:
        def note() -> None:
            self._has_started_one = True

        return self._attach(deadline, note)

    def _order(self, request: Request | None, deadline: Deadline, keep_alive_s: float | None) -> Order:
        return Order(
            spec=self._spec,
            messages=None if request is None else request.messages,
            sampling=Sampling() if request is None else request.sampling,
            schema=None if request is None else request.schema,
            think=None if request is None else request.think,
            timeout_s=deadline.left(),
            keep_alive_s=keep_alive_s,
            allows_reload=True,
            client=self._client,
            version=__version__,
        )

    def _ask(self, order: Order, deadline: Deadline) -> Generator[Event, None, None]:
        if self._is_cancelled:  # before anybody was asked
            yield Finished(FinishReason.CANCELLED)
            return
        left, self._stage = deadline.left(), _Stage.ANSWERING
        patience = Deadline(None if left is None else left + GRACE_S)
        try:
            talk = self._talk = self._opened(encode_order(order), patience)
            yield from self._events(talk)
        except RunnerTimeout as error:
            raise self._too_slow() or error from None
        finally:
            self._end_talk()

    def _opened(self, body: bytes, deadline: Deadline) -> Talk:
        """The order, taken by a holder."""
        for attempt in range(ATTEMPTS):
            connection, self._connection = self._connection or self._reached(deadline), None
            try:
                return Talk(connection, "POST", "/generate", body, deadline, ANSWER_PATIENCE_S)
            except (HolderGone, HolderStopping):
                if attempt == ATTEMPTS - 1:
                    raise
            except HolderOutdated:
                self._end_outdated(deadline)
        raise HolderFailed("holders of another version keep coming back", hint="end them: axchat stop --now")

    def _end_outdated(self, deadline: Deadline) -> None:
        """An idle holder of another version makes room for one of ours."""
        with contextlib.suppress(HolderGone):  # it has ended already
            Talk(self._reached(deadline), "POST", "/stop", b'{"now": false}', deadline).close()

    def _too_slow(self) -> RunnerTimeout | None:
        """What the time was not enough for, where that was not the answer."""
        more = "allow more time with --timeout"
        if self._stage is _Stage.QUEUED:
            return RunnerTimeout("the card was not free in the time allowed", hint=more)
        if self._stage is _Stage.LOADING:
            message = "the model was not loaded in the time allowed; its load goes on in the background"
            return RunnerTimeout(message, hint=f"axchat ps shows how far it is; or {more}")
        return None

    def _events(self, talk: Talk) -> Generator[Event, None, None]:
        finished: Finished | None = None
        self._stage = _Stage.LOADING  # who waits for others first is told so at once
        for given in talk.lines():
            kind = given.get("event")
            if kind == "job":
                self._job = str(given["id"])
                yield from _other_version(given)
                if self._is_cancelled:
                    self.cancel()
            elif kind == "ready":
                self._stage = _Stage.ANSWERING
                self._learn(given)
            elif kind == "failed":
                raise decode_error(given["error"])
            elif (event := _decoded(given)) is not None:
                if isinstance(event, Finished):
                    finished = event
                    break
                self._note(event)
                yield event
        if finished is None:
            if not self._is_cancelled:
                raise HolderFailed(
                    "the holder ended during the answer; it is not complete", hint="run it again"
                )
            finished = Finished(FinishReason.CANCELLED)
        self._end_talk()
        yield finished

    def _note(self, event: Event) -> None:
        """Where the request stands by what it is told; an answer may have a load of its own within it."""
        if isinstance(event, Queued):
            self._stage = _Stage.QUEUED if event.position else _Stage.LOADING
        elif isinstance(event, LoadProgress) and self._stage is _Stage.QUEUED:
            self._stage = _Stage.LOADING

    def _learn(self, given: Mapping[str, Any]) -> None:
        able = dict(given["capabilities"])
        known = {field.name for field in fields(Capabilities)}
        able = {name: value for name, value in able.items() if name in known}
        able["sampling"], able["reloads"] = frozenset(able["sampling"]), frozenset(able["reloads"])
        self.name, self.model, self.capabilities = given["engine"], given["model"], Capabilities(**able)

    def _end_talk(self) -> None:
        talk, self._talk, self._job = self._talk, None, None
        if talk is not None:
            talk.close()


def _other_version(given: Mapping[str, Any]) -> Iterator[Event]:
    version = given.get("version", __version__)
    if version != __version__:
        yield Notice(
            f"the holder is axchat {version}, this command is {__version__}; end it: axchat stop",
            Level.WARNING,
        )


def _decoded(given: Mapping[str, Any]) -> Event | None:
    try:
        return decode_event(given)
    except ValueError as error:
        raise HolderFailed(f"the holder sent a line that makes no sense: {error}") from error
