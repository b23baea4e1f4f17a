"""What the holder of a life lock tells about itself in the lock's file."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from axchat.attach.place import Lock, Place


class Stage(StrEnum):
    """How far a holder's life is; only one that listens can be reached."""

    STARTING = "starting"
    LISTENING = "listening"
    ENDING = "ending"


@dataclass(frozen=True, slots=True)
class Life:
    """A living holder: its process id, None where it has not told yet, its version and its stage."""

    pid: int | None = None
    version: str = "?"
    stage: Stage = Stage.STARTING

    def __str__(self) -> str:
        return "unknown" if self.pid is None else f"pid {self.pid}, axchat {self.version}"


def encode_life(life: Life) -> str:
    """The life as the text of a lock."""
    return json.dumps(asdict(life))


def decode_life(text: str) -> Life:
    """The life that the text of a lock tells; one without a process id for a text that tells none."""
    try:
        told = json.loads(text)
        return Life(int(told["pid"]), str(told["version"]), Stage(told["stage"]))
    except (ValueError, KeyError, TypeError):
        return Life()


def living(place: Place) -> Life | None:
    """The holder that lives at a place, whether it can be reached or not; None where none does.

    Raises:
        HolderFailed: the lock cannot be opened.
    """
    if not place.life_lock.exists():
        return None
    lock = Lock(place.life_lock)
    try:
        return None if lock.take_at_once() else decode_life(lock.read())
    finally:
        lock.release()
