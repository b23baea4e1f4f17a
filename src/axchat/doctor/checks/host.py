"""Is this a machine for the card's software, and does a container or SELinux keep the card from it?"""

import re

from axchat.doctor.asking import Asked, ask
from axchat.doctor.card import NODES, OPTIONAL_MODULE, find_cards, loaded_modules, node_access
from axchat.doctor.findings import NO_DEVICE, PERMISSION, fail, ok, skip, warn
from axchat.doctor.installed import container_kind
from axchat.doctor.probes import Access, Probes
from axchat.doctor.result import CheckResult, Context

_MACHINES = frozenset({"aarch64", "arm64", "x86_64", "amd64"})
_LOADERS = {"aarch64": ("/lib/ld-linux-armhf.so.3", "/lib/ld-linux-aarch64.so.1")}
_OPEN_FAILED = re.compile(r"open /dev/axcl_host fail, errno: (\d+)")
_PERM, _ACCES = "1", "13"  # Linux: what a container's device rules and SELinux give


def check(probes: Probes, context: Context) -> list[CheckResult]:
    """``host.machine``, ``host.page-size``, ``host.container``, ``host.selinux``."""
    del context
    asked = ask(probes)
    return [_machine(probes), _pages(probes), _container(probes, asked), _selinux(probes, asked)]


def _machine(probes: Probes) -> CheckResult:
    kernel = probes.uname()
    facts = {"machine": kernel.machine, "kernel": kernel.release}
    summary = f"{kernel.machine}, kernel {kernel.release}"
    narrow, wide = _LOADERS.get(kernel.machine, ("", ""))
    if not find_cards(probes):
        return ok("host.machine", summary, **facts)
    if kernel.machine not in _MACHINES:
        meaning = "The vendor has programs for aarch64 and x86_64 only."
        hint = "put the card into such a machine, or answer without it: axchat run --engine cpu"
        return fail("host.machine", NO_DEVICE, f"no runner for {kernel.machine}", meaning, hint, **facts)
    if wide and probes.exists(narrow) and not probes.exists(wide):
        meaning = "A 64-bit program fails there with 'No such file or directory' although the file exists."
        hint = "install the 64-bit system, for example Raspberry Pi OS (64-bit)"
        summary = f"a 32-bit system on a 64-bit kernel: no {wide}"
        return fail("host.machine", NO_DEVICE, summary, meaning, hint, **facts)
    return ok("host.machine", summary, **facts)


def _pages(probes: Probes) -> CheckResult:
    run = probes.run(["getconf", "PAGESIZE"], 2.0, 4096)
    size = run.output.strip()
    if not size.isdecimal():
        return skip("host.page-size", "getconf does not tell the size of a page")
    note = " (the Pi 5's default; the driver works with it)" if size == "16384" else ""
    return ok("host.page-size", f"pages of {int(size) // 1024} KiB{note}", bytes=int(size))


def _container(probes: Probes, asked: Asked) -> CheckResult:
    kind = container_kind(probes)
    if kind is None:
        virtual = _virtual_machine(probes)
        where = f"a virtual machine ({virtual})" if virtual else "not in a container"
        return ok("host.container", where, virtual=virtual)
    facts: dict[str, object] = {"container": kind}
    loaded = loaded_modules(probes)
    # Copies from card to card need their node, a model on one card does not.
    wanted = [node for node, module in NODES.items() if module in loaded and module != OPTIONAL_MODULE]
    missing = [node for node in wanted if node_access(probes, node) is Access.MISSING]
    if missing:
        return fail(
            "host.container",
            NO_DEVICE,
            f"this {kind} container was not given {', '.join(missing)}",
            "The driver is loaded outside; it must not be installed again inside.",
            _give(kind),
            **facts,
        )
    if _PERM in _open_errors(asked):
        meaning = "The nodes are there, but the container's device rules forbid to open them."
        summary = f"this {kind} container may not open /dev/axcl_host"
        return fail("host.container", PERMISSION, summary, meaning, _give(kind), **facts)
    if loaded and find_cards(probes) and asked.program is None and not probes.exists("/usr/lib/axcl"):
        meaning = "Runners need the libraries of the version that the driver outside has."
        hint = "share them with the container, read-only: /usr/lib/axcl and /usr/bin/axcl"
        return warn("host.container", f"this {kind} container has no /usr/lib/axcl", meaning, hint, **facts)
    return ok(
        "host.container", f"in a {kind} container, and nothing of the card is missing for that", **facts
    )


def _open_errors(asked: Asked) -> list[str]:
    """The errno of each attempt of axcl-smi to open the card's node."""
    return _OPEN_FAILED.findall(asked.run.output) if asked.run else []


def _give(kind: str) -> str:
    if "lxc" in kind:
        lines = [f"lxc.mount.entry: {node} {node[1:]} none bind,create=file" for node in NODES]
        return "in the container's configuration: lxc.cgroup2.devices.allow: c 10:* rwm; " + "; ".join(lines)
    return "start the container with " + " ".join(f"--device {node}" for node in NODES)


def _virtual_machine(probes: Probes) -> str | None:
    product = probes.read_text("/sys/class/dmi/id/product_name") or ""
    vendor = probes.read_text("/sys/class/dmi/id/sys_vendor") or ""
    names = ("KVM", "QEMU", "VMware", "VirtualBox", "Virtual Machine", "Xen", "Bochs")
    return next((name for name in names if name.lower() in f"{vendor} {product}".lower()), None)


def _selinux(probes: Probes, asked: Asked) -> CheckResult:
    enforcing = probes.read_text("/sys/fs/selinux/enforce")
    if enforcing is None:
        return ok("host.selinux", "no SELinux here")
    if enforcing != "1":
        return ok("host.selinux", "SELinux does not enforce")
    closed = [
        node for node in NODES if probes.access(node) is Access.DENIED and _is_open_to_all(probes, node)
    ]
    if closed or _ACCES in _open_errors(asked):
        return fail(
            "host.selinux",
            PERMISSION,
            f"SELinux keeps this user from {', '.join(closed) or '/dev/axcl_host'}",
            "The nodes' mode lets everybody in; it is the policy, which knows no label for them.",
            "see what it denies: sudo ausearch -m avc -ts recent; make a rule of it with audit2allow",
        )
    return ok("host.selinux", "SELinux enforces, and the card's nodes are open all the same")


def _is_open_to_all(probes: Probes, node: str) -> bool:
    found = probes.status(node)
    return found is not None and found.mode & 0o006 == 0o006
