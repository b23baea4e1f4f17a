"""What is in a saved report, taken out of its JSON; pure.

A report may come from somebody else: whatever is not of the form that is written is as if it were not there.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from axchat.bench.rates import Arrivals, uncut

Json = Mapping[str, object]

MOST = 1e15
"""No time, count or rate comes near; sums and squares of smaller numbers are still numbers."""


class Key(NamedTuple):
    """Which test of which model: what two reports are matched by.

    ``text`` is the prompt of a user's own, None for a made one; ``turn`` counts what is there more than once.
    """

    model: str
    engine: str
    test: str
    text: str | None = None
    turn: int = 0


@dataclass(frozen=True, slots=True)
class SavedResult:
    """One test. ``error`` says why it was not measured, None if it was."""

    key: Key
    n_prompt: int
    n_gen: int | None
    n_depth: int
    error: str | None
    figures: Mapping[str, Json]
    samples: Sequence[Json]


@dataclass(frozen=True, slots=True)
class SavedModel:
    """What is known of one model beside its tests.

    Attributes:
        figures: of the load.
        settings: what was asked for, name to value.
        heat: seconds since the bench began, and degrees Celsius.
    """

    model: str
    engine: str
    figures: Mapping[str, Json] = field(default_factory=dict)
    settings: Json = field(default_factory=dict)
    heat: Sequence[tuple[float, float]] = ()


_SETTINGS = ("repetitions", "warm_ups", "delay_s", "sampling", "loads_per_request")


def results(document: Json) -> list[SavedResult]:
    """Every test of a report, in its order."""
    found, seen = [], Counter[Key]()
    for row in _objects(document.get("results")):
        text = row.get("text")
        key = Key(
            _text(row.get("model")),
            _text(row.get("engine")),
            _text(row.get("test")),
            text if isinstance(text, str) else None,
        )
        found.append(
            SavedResult(
                key=key._replace(turn=seen[key]),
                n_prompt=_count(row.get("n_prompt")) or 0,
                n_gen=_count(row.get("n_gen")),
                n_depth=_count(row.get("n_depth")) or 0,
                error=_error(row.get("error")),
                figures=_figures(row.get("figures")),
                samples=_objects(row.get("samples")),
            )
        )
        seen[key] += 1
    return found


def models(document: Json) -> list[SavedModel]:
    """Every model of a report, in its order."""
    return [
        SavedModel(
            model=_text(row.get("model")),
            engine=_text(row.get("engine")),
            figures=_figures(row.get("figures")),
            settings={name: row[name] for name in _SETTINGS if name in row},
            heat=_heat(row.get("heat")),
        )
        for row in _objects(document.get("models"))
    ]


def is_complete(document: Json) -> bool:
    """Whether it says that it ran to its end."""
    return document.get("is_complete") is True


def text_of(document: Json, name: str) -> str:
    """A text of the report's head; empty where there is none."""
    return _text(document.get(name))


def host_of(document: Json) -> Json:
    """The facts of its machine; none where there are none."""
    return _object(document.get("host"))


def summary_of(figure: Json | None) -> Json | None:
    """A figure's summary; None where nothing was measured."""
    summary = _object(figure.get("summary") if figure else None)
    return summary if number(summary.get("mean")) is not None else None


def arrivals(sample: Json) -> Arrivals:
    """The pieces of a sample's answer, without one that its limit cut."""
    found = [
        (at, _count(piece[1]))
        for piece in _list(sample.get("arrivals"))
        if isinstance(piece, list) and len(piece) == 2 and (at := number(piece[0])) is not None
    ]
    return uncut(found, sample.get("finish"))


def number(value: object) -> float | None:
    """A number that can be reckoned with; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -MOST <= value <= MOST and not math.isnan(value) else None


def _count(value: object) -> int | None:
    known = number(value)
    return None if known is None or not 0 <= known <= 1e7 or known != int(known) else int(known)


def _heat(value: object) -> list[tuple[float, float]]:
    found = []
    for reading in _list(value):
        if isinstance(reading, list) and len(reading) >= 2:
            at, celsius = number(reading[0]), number(reading[1])
            if at is not None and celsius is not None:
                found.append((at, celsius))
    return found


def _figures(value: object) -> dict[str, Json]:
    return {key: figure for key, figure in _object(value).items() if isinstance(figure, dict)}


def _error(value: object) -> str | None:
    return (_text(_object(value).get("message")) or "an error without a message") if value else None


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Json]:
    return [item for item in _list(value) if isinstance(item, dict)]


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
