"""Which checks there are, in which order, and how a run of them goes."""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from axchat.doctor.checks import (
    axcl_smi,
    cpu_engine,
    dma,
    firmware,
    holder,
    holders,
    host,
    last_run,
    liveness,
    model_dir,
    modules,
    nodes,
    package,
    pci,
    power,
    raspberry,
    runner,
    secure_boot,
    surroundings,
    versions,
)
from axchat.doctor.probes import Probes
from axchat.doctor.remembering import RememberingProbes
from axchat.doctor.result import CheckResult, Context, Status
from axchat.errors import UsageError


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, its layer (``card``, ``model``, ``cpu``, ``axchat``), what it does."""

    id: str
    tag: str
    run: Callable[[Probes, Context], CheckResult | list[CheckResult]]


# Causes before what they cause, so that the first failure is the one to mend.
CHECKS = (
    Check("host", "card", host.check),
    Check("power", "card", power.check),
    Check("dma", "card", dma.check),
    Check("secure-boot", "card", secure_boot.check),
    Check("raspberry", "card", raspberry.check),
    Check("pci", "card", pci.check),
    Check("package", "card", package.check),
    Check("modules", "card", modules.check),
    Check("firmware", "card", firmware.check),
    Check("versions", "card", versions.check),
    Check("liveness", "card", liveness.check),
    Check("nodes", "card", nodes.check),
    Check("holder", "axchat", holder.check),
    Check("axcl-smi", "card", axcl_smi.check),
    Check("holders", "card", holders.check),
    Check("last-run", "card", last_run.check),
    Check("model-dir", "model", model_dir.check),
    Check("runner", "model", runner.check),
    Check("surroundings", "host", surroundings.check),
    Check("cpu-engine", "cpu", cpu_engine.check),
)

_CARD_ENGINE = frozenset({"card", "model", "host", "axchat"})
_TAGS = {
    "script": _CARD_ENGINE,
    "session": _CARD_ENGINE,
    "vendor-api": _CARD_ENGINE,
    "cpu": frozenset({"cpu", "axchat"}),
}


def checks_for(engine: str | None, checks: Sequence[Check] = CHECKS) -> list[Check]:
    """The checks that concern an engine, all of them for None or ``auto``.

    Raises:
        UsageError: nothing on this machine decides whether that engine works.
    """
    if engine is None or engine == "auto":
        return list(checks)
    tags = _TAGS.get(engine)
    if tags is None:
        known = ", ".join(sorted(_TAGS))
        raise UsageError(f"the doctor has no checks for the engine {engine!r}", hint=f"it knows: {known}")
    return [check for check in checks if check.tag in tags]


def run_checks(probes: Probes, checks: Sequence[Check], context: Context) -> list[CheckResult]:
    """The results of all checks, in order; a check that crashes gives a failure and stops no other."""
    probes = RememberingProbes(probes)
    results: list[CheckResult] = []
    for check in checks:
        try:
            found = check.run(probes, context)
        except Exception as exc:  # noqa: BLE001 - one broken check must not hide what the others find
            found = _crashed(check, exc)
        results += found if isinstance(found, list) else [found]
    return results


def _crashed(check: Check, exc: Exception) -> CheckResult:
    return CheckResult(
        check.id,
        Status.FAIL,
        f"the check itself failed: {type(exc).__name__}: {exc}",
        "A bug in axchat, not a finding about this machine.",
        "report it with the output of: axchat doctor --json",
        {"traceback": "".join(traceback.format_exception(exc))},
    )
