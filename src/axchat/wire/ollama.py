"""What a request of Ollama's API asks for, as our values. Pure.

Facts: ollama/ollama docs/api.md, api/types.go (``Options.FromMap``, ``ThinkValue``) and server/routes.go.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from axchat.errors import UsageError
from axchat.messages import Sampling

API_VERSION = "0.9.0"
"""The release of Ollama whose API this is: the first with ``think``. Clients compare it (Open WebUI: the
lowest of several; editors: at least 0.6.4 for ``capabilities``), so it cannot be axchat's own."""

OPTION_OF = {
    "max_tokens": "num_predict",
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "seed": "seed",
    "stop": "stop",
}
"""Ollama's name of each field of ``Sampling``."""

LATEST = ":latest"
MAX_IGNORED = 40
"""Names that an answer repeats; Ollama itself knows 30 options."""

_MAX_NAME_CHARACTERS = 64
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
_LARGEST_SEED = 2**32 - 2
_LARGEST_COUNT = 2**31 - 1
_THINK_LEVELS = ("low", "medium", "high", "max")


@dataclass(frozen=True, slots=True)
class Options:
    """``options`` of a request: what is understood, and the names of the rest, as the client spelt them."""

    sampling: Sampling
    unknown: tuple[str, ...] = ()


def options_of(options: Mapping[str, object]) -> Options:
    """The sampling that was asked for.

    A null is left out. As in Ollama's runner, ``num_predict`` of 0 or less is no limit and a negative
    ``seed`` a random one; a number with a fraction is cut where a whole one is wanted.

    Raises:
        UsageError: a value of the wrong type or outside of its range.
    """
    given = {name: value for name, value in options.items() if value is not None}
    limit = _whole(given, "num_predict", -_LARGEST_COUNT, _LARGEST_COUNT)
    seed = _whole(given, "seed", -_LARGEST_COUNT, _LARGEST_SEED)
    sampling = Sampling(
        max_tokens=limit if limit is not None and limit > 0 else None,
        temperature=_number(given, "temperature", 0.0, 100.0),
        top_p=_number(given, "top_p", 0.0, 1.0),
        top_k=_whole(given, "top_k", 0, _LARGEST_COUNT),
        seed=seed if seed is not None and seed >= 0 else None,
        stop=_texts(given, "stop"),
    )
    known = set(OPTION_OF.values())
    return Options(sampling, tuple(name for name in given if name not in known))


def ignored_names(sampling: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """What an answer says was ignored: Ollama's names of our sampling fields, then the names of others.

    Names come from a client and go into a header: one that is not plain becomes ``?``; at most
    ``MAX_IGNORED`` are kept, each once.
    """
    names = [OPTION_OF.get(name, name) for name in sampling]
    names += [name if _is_plain(name) else "?" for name in others]
    return tuple(dict.fromkeys(names))[:MAX_IGNORED]


def schema_of(form: object) -> Mapping[str, Any] | None:
    """``format`` as a JSON schema; None when the answer is free.

    ``"json"`` is any object, as in Ollama's grammar.

    Raises:
        UsageError: it is neither ``"json"`` nor an object.
    """
    if form is None or form == "":
        return None
    if form == "json":
        return {"type": "object"}
    if isinstance(form, dict):
        return form
    shown = json.dumps(form, default=str)[:_MAX_NAME_CHARACTERS]
    raise UsageError(f'invalid format: {shown}; expected "json" or a JSON schema object')


def thinks(think: object) -> bool:
    """Whether a ``<think>`` block goes into ``thinking``: always, unless ``think`` is false.

    Ollama, too, parts the block when a model that thinks is asked without ``think``.

    Raises:
        UsageError: not a truth value and no level.
    """
    if think is None or think == "" or think in _THINK_LEVELS:
        return True
    if isinstance(think, bool):
        return think
    shown = json.dumps(think, default=str)[:_MAX_NAME_CHARACTERS]
    raise UsageError(f'invalid think value: {shown} (must be "high", "medium", "low", true, or false)')


def think_of(think: object) -> bool | None:
    """What the model is told about thinking; how much it is to think is its own matter."""
    return think if isinstance(think, bool) else None


def listed_name(name: str) -> str:
    """The name in a list of models: with a tag always, as clients expect (Open WebUI adds it itself)."""
    return name if ":" in name else name + LATEST


def _number(options: Mapping[str, object], name: str, low: float, high: float) -> float | None:
    value = options.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError(f'option "{name}" must be a number')
    if not low <= value <= high:
        raise UsageError(f'option "{name}" must be between {low:g} and {high:g}')
    return float(value)


def _whole(options: Mapping[str, object], name: str, low: int, high: int) -> int | None:
    value = options.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError(f'option "{name}" must be a whole number')
    if not math.isfinite(value) or not low <= value <= high:
        raise UsageError(f'option "{name}" must be between {low} and {high}')
    return int(value)


def _texts(options: Mapping[str, object], name: str) -> tuple[str, ...] | None:
    value = options.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise UsageError(f'option "{name}" must be an array of strings')
    return tuple(text for text in value if text) or None


def _is_plain(name: str) -> bool:
    return 0 < len(name) <= _MAX_NAME_CHARACTERS and _NAME_CHARACTERS.issuperset(name)
