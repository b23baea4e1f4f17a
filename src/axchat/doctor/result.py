"""What a check says, and what it is told.

The shape that checks build on: ``CheckResult(id, status, summary, meaning, hint, facts, exit_status,
steps)``; ``layer`` follows from the id by the catalogue.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from axchat.attach.place import Place
from axchat.doctor.catalogue import layer_of
from axchat.doctor.steps import Step


class Status(StrEnum):
    """How a check ended. ``skip`` means it could not be decided, and why stands in the summary."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One finding.

    Attributes:
        id: stable, ``layer.thing``; documented in docs/doctor.md.
        status: see ``Status``.
        summary: the fact, one line.
        meaning: what follows from it, one or two sentences, or "".
        hint: the next command or action, or None.
        facts: JSON-ready values behind it.
        exit_status: what the command line exits with when this is the first failure.
        steps: what ``--fix`` may offer; harmless ones only.
    """

    id: str
    status: Status
    summary: str
    meaning: str = ""
    hint: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    exit_status: int = 1
    steps: tuple[Step, ...] = ()

    @property
    def layer(self) -> str:
        """The layer it belongs to, one of ``catalogue.LAYERS``."""
        return layer_of(self.id, self.exit_status if self.status is Status.FAIL else 0)


@dataclass(frozen=True, slots=True)
class Context:
    """What the user asked the doctor to look at.

    Attributes:
        data_dir: axchat's data directory; the small CPU model lies under its ``models``.
        model_dir: a vendor model directory (or one of its run scripts), or None.
        engine: the engine that the checks are restricted to, or None.
        place: where axchat's holder is; None for the usual place.
    """

    data_dir: Path
    model_dir: Path | None = None
    engine: str | None = None
    place: Place | None = None


def exit_status(results: Sequence[CheckResult]) -> int:
    """0 when nothing failed, else the exit status of the first layer that did."""
    return next((r.exit_status for r in results if r.status is Status.FAIL), 0)
