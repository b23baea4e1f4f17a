"""Runs the measuring modules, one after another; what fails in one is told as its rows, the others run on."""

import importlib
import inspect
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from performance.page import Group
from performance.row import Row, Scale, failed


@dataclass(frozen=True, slots=True)
class Measure:
    """A module of this package, and its section's title."""

    module: str
    title: str

    def row_keys(self) -> tuple[str, ...]:
        """Of its rows, in their order; one for all where the import fails, which ``rows`` tells."""
        try:
            return tuple(importlib.import_module(f"performance.{self.module}").KEYS)
        except Exception:  # noqa: BLE001  an edge: a broken module takes no other along
            return (f"{self.module.replace('_', '-')}/all",)

    def rows(self, scale: Scale, fetch_model: Callable[[], None]) -> Iterator[Row]:
        """Measure; the model is fetched first for a module that says it ``NEEDS_MODEL``."""
        module = importlib.import_module(f"performance.{self.module}")
        if getattr(module, "NEEDS_MODEL", False):
            fetch_model()
        yield from module.rows(scale)

    @property
    def how(self) -> str:
        """How it measures, in its own words."""
        return inspect.getdoc(importlib.import_module(f"performance.{self.module}")) or ""


MEASURES = (
    Measure("start_up", "Start-up"),
    Measure("attach_path", "The way to a warm holder and back"),
    Measure("holder_warm", "The second run"),
    Measure("holder_added", "Time to the first text"),
    Measure("cancelling", "Ctrl-C"),
    Measure("session_rate", "Tokens a second"),
    Measure("decode_round_trip", "Tokenizer calls"),
    Measure("rendering", "Drawing markdown"),
    Measure("hot_path", "A token's way"),
    Measure("memory", "Memory"),
    Measure("keystrokes", "Keys while an answer streams"),
    Measure("holder_sse", "Server"),
    Measure("doctor_flood", "Doctor"),
    Measure("bench_rate", "Truth of bench"),
)


class UnknownKey(Exception):
    """No row and no group has this key."""


def chosen(measures: Sequence[Measure], only: Sequence[str]) -> list[tuple[Measure, tuple[str, ...]]]:
    """The modules that have a wanted row, and these rows' keys.

    Args:
        measures: to choose from.
        only: keys, or the part of them before the stroke; empty for all.

    Raises:
        UnknownKey: with that key.
    """
    keys = {measure: measure.row_keys() for measure in measures}
    for wanted in only:
        if not any(is_of(key, wanted) for each in keys.values() for key in each):
            raise UnknownKey(wanted)
    found = {
        measure: tuple(key for key in each if not only or any(is_of(key, wanted) for wanted in only))
        for measure, each in keys.items()
    }
    return [(measure, each) for measure, each in found.items() if each]


def is_of(key: str, wanted: str) -> bool:
    """Whether a key is the wanted one or of the wanted group."""
    return key == wanted or key.startswith(f"{wanted}/")


def measured(
    measure: Measure,
    keys: Sequence[str],
    scale: Scale,
    *,
    fetch_model: Callable[[], None],
    missing: Mapping[str, str],
) -> Group:
    """The rows of these keys; those that a failure took away say why.

    Args:
        measure: the module.
        keys: that are wanted, all of this module.
        scale: how long it may take.
        fetch_model: see ``Measure.rows``.
        missing: peers that could not be installed, and why; told with a failure, whose cause they may be.
    """
    began = time.monotonic()
    found: dict[str, Row] = {}
    how = ""
    reason = "the module did not give this row"
    try:
        how = measure.how
        for row in measure.rows(scale, fetch_model):
            found[row.key] = row
    except Exception as error:  # noqa: BLE001  an edge: whatever it is, it becomes the rows' failure
        reason = f"{type(error).__name__}: {error}"
    causes = "".join(f"; {peer} cannot be installed: {why}" for peer, why in missing.items())
    rows = tuple(explained(found.get(key, failed(key, reason)), causes) for key in keys)
    return Group(measure.title, how, rows, time.monotonic() - began)


def explained(row: Row, causes: str) -> Row:
    """A row that was not measured, with what may be the cause."""
    return replace(row, failure=row.failure + causes) if row.failure else row
