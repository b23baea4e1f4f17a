"""Whatever a test of the doctor examines: the findings keep to the catalogue."""

from collections.abc import Sequence

import pytest

from axchat.doctor import examine, registry
from axchat.doctor.catalogue import BY_ID
from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Context, Status


@pytest.fixture(autouse=True)
def _findings_keep_to_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """A status or an exit status that the catalogue does not list for an id fails the test."""

    def run_checks(probes: Probes, checks: Sequence[registry.Check], context: Context) -> list[CheckResult]:
        results = original(probes, checks, context)
        for result in results:
            entry = BY_ID.get(result.id)
            if entry is not None:
                assert str(result.status) in entry.statuses, result
                assert result.status is not Status.FAIL or result.exit_status in entry.exits, result
        return results

    original = registry.run_checks
    monkeypatch.setattr(examine, "run_checks", run_checks)
