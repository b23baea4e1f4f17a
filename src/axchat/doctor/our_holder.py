"""axchat's own holder of the card, as it looks from outside: its lock, its socket, what it answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from axchat.attach.place import Place, place_of
from axchat.doctor.probes import NOBODY, Probes
from axchat.doctor.processes import is_serve, uid_of
from axchat.doctor.result import Context

ANSWER_TIMEOUT_S = 2.0
"""A holder answers in milliseconds; one that is stopped or stuck never does."""

_CARD_ENGINES = frozenset({"session", "axllm-serve", "vendor-api"})


@dataclass(frozen=True, slots=True)
class OurHolder:
    """What is known of the holder of this user and card.

    Attributes:
        place: where its socket and locks are.
        pid: the process that lives as the holder; None when none does.
        version: its axchat, as its lock or its answer tells.
        has_socket: whether there is something at the socket's path.
        status: what it answers about itself; empty when it gives no answer.
        trouble: why it gives none, or "".
        stage: ``starting`` or ``ending``, where its lock tells that.
    """

    place: Place
    pid: int | None = None
    version: str | None = None
    has_socket: bool = False
    status: Mapping[str, Any] = field(default_factory=dict)
    trouble: str = ""
    stage: str | None = None

    @property
    def model(self) -> str | None:
        """The name of the model that it has loaded or is loading."""
        return _text(self._spec.get("name"))

    @property
    def engine(self) -> str | None:
        """What that model runs on."""
        return _text(self._spec.get("engine"))

    @property
    def model_path(self) -> str | None:
        """Where that model lies: a directory, one of its run scripts or a file."""
        return _text(self._spec.get("path"))

    @property
    def has_card(self) -> bool:
        """Whether that model is on the card."""
        return self.engine in _CARD_ENGINES

    @property
    def is_background(self) -> bool:
        """Whether a command started it; otherwise somebody runs ``axchat serve``."""
        return bool(self.status.get("is_background"))

    @property
    def error(self) -> Mapping[str, Any] | None:
        """Its last failure, as the error's JSON; None when something worked since."""
        found = self.status.get("error")
        return found if isinstance(found, dict) else None

    @property
    def _spec(self) -> Mapping[str, Any]:
        found = self.status.get("spec")
        return found if isinstance(found, dict) else {}


def look(probes: Probes, context: Context) -> OurHolder:
    """What is to be seen of this user's holder; never touches its locks."""
    place = context.place or _usual_place(probes)
    life = _life(probes, place)
    pid, version, stage = life.get("pid"), _text(life.get("version")), _text(life.get("stage"))
    socket = str(place.socket)
    if not probes.exists(socket):
        return OurHolder(place, pid, version, stage=stage)
    answer = probes.ask_holder(socket, "/status", ANSWER_TIMEOUT_S)
    if isinstance(answer, str):
        return OurHolder(place, pid, version, has_socket=True, trouble=answer, stage=stage)
    status = _parsed(answer)
    if status is None:
        return OurHolder(place, pid, version, has_socket=True, trouble="what answers there is no holder")
    return OurHolder(place, status["pid"], _text(status.get("version")), True, status)


def is_nobody(holder: OurHolder) -> bool:
    """Whether the socket was left behind: nobody listens there."""
    return holder.has_socket and holder.trouble == NOBODY


def _usual_place(probes: Probes) -> Place:
    runtime = probes.variable("XDG_RUNTIME_DIR")

    def owner_of(folder: str) -> int | None:
        status = probes.status(folder)
        return None if status is None else status.uid

    env = {"XDG_RUNTIME_DIR": runtime} if runtime else {}
    return place_of(0, env, uid=probes.user(), owner_of=owner_of)


def _life(probes: Probes, place: Place) -> Mapping[str, Any]:
    """What the life lock tells, if the process that it names still holds a lock; empty otherwise.

    The kernel's list tells without taking the lock, which would disturb a holder that starts just then.
    """
    told = _parsed((probes.read_text(str(place.life_lock)) or "").encode())
    if told is None:
        return {}
    pid = told["pid"]
    locks = probes.read_text("/proc/locks")
    if locks is not None and pid not in _flock_owners(locks):
        return {}
    if not is_serve(probes, pid) or (not place.is_named and uid_of(probes, pid) != probes.user()):
        return {}
    return told


def _flock_owners(locks: str) -> set[int]:
    """Processes that hold a lock by ``flock``: ``1: FLOCK  ADVISORY  WRITE 4792 fe:00:2843073 0 EOF``."""
    rows = (line.split() for line in locks.splitlines())
    return {int(row[4]) for row in rows if len(row) > 4 and row[1] == "FLOCK" and row[4].isdecimal()}


def _parsed(content: bytes) -> Mapping[str, Any] | None:
    """An object with a process number; None for all else."""
    try:
        given = json.loads(content)
    except ValueError:
        return None
    is_told = isinstance(given, dict) and type(given.get("pid")) is int and given["pid"] > 0
    return given if is_told else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
