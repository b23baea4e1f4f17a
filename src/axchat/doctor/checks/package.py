"""Is the card's package installed, and could its driver be built for this kernel?"""

import re

from axchat.doctor.asking import FALLBACK, find_smi
from axchat.doctor.card import NO_CARD, find_cards, is_loading, loaded_modules
from axchat.doctor.findings import NO_DEVICE, fail, ok, skip, warn
from axchat.doctor.installed import (
    INSTALL_LOG,
    MODULE_ROOT,
    Package,
    container_kind,
    find_package,
    module_bytes,
    module_fact,
    modules_on_disk,
)
from axchat.doctor.kernel_log import VERMAGIC, read_kernel_log
from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Context

_BROKEN = frozenset({"half-configured", "half-installed", "unpacked", "triggers-awaited"})
_DKMS = "/var/lib/dkms"
_DKMS_NAMES = ("axcl", "axclhost")
_ERROR = re.compile(
    r"^.*(?:\berror:|E: build driver fail|E: load module|Error \d+$|Exec format error).*$", re.MULTILINE
)
_REASONS = (
    ("ftrivial-auto-var-init", "the compiler is older than the kernel's", "sudo apt install gcc-12"),
    ("pci_resize_resource", "the driver is too old for this kernel", "install a newer host package"),
    ("PDE_DATA", "the driver is too old for this kernel", "install a newer host package"),
    ("vmalloc.h", "the driver is too old for this kernel", "install a newer host package"),
    ("fixdep: Exec format error", "the kernel headers are for another kind of machine", ""),
    (
        "unrecognized command-line option",
        "the compiler is older than the kernel's",
        "install the kernel's compiler",
    ),
)


def check(probes: Probes, context: Context) -> list[CheckResult]:
    """``driver.package``, ``driver.build``, ``driver.vermagic``, ``driver.path``."""
    del context
    if not find_cards(probes):
        return [skip("driver.package", NO_CARD)]
    release = probes.uname().release
    built = modules_on_disk(probes, release)
    package = find_package(probes)
    is_loaded = "axcl_host" in loaded_modules(probes) or is_loading(probes)
    installed = _package(probes, package, is_known=is_loaded or bool(built))
    if is_loaded:
        return [installed, ok("driver.build", "the driver is loaded, so it is built"), _path(probes)]
    return [
        installed,
        _build(probes, package, release, built),
        _vermagic(probes, release, built),
        _path(probes),
    ]


def _package(probes: Probes, package: Package | None, *, is_known: bool) -> CheckResult:
    if package is not None:
        facts = {"package": package.name, "version": package.version, "state": package.state}
        return ok("driver.package", f"{package.name} {package.version} ({package.state})", **facts)
    others = [r for r in probes.listdir(MODULE_ROOT) or [] if modules_on_disk(probes, r)]
    if is_known or others or find_smi(probes) or container_kind(probes):
        return ok("driver.package", "the card's software is here, not from a package")
    return fail(
        "driver.package",
        NO_DEVICE,
        "the card's software (axclhost) is not installed",
        "It brings driver, firmware, libraries and axcl-smi; the card is on the bus and waits for it.",
        "M5Stack: sudo apt install dkms axclhost; Radxa: sudo apt install task-axclhost;"
        " Axera: sudo apt install ./axcl_host_*.deb",
    )


def _build(probes: Probes, package: Package | None, release: str, built: dict[str, str]) -> CheckResult:
    if "axcl_host" in built:
        return ok("driver.build", f"the driver is built for kernel {release}")
    name, log = _build_log(probes, release)
    errors = _ERROR.findall(log)
    is_broken = package is not None and package.state in _BROKEN
    headers = f"{MODULE_ROOT}/{release}/build"
    has_headers = probes.exists(headers)
    elsewhere = any(modules_on_disk(probes, r) for r in probes.listdir(MODULE_ROOT) or [] if r != release)
    facts: dict[str, object] = {"log": name, "errors": errors[-5:], "headers": has_headers, "kernel": release}
    if not errors and not is_broken and (package is None or elsewhere or has_headers):
        return skip("driver.build", f"nothing tells of a failed build for kernel {release}", **facts)
    known = next(((why, then) for text, why, then in _REASONS if text in log), ("", ""))
    why = known[0] or ("" if has_headers else f"no kernel headers at {headers}")
    steps = (
        [] if has_headers else [f"sudo apt install linux-headers-{release} (Pi OS: linux-headers-rpi-2712)"]
    )
    steps += [known[1]] if known[1] else []
    again = f"sudo dkms autoinstall -k {release}" if name.startswith(_DKMS) else "sudo dpkg --configure -a"
    return fail(
        "driver.build",
        NO_DEVICE,
        f"the driver could not be built for kernel {release}" + (f": {why}" if why else ""),
        errors[-1].strip()[:200] if errors else "The package is left half installed.",
        "; ".join([*steps, again, f"sudo modprobe axcl_host; the whole story: less {name or INSTALL_LOG}"]),
        **facts,
    )


def _build_log(probes: Probes, release: str) -> tuple[str, str]:
    """The newest log of a build for this kernel that this user may read: its path and its end."""
    paths = []
    for package in _DKMS_NAMES:
        for version in probes.listdir(f"{_DKMS}/{package}") or []:
            folder = f"{_DKMS}/{package}/{version}"
            paths.append(f"{folder}/build/make.log")
            paths += [
                f"{folder}/{release}/{arch}/log/make.log"
                for arch in probes.listdir(f"{folder}/{release}") or []
            ]
    for path in [*paths, INSTALL_LOG]:
        head = probes.read_text(path, 400)
        told = re.search(r"for kernel (\S+)", head or "")
        if head is not None and (told is None or told[1] == release):
            return path, probes.read_tail(path) or ""
    return "", ""


def _vermagic(probes: Probes, release: str, built: dict[str, str]) -> CheckResult:
    path = built.get("axcl_host")
    line = read_kernel_log(probes).lines(VERMAGIC)
    if path is None:
        return skip("driver.vermagic", f"no driver on disk for kernel {release}")
    magic = module_fact(module_bytes(probes, path), "vermagic")
    if magic is None:
        run = probes.run(["modinfo", "-F", "vermagic", "axcl_host"], 2.0, 4096)
        magic = run.output.strip() if run.exit_code == 0 and run.output.strip() else None
    facts: dict[str, object] = {"vermagic": magic, "kernel": release, "kernel_log": line}
    if line or (magic and magic.split()[0] != release):
        return fail(
            "driver.vermagic",
            NO_DEVICE,
            f"the driver on disk is built for {_kernel_of(magic)}, not for {release}",
            "modprobe refuses it with 'Exec format error'.",
            f"sudo apt install linux-headers-{release} && sudo dkms autoinstall --force -k {release}"
            " && sudo modprobe axcl_host; without DKMS install the card's package again",
            **facts,
        )
    return ok("driver.vermagic", "the driver on disk fits this kernel", **facts)


def _kernel_of(magic: str | None) -> str:
    return f"kernel {magic.split()[0]}" if magic else "another kernel"


def _path(probes: Probes) -> CheckResult:
    named = probes.variable("PATH")
    if probes.which("axcl-smi") or not probes.exists(FALLBACK):
        return ok("driver.path", "PATH finds axcl-smi, or there is none")
    # sudo and services have a PATH of their own; axchat does not need it.
    if not named or probes.user() == 0:
        return ok("driver.path", f"axcl-smi is found without PATH, at {FALLBACK}")
    return warn(
        "driver.path",
        f"axcl-smi is installed, but PATH lacks {FALLBACK.rpartition('/')[0]}",
        "axchat finds it all the same; your shell says 'command not found'.",
        f"source /etc/profile; or use the full path: {FALLBACK}",
        path=named,
    )
