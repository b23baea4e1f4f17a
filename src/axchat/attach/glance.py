"""A glance at the holder: what a line on the screen shows of it."""

import json
from dataclasses import dataclass

from axchat.attach.place import Place, reach
from axchat.attach.talk import Talk
from axchat.deadline import Deadline
from axchat.errors import AxchatError

GLANCE_TIMEOUT_S = 1.0
"""A holder answers in milliseconds; one that does not is not waited for."""


@dataclass(frozen=True, slots=True)
class Glance:
    """A moment of the holder's life.

    Attributes:
        celsius: the card's temperature, read a minute ago at most; None where it is not known (yet).
        queue: how many requests wait; the one that is answered is not among them.
        is_busy: whether one is loaded for or answered.
    """

    celsius: float | None = None
    queue: int = 0
    is_busy: bool = False


def glance(place: Place, timeout_s: float = GLANCE_TIMEOUT_S) -> Glance | None:
    """What goes on at the holder of a place; None where none lives or it does not answer in time.

    Starts no holder and never raises. The holder reads the temperature when it is asked, and tells it the
    next time.
    """
    deadline = Deadline(timeout_s)
    talk = None
    try:
        connection = reach(place, timeout_s)
        if connection is None:
            return None
        talk = Talk(connection, "GET", "/status", deadline=deadline)
        return glance_of(talk.body())
    except (AxchatError, OSError):
        return None  # a glance is for show: whoever needs the holder is told what is wrong
    finally:
        if talk is not None:
            talk.close()


def glance_of(body: bytes) -> Glance | None:
    """What the holder's ``/status`` tells; None for what is none. Pure."""
    try:
        told = json.loads(body)
        celsius, queue, is_busy = told.get("celsius"), int(told["queue"]), bool(told["is_busy"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    is_number = isinstance(celsius, int | float) and not isinstance(celsius, bool)
    return Glance(float(celsius) if is_number else None, queue, is_busy)
