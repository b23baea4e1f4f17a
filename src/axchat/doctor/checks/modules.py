"""Are the driver's modules built for this kernel, loaded, and done with starting the card?"""

from axchat.doctor.asking import ask
from axchat.doctor.card import MODULES, NO_CARD, OPTIONAL_MODULE, find_cards, is_loading, loaded_modules
from axchat.doctor.installed import container_kind, modules_on_disk
from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Context, Status

_NO_DEVICE, _BUSY = 5, 7  # exit statuses, docs/exit-codes.md
_ROOT = "/lib/modules"
_ID = "driver.modules"


def check(probes: Probes, context: Context) -> CheckResult:
    """``driver.modules``."""
    del context
    if not find_cards(probes):
        return CheckResult(_ID, Status.SKIP, NO_CARD)
    loaded = loaded_modules(probes)
    missing = [name for name in MODULES if name not in loaded]
    facts: dict[str, object] = {
        "loaded": [name for name in MODULES if name in loaded],
        "missing": missing,
        "kernel": probes.uname().release,
    }
    if is_loading(probes):
        return CheckResult(
            _ID,
            Status.FAIL,
            "the driver is still starting the card (axcl_host initstate: coming)",
            "It pushes the firmware and waits for the card: 10 to 25 s, or 4 minutes for a silent card.",
            "wait, then: axchat doctor; after 5 minutes switch the machine's power off for ten seconds",
            facts,
            _BUSY,
        )
    if missing and probes.read_text("/proc/modules") is None and ask(probes).is_answered:
        summary = "the modules cannot be listed here, yet the card answers"
        return CheckResult(_ID, Status.SKIP, summary, facts=facts)
    built = _built(probes, probes.uname().release)
    if missing == [OPTIONAL_MODULE] and OPTIONAL_MODULE not in built:
        return CheckResult(
            _ID, Status.OK, f"4 modules loaded; this driver has no {OPTIONAL_MODULE}", facts=facts
        )
    if not missing:
        refcnt = probes.read_text("/sys/module/axcl_host/refcnt")
        facts["open_handles"] = int(refcnt) if refcnt and refcnt.isdecimal() else None
        return CheckResult(_ID, Status.OK, f"all {len(MODULES)} modules loaded", facts=facts)
    return _missing(probes, missing, built, facts)


def _missing(
    probes: Probes, missing: list[str], built: frozenset[str], facts: dict[str, object]
) -> CheckResult:
    release = probes.uname().release
    names = ", ".join(missing)
    kind = container_kind(probes)
    if kind is not None:
        return CheckResult(
            _ID,
            Status.FAIL,
            f"not loaded: {names}",
            f"This is a {kind} container; the driver belongs outside and must not be installed in here.",
            f"on the machine outside: sudo modprobe -a {' '.join(missing)}",
            facts,
            _NO_DEVICE,
        )
    unbuilt = [name for name in missing if name not in built and name != OPTIONAL_MODULE]
    if not unbuilt:
        loadable = " ".join(name for name in missing if name in built)
        return CheckResult(
            _ID,
            Status.WARN if missing == [OPTIONAL_MODULE] else Status.FAIL,
            f"not loaded: {names}",
            "The modules are built for this kernel; they are loaded at boot through /etc/modules-load.d.",
            f"sudo modprobe -a {loadable}",
            facts,
            _NO_DEVICE,
        )
    others = [r for r in probes.listdir(_ROOT) or [] if r != release and "axcl_host" in _built(probes, r)]
    facts["built_for"] = others
    if others:
        return CheckResult(
            _ID,
            Status.FAIL,
            f"the driver is built for kernel {', '.join(others)}, this one is {release}",
            "A kernel update leaves modules from outside the kernel behind until they are built again.",
            _rebuild(probes, release),
            facts,
            _NO_DEVICE,
        )
    return CheckResult(
        _ID,
        Status.FAIL,
        f"no driver for the card on this machine (missing: {names})",
        "The AXCL host package is not installed, or building its modules failed at that time.",
        "install the card vendor's package, for M5Stack and Radxa: sudo apt install axclhost;"
        " if it is installed: less /var/log/axclhost-install.log",
        facts,
        _NO_DEVICE,
    )


def _rebuild(probes: Probes, release: str) -> str:
    headers = f"sudo apt install linux-headers-{release}"
    if any(probes.exists(f"{folder}/dkms") for folder in ("/usr/sbin", "/sbin", "/usr/bin")):
        return f"{headers} && sudo dkms autoinstall -k {release} && sudo modprobe axcl_host"
    return f"{headers}, then install the card vendor's package again"


def _built(probes: Probes, release: str) -> frozenset[str]:
    """The driver's modules that lie on disk for a kernel, packed or not."""
    return frozenset(modules_on_disk(probes, release))
