"""Does Secure Boot keep the driver's modules out? They come unsigned."""

from axchat.doctor.card import MODULES, find_cards, is_loading, loaded_modules
from axchat.doctor.findings import NO_DEVICE, fail, ok, skip
from axchat.doctor.installed import modules_on_disk
from axchat.doctor.kernel_log import REJECTED, read_kernel_log
from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Context

_ID = "host.secure-boot"
_VARIABLE = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
_ON = b"\x01"  # after four bytes of attributes


def check(probes: Probes, context: Context) -> CheckResult:
    """``host.secure-boot``; a failure only when modules that are built are not loaded."""
    del context
    value = probes.read_bytes(_VARIABLE, 8)
    lockdown = probes.read_text("/sys/kernel/security/lockdown") or ""
    enforce = probes.read_text("/sys/module/module/parameters/sig_enforce") or ""
    facts: dict[str, object] = {
        "secure_boot": None if not value else value[4:5] == _ON,
        "lockdown": lockdown,
        "sig_enforce": enforce,
    }
    is_on = bool(value) and value is not None and value[4:5] == _ON
    is_locked = "[integrity]" in lockdown or "[confidentiality]" in lockdown or enforce == "Y"
    lines = read_kernel_log(probes).lines(REJECTED) if find_cards(probes) else []
    if not is_on and not is_locked and not lines:
        return ok(_ID, "Secure Boot is off" if value else "no Secure Boot here", **facts)
    loaded = loaded_modules(probes)
    if MODULES[0] in loaded and "axcl_host" in loaded:
        return ok(_ID, "Secure Boot is on, and the driver is loaded all the same", **facts)
    if not find_cards(probes) or is_loading(probes):
        return ok(_ID, "Secure Boot is on", **facts)
    built = modules_on_disk(probes, probes.uname().release)
    if "axcl_host" not in built:
        return skip(
            _ID, "Secure Boot is on; the driver is not built yet, so it could not be kept out", **facts
        )
    # An unlocked kernel that does not enforce signatures takes unsigned modules even with Secure Boot.
    if not lines and "[none]" in lockdown and enforce == "N":
        return ok(_ID, "Secure Boot is on, but this kernel takes unsigned modules", **facts)
    facts["kernel_log"] = lines
    return fail(
        _ID,
        NO_DEVICE,
        "the kernel takes signed modules only, and the driver is built but not loaded",
        "Secure Boot or the kernel's lockdown asks for it: modprobe says 'Key was rejected by service'.",
        "turn Secure Boot off in the firmware setup, or sign the modules and enrol the key:"
        " sudo mokutil --import /var/lib/dkms/mok.pub (older: /var/lib/shim-signed/mok/MOK.der)",
        **facts,
    )
