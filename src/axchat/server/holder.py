"""What the routes hold: the owner of the card, the models they may name, and one way to ask."""

import asyncio
from collections.abc import Callable, Sequence

from axchat.engines.base import Request
from axchat.errors import ModelError
from axchat.server.answer import Answer
from axchat.server.jobs import Job
from axchat.server.owner import Owner
from axchat.server.status import Status
from axchat.wire.holder import ModelSpec

Models = Callable[[], Sequence[ModelSpec]]


class ModelTable:
    """The models that clients of the HTTP APIs may name: never a path, only a name in this table.

    Args:
        known: gives them, the default first; asked each time, because models come and go.
        current: the spec that is loaded or was asked for last; it can be named too.
    """

    def __init__(self, known: Models, current: Callable[[], ModelSpec | None]) -> None:
        self._known = known
        self._current = current

    def all(self) -> list[ModelSpec]:
        """Every model once, by name; what is loaded comes first."""
        current = self._current()
        found: dict[str, ModelSpec] = {}
        for spec in [*([current] if current else []), *self._known()]:
            found.setdefault(spec.name, spec)
        return list(found.values())

    def find(self, name: str) -> ModelSpec:
        """The model of a name, as ``NAME`` or ``NAME:latest``.

        Raises:
            ModelError: there is none; the hint lists those there are.
        """
        known = {spec.name: spec for spec in self.all()}
        found = known.get(name) or known.get(name.removesuffix(":latest"))
        if found is None:
            raise ModelError(
                f"model '{name[:100]}' not found", hint="models here: " + (", ".join(known) or "none")
            )
        return found

    def default(self) -> ModelSpec:
        """The model for a request that names none.

        Raises:
            ModelError: there is none at all.
        """
        specs = self.all()
        if not specs:
            raise ModelError("no model is set", hint="start it with one: axchat serve -m DIR")
        return specs[0]


class Holder:
    """See the module; made and used in the event loop's thread.

    Args:
        owner: started.
        known: see ``ModelTable``.
        is_background: it was started by a command that wanted an answer, and ends when it is empty.
        end: ends the process, politely or ``now``.
    """

    def __init__(
        self, owner: Owner, known: Models, *, is_background: bool, end: Callable[[bool], object]
    ) -> None:
        self.owner = owner
        self.is_background = is_background
        self.end = end
        self._last: ModelSpec | None = None
        self.loop = asyncio.get_running_loop()
        self.models = ModelTable(known, lambda: owner.status().spec or self._last)

    def ask(
        self,
        spec: ModelSpec,
        request: Request | None,
        *,
        client: str,
        keep_alive_s: float | None = None,
        allows_reload: bool = False,
        is_lenient: bool = True,
    ) -> Answer:
        """Put a request in; see ``Job`` for the arguments.

        Raises:
            QueueFull: too many wait.
            HolderStopping: the holder ends.
        """
        answer = Answer(
            self.owner,
            lambda put: Job(
                spec,
                request,
                client,
                put,
                keep_alive_s=keep_alive_s,
                allows_reload=allows_reload,
                is_lenient=is_lenient,
            ),
        )
        self._last = spec
        return answer

    def status(self) -> Status:
        """What goes on now."""
        return self.owner.status()

    async def unload(self, *, now: bool) -> None:
        """Unload when nothing is left to answer, or at once."""
        done = self.owner.unload(now=now)
        await asyncio.to_thread(done.wait)
