"""Short ways to make results, and the exit statuses they carry (docs/exit-codes.md)."""

from axchat.doctor.result import CheckResult, Status

MODEL, NO_DEVICE, PERMISSION, BUSY, FAILED, ENGINE = 4, 5, 6, 7, 8, 9
POWER_CYCLE = "shut down, take all power off for ten seconds (also the HAT's own supply), start again"


def ok(name: str, summary: str, **facts: object) -> CheckResult:
    """As it should be, or worth knowing without being wrong."""
    return CheckResult(name, Status.OK, summary, facts=facts)


def skip(name: str, why: str, **facts: object) -> CheckResult:
    """Could not be decided, or does not matter here."""
    return CheckResult(name, Status.SKIP, why, facts=facts)


def warn(name: str, summary: str, meaning: str, hint: str, **facts: object) -> CheckResult:
    """Works, and is worth knowing."""
    return CheckResult(name, Status.WARN, summary, meaning, hint, facts)


def fail(name: str, status: int, summary: str, meaning: str, hint: str, **facts: object) -> CheckResult:
    """Does not work; ``status`` is the exit status when this is the first failure."""
    return CheckResult(name, Status.FAIL, summary, meaning, hint, facts, status)
