"""A real holder in a thread of the test's process: real sockets, real queue, engines of the test's choice."""

import contextlib
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from axchat.attach.place import Place, place_of, reach
from axchat.attach.start import attach
from axchat.deadline import Deadline
from axchat.engines.attached import AttachedEngine
from axchat.engines.base import Engine
from axchat.messages import Sampling
from axchat.server.app import ApiOptions, create_public
from axchat.server.connections import Connection
from axchat.server.holder import Holder, Known
from axchat.server.life import Plan, hold
from axchat.server.listen import listen_tcp
from axchat.server.tally import Tally
from axchat.server.waiting import Limits
from axchat.wire.holder import ModelSpec

PATIENCE_S = 60.0
DEFAULT = ModelSpec("m", "scripted", None)


def fixed(specs: Sequence[ModelSpec]) -> Known:
    """Models that are always the same, the default first."""
    default = specs[0] if specs else None
    named = {spec.name: spec for spec in specs}
    return Known(default, default.name if default else "", lambda: named)


class LiveHolder:
    """A context manager: a holder that lives within its block.

    Args:
        folder: for its socket, lock and state.
        build: makes the engines.
        known: models that may be named, the default first.
        limits: see ``Limits``.
        is_background: whether it ends when it is empty.
        options: of the public APIs.
        connection: see ``HolderServer``.

    Attributes:
        port: where it listens on TCP, at 127.0.0.1.
        holder: what the routes hold, once the public application was made.
        has_ended: set when its life is over.
        tally: its counts.
    """

    def __init__(
        self,
        folder: Path,
        build: Callable[[ModelSpec, Sampling], Engine],
        *,
        known: Sequence[ModelSpec] = (DEFAULT,),
        limits: Limits | None = None,
        is_background: bool = False,
        options: ApiOptions | None = None,
        connection: type[Connection] = Connection,
    ) -> None:
        self.tally = Tally()
        options = replace(options or ApiOptions(), tally=self.tally)
        self.place: Place = place_of(0, {"XDG_RUNTIME_DIR": str(folder)})
        self.holder: Holder | None = None
        self.has_ended = threading.Event()
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._tcp = listen_tcp("127.0.0.1", 0)
        self.port: int = self._tcp.getsockname()[1]
        self._plan = Plan(
            place=self.place,
            device=0,
            build=build,
            known=fixed(known),
            make_public=lambda holder: self._public(holder, options),
            load_times=folder / "load-times.json",
            limits=limits or Limits(),
            is_background=is_background,
            tcp=[self._tcp],
            on_ready=self._ready.set,
            meter=self.tally,
            connection=connection,
        )
        self._thread = threading.Thread(target=self._live, name="live holder")

    def _public(self, holder: Holder, options: ApiOptions) -> Any:
        self.holder = holder
        return create_public(holder, options)

    def _live(self) -> None:
        try:
            hold(self._plan)
        except BaseException as error:  # noqa: BLE001  told to the test
            self._error = error
        finally:
            self.has_ended.set()
            self._ready.set()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)
        if self._error is not None:
            raise self._error
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.end()
        self._tcp.close()
        if self._error is not None:
            raise self._error

    def end(self, *, now: bool = True) -> None:
        """End it, and wait for that."""
        holder = self.holder
        assert holder is not None
        if not self.has_ended.is_set():
            with contextlib.suppress(RuntimeError):  # it has just ended by itself
                holder.loop.call_soon_threadsafe(holder.end, now)
        assert self.has_ended.wait(PATIENCE_S)
        self._thread.join(PATIENCE_S)

    @property
    def url(self) -> str:
        """Its address on TCP."""
        return f"http://127.0.0.1:{self.port}"

    def connect(self, deadline: Deadline | None = None) -> socket.socket:
        """A connection to its Unix socket."""
        return attach(self.place, None, deadline or Deadline(PATIENCE_S))

    def engine(self, spec: ModelSpec = DEFAULT, **options: Any) -> AttachedEngine:
        """The engine that asks it."""
        return AttachedEngine(
            spec,
            lambda deadline, _on_start: self.connect(deadline),
            **{"client": "test", "reach": lambda: reach(self.place, PATIENCE_S), **options},
        )
