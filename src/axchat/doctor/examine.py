"""A whole examination: the checks that were asked for, the verdict, what root would see more."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from axchat.attach.place import Place
from axchat.doctor.card import find_cards
from axchat.doctor.probes import Probes
from axchat.doctor.registry import checks_for, run_checks
from axchat.doctor.result import CheckResult, Context
from axchat.doctor.selection import Selection
from axchat.doctor.verdict import Verdict, judge, root_adds


@dataclass(frozen=True, slots=True)
class Examination:
    """What the doctor found.

    Attributes:
        results: in the order of the checks, causes before effects.
        verdict: what they come to.
        root_adds: what it would see with sudo, or "".
    """

    results: tuple[CheckResult, ...]
    verdict: Verdict
    root_adds: str = ""


def examine(
    probes: Probes,
    data_dir: Path,
    model_dir: Path | None,
    engine: str | None,
    selection: Selection,
    known: Sequence[CheckResult] = (),
    place: Place | None = None,
) -> Examination:
    """Run the checks that report a selected id, and judge what they say.

    Args:
        probes: the machine.
        data_dir: axchat's data directory.
        model_dir: a vendor model directory or one of its run scripts, or None.
        engine: restricts the checks.
        selection: the ids to report.
        known: findings from outside; each takes the place of the check's own with the same id.
        place: where axchat's holder is; None for the usual place.

    Raises:
        UsageError: no checks for that engine.
    """
    checks = [check for check in checks_for(engine) if check.id in selection.checks]
    found = run_checks(probes, checks, Context(data_dir, model_dir, engine, place))
    better = {result.id: result for result in known}
    results = tuple(better.get(result.id, result) for result in found if selection.takes(result.id))
    more = root_adds(
        uid=probes.user(),
        sees_kernel_log=probes.read_text("/proc/sys/kernel/dmesg_restrict") != "1",
        has_card=bool(find_cards(probes)),
    )
    return Examination(results, judge(results), more)
