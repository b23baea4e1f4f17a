"""A setting's value: from what is written or typed, and back. Pure."""

import math
import re
import sys

from axchat.config.schema import Option

_SHOWN_CHARACTERS = 80
"""Of a wrong value; what it begins with tells which one is meant."""

EXACT = 2**53
"""Whole numbers up to here are the same as int and as float."""

_BARE = re.compile("[A-Za-z0-9_-]+")


def convert(option: Option, raw: object, key: str | None = None) -> object:
    """A value from the file (typed) or the environment (text) as the setting's type.

    Args:
        option: the setting.
        raw: the value.
        key: what errors call the setting, where that is not its key.

    Raises:
        ValueError: says what it must be.
    """
    key = key or option.key
    wanted = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}[option.kind]
    value: object = raw
    if isinstance(raw, str) and option.kind is not str:
        value = _from_text(option.kind, raw)
    if option.kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value) if abs(value) <= sys.float_info.max else math.inf
    if type(value) is not option.kind:
        raise ValueError(f"{key} must be {wanted}, not {_shown(raw)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{key} must be a finite number, not {_shown(raw)}")
    if option.at_least is not None and isinstance(value, int | float) and not value >= option.at_least:
        raise ValueError(f"{key} must be at least {option.at_least:g}, not {_shown(raw)}")
    if option.words and value not in option.words:
        *others, last = option.words
        raise ValueError(f"{key} must be {', '.join(others)} or {last}, not {_shown(raw)}")
    return value


def _from_text(kind: type, text: str) -> object:
    if kind is bool:
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
            text.strip().lower(), text
        )
    try:
        return kind(text)
    except ValueError:
        return text


def _shown(raw: object) -> str:
    text = repr(raw)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 3] + "..."


def toml(value: object) -> str:
    """The value of a setting as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        import json

        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        return str(int(value))  # 300 is read as seconds too, and is what was typed
    return str(value)


def dotted(path: tuple[str, ...]) -> str:
    """A key as TOML writes it: parts with anything but letters, digits, - and _ are quoted."""
    return ".".join(part if _BARE.fullmatch(part) else toml(part) for part in path)
