"""Results and the exit status they make."""

import pytest

from axchat.doctor.result import CheckResult, Status, exit_status


def result(status: Status, code: int = 1) -> CheckResult:
    """A result that differs only in what counts here."""
    return CheckResult("x", status, "s", exit_status=code)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([], 0),
        ([result(Status.OK, 5), result(Status.WARN, 6), result(Status.SKIP, 7)], 0),
        ([result(Status.OK), result(Status.FAIL, 8), result(Status.FAIL, 4)], 8),
        ([result(Status.WARN, 5), result(Status.FAIL, 6)], 6),
    ],
)
def test_the_first_failure_decides(results: list[CheckResult], expected: int) -> None:
    """Warnings and skipped checks do not count; the first failing layer does."""
    assert exit_status(results) == expected
