"""Which ids ``--only`` and ``--skip`` leave. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from axchat.doctor.catalogue import BY_ID, ENTRIES
from axchat.errors import UsageError
from axchat.nearest import nearest_names

GROUPS = tuple(dict.fromkeys(entry.id.partition(".")[0] for entry in ENTRIES))
"""What the ids begin with; each may stand for all of its ids."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The ids to report; ``checks`` are the checks that report at least one of them."""

    ids: frozenset[str]

    @property
    def checks(self) -> frozenset[str]:
        """Names of the checks to run."""
        return frozenset(BY_ID[name].check for name in self.ids)

    def takes(self, result_id: str) -> bool:
        """Whether a result belongs into the report; one of a crashed check always does."""
        return result_id in self.ids or result_id not in BY_ID


def select(only: Sequence[str], skip: Sequence[str]) -> Selection:
    """The ids of ``only`` (all when empty) without those of ``skip``; a group (``card``) is all its ids.

    Raises:
        UsageError: an id is unknown (the nearest is suggested), or nothing is left.
    """
    wanted = _expand(only, "--only") if only else frozenset(BY_ID)
    left = wanted - _expand(skip, "--skip")
    if not left:
        raise UsageError("--only and --skip leave nothing to check")
    return Selection(left)


def _expand(names: Sequence[str], option: str) -> frozenset[str]:
    found: set[str] = set()
    for name in names:
        ids = [known for known in BY_ID if known == name or known.partition(".")[0] == name]
        if not ids:
            near = nearest_names(name, [*BY_ID, *GROUPS], alike=0.4)
            meant = f"did you mean {near[0]}?" if near else f"groups: {', '.join(GROUPS)}"
            raise UsageError(f"{option}: no check has the id {name!r}", hint=meant)
        found.update(ids)
    return frozenset(found)
