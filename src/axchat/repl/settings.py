"""The values that ``/set`` sets: their ranges, and how they are written; pure."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from axchat.engines.base import Capabilities
from axchat.errors import UsageError
from axchat.messages import Sampling

LEFT_TO_MODEL = ("off", "auto", "default")
"""Each takes a value back."""

THINK_WORDS = {"on": True, "off": False, "auto": None}

_STOP = re.compile(r"""\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<word>[^\s"]\S*))(?=\s|$)""", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


Value = int | float | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """One sampling value.

    Attributes:
        name: the field of ``Sampling``.
        wanted: what may be written, for people.
        meaning: what it does, in a few words.
        read: the value; None for one out of range or of the wrong kind.
        examples: values worth offering.
    """

    name: str
    wanted: str
    meaning: str
    read: Callable[[str], Value | None]
    examples: tuple[str, ...] = ()


def _number(low: float, high: float) -> Callable[[str], float | None]:
    def read(text: str) -> float | None:
        try:
            value = float(text)
        except ValueError:
            return None
        return value if math.isfinite(value) and low <= value <= high else None

    return read


def _count(low: int, high: int) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        if not (text.isascii() and text.isdecimal() and len(text) <= len(str(high))):
            return None
        return int(text) if low <= int(text) <= high else None

    return read


def read_stops(text: str) -> tuple[str, ...] | None:
    r"""Stop texts as they are typed: words, or ``"quoted \n"``; None for a quote that is left open."""
    stops: list[str] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        stop = _STOP.match(text, at)
        if stop is None:
            return None
        quoted = stop["quoted"]
        stops.append(stop["word"] if quoted is None else _ESCAPE.sub(_unescaped, quoted))
        at = stop.end()
    return tuple(stops) if stops and all(stops) else None


def _unescaped(escape: re.Match[str]) -> str:
    return _ESCAPED.get(escape[1], escape[1])


_LARGE = 10**9

SETTINGS = (
    Setting("temperature", "a number from 0", "0 is greedy", _number(0, math.inf), ("0", "0.7", "1")),
    Setting("top_p", "a number from 0 to 1", "nucleus sampling", _number(0, 1), ("0.9", "1")),
    Setting("top_k", "a whole number from 0", "sample from the k likeliest", _count(0, _LARGE), ("1", "40")),
    Setting("max_tokens", "a whole number from 1", "longest answer", _count(1, _LARGE), ("256", "1024")),
    Setting("seed", f"a whole number from 0 to {2**32 - 2}", "repeatable", _count(0, 2**32 - 2), ("42",)),
    Setting("stop", 'words, or "quoted texts"', "the answer ends before them", read_stops, ('"\\n\\n"',)),
)
NAMES = (*(setting.name for setting in SETTINGS), "think")


def setting_of(name: str) -> Setting:
    """The setting of this name, as in ``Sampling``; ``-`` is as good as ``_``.

    Raises:
        UsageError: there is none.
    """
    wanted = name.lower().replace("-", "_")
    for setting in SETTINGS:
        if setting.name == wanted:
            return setting
    raise UsageError(f"there is no setting {name}", hint=f"there are {', '.join(NAMES)}")


def changed(sampling: Sampling, setting: Setting, text: str, able: Capabilities, engine: str) -> Sampling:
    """The sampling with one value set, or left to the model again.

    Args:
        sampling: until now.
        setting: of ``SETTINGS``.
        text: the value as it was typed.
        able: what the engine can do.
        engine: its name, for the message.

    Raises:
        UsageError: the value is wrong, or the engine would ignore it.
    """
    if text.lower() in LEFT_TO_MODEL:
        return _replaced(sampling, {setting.name: None})
    value = setting.read(text)
    if value is None:
        raise UsageError(
            f"{setting.name} is {setting.wanted}, not {text}",
            hint=f"/set {setting.name} off leaves it to the model",
        )
    if setting.name not in able.sampling:
        known = ", ".join(one.name for one in SETTINGS if one.name in able.sampling) or "none"
        raise UsageError(f"the {engine} engine cannot set {setting.name}", hint=f"settings it has: {known}")
    return _replaced(sampling, {setting.name: value})


def without_unable(sampling: Sampling, able: Capabilities) -> Sampling:
    """Without the values that an engine would ignore."""
    return _replaced(sampling, {name: None for name in sampling.chosen() if name not in able.sampling})


def _replaced(sampling: Sampling, values: Mapping[str, Any]) -> Sampling:
    return replace(sampling, **values)


def as_written(value: object) -> str:
    """A value as ``/set`` takes it."""
    if isinstance(value, tuple):
        return " ".join(_quoted(stop) for stop in value)
    return str(value)


def _quoted(stop: str) -> str:
    for character, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        stop = stop.replace(character, written)
    return f'"{stop}"'


def listing(sampling: Sampling, able: Capabilities, engine: str) -> list[str]:
    """One line per setting: its value and whose it is."""
    chosen = sampling.chosen()
    lines = []
    for setting in SETTINGS:
        name = setting.name
        if name in chosen:
            said = as_written(chosen[name])
        elif name in able.sampling:
            said = "left to the model"
        else:
            said = f"the {engine} engine cannot set it"
        reload = "; a change loads the model again" if name in able.reloads else ""
        lines.append(f"{name:<{max(map(len, NAMES))}}  {said}  ({setting.meaning}{reload})")
    return lines
