"""What the routes hold: the owner of the card, the models they may name, and one way to ask."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from axchat.engines.base import Request
from axchat.errors import ModelError
from axchat.server.answer import Answer
from axchat.server.jobs import Job
from axchat.server.owner import Owner
from axchat.server.status import Status
from axchat.wire.holder import ModelSpec


@dataclass(frozen=True, slots=True)
class Known:
    """The models that may be named.

    Attributes:
        default: for requests that name none; None where nobody said which.
        default_name: what it is listed by.
        named: gives the models by name, as they are listed. It is called each time, because models come and
            go, and may read files; so may looking one up, which raises KeyError for one that cannot be had.
    """

    default: ModelSpec | None
    default_name: str
    named: Callable[[], Mapping[str, ModelSpec]]


class ModelTable:
    """The models that clients of the HTTP APIs may name: never a path, only a name in this table.

    Args:
        known: see ``Known``.
        current: the spec that is loaded or was asked for last; it can be named too.
    """

    def __init__(self, known: Known, current: Callable[[], ModelSpec | None]) -> None:
        self._known = known
        self._current = current

    def all(self) -> dict[str, ModelSpec]:
        """Every model by name; what is loaded comes first. Blocking."""
        current, found = self._current(), self._found()
        if current is not None and current not in found.values():
            found = {name: current if _is_same(spec, current) else spec for name, spec in found.items()}
            if current not in found.values():
                found.setdefault(current.name, current)
        return dict(sorted(found.items(), key=lambda item: item[1] != current))

    def at_hand(self, name: str) -> ModelSpec | None:
        """What ``find`` gives where it need not look at a file: for the default, loaded or next."""
        default, current = self._known.default, self._current()
        is_default = name.removesuffix(":latest") == self._known.default_name
        return default if is_default and current in {None, default} else None

    def find(self, name: str) -> ModelSpec:
        """The model of a name, as ``NAME`` or ``NAME:latest``. Blocking.

        Raises:
            ModelError: there is none; the hint lists those there are.
        """
        current, named = self._current(), self._known.named()
        names = (name, name.removesuffix(":latest"))
        found = next((spec for it in names if (spec := named.get(it)) is not None), None)
        if current is not None and found is None and current.name in names:
            return current
        if found is None:
            known = self.all()
            raise ModelError(
                f"model '{name[:100]}' not found", hint="models here: " + (", ".join(known) or "none")
            )
        if current is None or found == current or not _is_same(found, current):
            return found
        return found if current in self._found().values() else current  # two names, each with its options

    def _found(self) -> dict[str, ModelSpec]:
        named = self._known.named()
        return {name: spec for name in named if (spec := named.get(name)) is not None}

    def default(self) -> ModelSpec:
        """The model for a request that names none: what is loaded, else the one that is set.

        Raises:
            ModelError: there is none at all.
        """
        spec = self._current() or self._known.default
        if spec is None:
            raise ModelError("no model is set", hint="start it with one: axchat serve -m DIR")
        return spec

    def listed_name(self, spec: ModelSpec) -> str:
        """The first name that a model is listed by. Blocking."""
        return next((name for name, other in self.all().items() if other == spec), spec.name)


def _is_same(spec: ModelSpec, other: ModelSpec) -> bool:
    """Whether it is the same model, perhaps with other options."""
    return (spec.name, spec.path) == (other.name, other.path)


class Holder:
    """See the module; made and used in the event loop's thread.

    Args:
        owner: started.
        known: see ``Known``.
        is_background: it was started by a command that wanted an answer, and ends when it is empty.
        end: ends the process, politely or ``now``.
    """

    def __init__(
        self, owner: Owner, known: Known, *, is_background: bool, end: Callable[[bool], object]
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

    async def find(self, name: str) -> ModelSpec:
        """The model of a name; see ``ModelTable.find``.

        Raises:
            ModelError: there is none.
        """
        at_hand = self.models.at_hand(name)
        return await asyncio.to_thread(self.models.find, name) if at_hand is None else at_hand

    def status(self) -> Status:
        """What goes on now."""
        return self.owner.status()

    async def unload(self, *, now: bool) -> None:
        """Unload when nothing is left to answer, or at once."""
        done = self.owner.unload(now=now)
        await asyncio.to_thread(done.wait)
