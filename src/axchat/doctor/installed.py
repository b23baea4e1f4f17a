"""What of the card's software is installed: package, modules on disk, version strings."""

import gzip
import io
import lzma
import re
from dataclasses import dataclass

from axchat.doctor.card import MODULES
from axchat.doctor.probes import Probes

MODULE_ROOT = "/lib/modules"
PACKAGES = ("axclhost", "axclhost-dkms", "axclhost-firmware", "axcl_host", "axcl-host")
INSTALL_LOG = "/var/log/axclhost-install.log"
RUNTIME = "/usr/lib/axcl/libaxcl_rt.so"
_MODULE_LIMIT_BYTES = 8 * 1024 * 1024  # axcl_host.ko has some 100 kB
_DPKG_LIMIT_BYTES = 32 * 1024 * 1024  # a desktop's list of packages has about 5 MB
_VERSION = re.compile(rb"AXCL version\]: *[\w.-]+ +(V[0-9]+\.[0-9]+\.[0-9]+)(?:_[0-9]+)?")
_DATED = re.compile(rb"\b(V[0-9]+\.[0-9]+\.[0-9]+)_20[0-9]{6,12}")


@dataclass(frozen=True, slots=True)
class Package:
    """A package as the package manager knows it; ``state`` as dpkg words it, such as half-configured."""

    name: str
    version: str
    state: str


def find_package(probes: Probes) -> Package | None:
    """The host package, from dpkg's list or rpm; None when neither knows it."""
    known = probes.read_bytes("/var/lib/dpkg/status", _DPKG_LIMIT_BYTES) or b""
    for name in PACKAGES:
        match = re.search(rb"^Package: %s\n(?:[^\n]+\n?)*" % re.escape(name.encode()), known, re.MULTILINE)
        if match:
            text = match[0].decode(errors="replace")
            status = re.search(r"^Status: (.*)$", text, re.MULTILINE)
            version = re.search(r"^Version: (.*)$", text, re.MULTILINE)
            state = status[1].split()[-1] if status and status[1].split() else ""
            if state not in ("not-installed", "config-files"):
                return Package(name, version[1] if version else "", state)
    if known:
        return None
    if probes.which("rpm"):
        run = probes.run(["rpm", "-q", "axcl_host"], 3.0)
        match2 = re.match(r"axcl_host-(\S+)", run.output)
        return Package("axcl_host", match2[1], "installed") if match2 else None
    if probes.which("dpkg-query"):
        run = probes.run(["dpkg-query", "-W", "-f=${Status} ${Version}", "axclhost"], 3.0)
        words = run.output.split()
        if len(words) >= 3 and run.exit_code == 0 and words[2] not in ("not-installed", "config-files"):
            return Package("axclhost", words[3] if len(words) > 3 else "", words[2])
    return None


def modules_on_disk(probes: Probes, release: str) -> dict[str, str]:
    """Module name to file for those of the driver's modules that lie on disk for a kernel."""
    root = f"{MODULE_ROOT}/{release}"
    places = ["extra", "updates", "updates/dkms"]
    # weak-updates (RHEL) and folders inside extra (the rpm's) hold links or one more level.
    places += ["weak-updates", "kernel/drivers/misc"]
    places += [
        f"{place}/{name}" for place in ("extra", "updates", "weak-updates") for name in ("axcl", "axclhost")
    ]
    found: dict[str, str] = {}
    for place in places:
        for name in probes.listdir(f"{root}/{place}") or []:
            stem, dot, _ = name.partition(".ko")
            if dot and stem.replace("-", "_") in MODULES:
                found.setdefault(stem.replace("-", "_"), f"{root}/{place}/{name}")
    return found


def module_bytes(probes: Probes, path: str) -> bytes:
    """A module's content, unpacked (.xz, .gz); empty when it is unreadable or packed in another way."""
    content = probes.read_bytes(path, _MODULE_LIMIT_BYTES) or b""
    try:
        if content.startswith(b"\xfd7zXZ"):
            return lzma.LZMADecompressor().decompress(content, _MODULE_LIMIT_BYTES)
        if content.startswith(b"\x1f\x8b"):
            return gzip.GzipFile(fileobj=io.BytesIO(content)).read(_MODULE_LIMIT_BYTES)
    except (lzma.LZMAError, OSError, EOFError):
        return b""
    return b"" if content.startswith(b"\x28\xb5\x2f\xfd") else content  # zstd: no reader at hand


def module_fact(content: bytes, name: str) -> str | None:
    """A value of a module's .modinfo, such as ``vermagic``."""
    match = re.search(rb"(?:^|\0|\n)%s=([^\0\n]*)" % re.escape(name.encode()), content)
    return match[1].decode(errors="replace").strip() if match else None


def version_in(content: bytes) -> str | None:
    """The AXCL version compiled into a module or library, ``V3.6.5``."""
    match = _VERSION.search(content) or _DATED.search(content)
    return match[1].decode() if match else None


def short_version(text: str | None) -> str | None:
    """``V3.6.5`` of ``V3.6.5_20250908154509``; None when there is none."""
    match = re.match(r"[Vv]?([0-9]+\.[0-9]+\.[0-9]+)", text or "")
    return f"V{match[1]}" if match else None


def numbers(version: str) -> tuple[int, ...]:
    """``(3, 6, 5)`` of ``V3.6.5``, for comparison."""
    return tuple(int(part) for part in re.findall(r"[0-9]+", version)[:3])


def driver_version(probes: Probes) -> str | None:
    """The version of the driver on disk for this kernel, else of the package; None when unknown."""
    path = modules_on_disk(probes, probes.uname().release).get("axcl_host")
    found = version_in(module_bytes(probes, path)) if path else None
    if found is None:
        package = find_package(probes)
        found = short_version(package.version) if package else None
    return found


def container_kind(probes: Probes) -> str | None:
    """The kind of container that this process is in, None outside of one."""
    if probes.exists("/.dockerenv"):
        return "docker"
    if probes.exists("/run/.containerenv"):
        return "podman"
    told = probes.read_text("/run/systemd/container")
    environ = (probes.read_text("/proc/1/environ") or "").split("\0")
    told = told or next((text[10:] for text in environ if text.startswith("container=")), None)
    if told:
        return told.strip()[:30]
    match = re.search(r"docker|libpod|lxc|kubepods", probes.read_text("/proc/1/cgroup") or "")
    return match[0] if match else None
