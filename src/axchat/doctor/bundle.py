"""What a support thread needs, in one archive without names: results, versions, the logs that matter."""

import gzip
import io
import re
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from axchat.doctor.examine import Examination
from axchat.doctor.kernel_log import read_kernel_log
from axchat.doctor.probes import Probes
from axchat.doctor.redact import Names, Redactor
from axchat.doctor.verdict import judge

LOG_LIMIT_BYTES = 256 * 1024
"""Of each log, its end."""

FOLDER = "axchat-doctor"
_FIRST_PERSON, _NOBODY = 1000, 65534  # user numbers of people lie between, on all current distributions
_KERNEL = re.compile(
    r"axcl|ax_pcie|ax_mmb|ax650|1f4b|pcie|\bPCI\b|AER|DMAR|AMD-Vi|IO_PAGE_FAULT|PM: suspend|oltage|"
    r"device [0-9a-f]+: (?:dead|alive)|Handshake|PAC Header|\[STATUS\]|firmware load|Secure boot|"
    r"module verification|unsigned module|version magic|page allocation failure|BUG:|Oops|Call Trace",
    re.IGNORECASE,
)
# Path, whether its end is what matters, and what it tells.
_FILES = (
    ("/tmp/axcl/axcl_logs.txt", "the runtime's log, its end"),  # noqa: S108 - hard-coded in the runtime
    ("/var/log/axclhost-install.log", "how the driver's installation went"),
    ("/boot/firmware/config.txt", "how the Raspberry Pi is set up"),
    ("/proc/cmdline", "how the kernel was started"),
    ("/proc/modules", "loaded modules"),
    ("/proc/version", "the kernel and its compiler"),
    ("/etc/os-release", "the distribution"),
    ("/etc/modules-load.d/axcl_pcie.conf", "modules that are loaded at the start"),
    ("/etc/udev/rules.d/axcl_host.rules", "who may open the card"),
)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive: its name there, redacted text, what it tells."""

    name: str
    text: str
    about: str

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.text.encode(errors="replace"))


def collect(
    probes: Probes,
    examination: Examination,
    as_text: Callable[[Examination], str],
    as_json: Callable[[Examination], str],
    versions: Mapping[str, str],
) -> list[Member]:
    """All that goes into the bundle, redacted.

    Args:
        probes: the machine; what it does not have, or does not show to this user, is left out.
        examination: the findings; they are redacted before they are written as text, because a name that
            was escaped (an umlaut in JSON, a new line before it) is not found any more.
        as_text: writes them for people.
        as_json: writes them for programs.
        versions: name to version.
    """
    redact = Redactor(names_on(probes))
    clean = redacted(examination, redact)
    told = "".join(f"{name}: {version}\n" for name, version in versions.items())
    found = [
        Member("report.txt", as_text(clean) + "\n", "the findings with all facts"),
        Member("report.json", as_json(clean) + "\n", "the same for programs"),
    ]
    return found + [Member(m.name, redact(m.text), m.about) for m in _read(probes, told)]


def redacted(examination: Examination, redact: Callable[[str], str]) -> Examination:
    """The same findings without names, in every text and fact."""
    results = tuple(
        replace(
            result,
            summary=redact(result.summary),
            meaning=redact(result.meaning),
            hint=None if result.hint is None else redact(result.hint),
            facts={key: _clean(value, redact, key) for key, value in result.facts.items()},
            steps=(),
        )
        for result in examination.results
    )
    return Examination(results, judge(results), examination.root_adds)


def _clean(value: object, redact: Callable[[str], str], key: str = "") -> object:
    if isinstance(value, str):
        return "<serial>" if "serial" in key.lower() else redact(value)
    if isinstance(value, Mapping):
        return {redact(str(name)): _clean(item, redact, str(name)) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item, redact, key) for item in value]
    return value


def _read(probes: Probes, versions: str) -> list[Member]:
    found = [Member("versions.txt", versions, "versions")]
    kernel = "\n".join(line for line in read_kernel_log(probes).text.splitlines() if _KERNEL.search(line))
    if kernel:
        found.append(Member("kernel-log.txt", kernel[-LOG_LIMIT_BYTES:] + "\n", "the kernel's lines on it"))
    for path, about in _FILES:
        # Files of /proc have no size, so only their beginning can be read.
        read = probes.read_text if path.startswith("/proc") else probes.read_tail
        text = read(path, LOG_LIMIT_BYTES)
        if text:
            found.append(Member(path.lstrip("/").replace("/", "_"), text + "\n", f"{about} ({path})"))
    return found


def names_on(probes: Probes) -> Names:
    """Who and what is named on this machine: people of /etc/passwd, this user, host names."""
    users: list[str] = []
    homes: list[str] = ["/root"]
    for line in (probes.read_text("/etc/passwd") or "").splitlines():
        fields = line.split(":")
        if len(fields) > 5 and fields[2].isdecimal() and _is_person(int(fields[2]), probes.user()):
            users += [fields[0], *fields[4].split(",")[:1]]
            homes.append(fields[5])
    users += [probes.variable(name) or "" for name in ("USER", "LOGNAME", "SUDO_USER")]
    homes.append(probes.variable("HOME") or "")
    hosts = [probes.read_text(path) or "" for path in ("/proc/sys/kernel/hostname", "/etc/hostname")]
    for line in (probes.read_text("/etc/hosts") or "").splitlines():
        hosts += [
            name for name in line.partition("#")[0].split()[1:] if not name.startswith(("localhost", "ip6-"))
        ]
    people = tuple(dict.fromkeys(user.strip() for user in users if user.strip() not in ("", "root")))
    return Names(people, tuple(dict.fromkeys(h for h in hosts if h)), tuple(dict.fromkeys(homes)))


def _is_person(uid: int, own: int) -> bool:
    return uid != 0 and (_FIRST_PERSON <= uid < _NOBODY or uid == own)


def pack(members: Sequence[Member]) -> bytes:
    """A tar.gz of the members; its headers hold no owner and no time."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for member in members:
            content = member.text.encode(errors="replace")
            header = tarfile.TarInfo(f"{FOLDER}/{member.name}")
            header.size, header.mode = len(content), 0o644
            archive.addfile(header, io.BytesIO(content))
    return packed.getvalue()
