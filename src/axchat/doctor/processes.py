"""Who runs on this machine, as far as /proc shows it to this user."""

import re
from dataclasses import dataclass

from axchat.doctor.probes import Probes

_RUNNER = re.compile(r"main_axcl|main_api_ax|axllm|axcl_run_model|axcl_sample|axcl_ut_")
_SUPERVISED = re.compile(
    r"\.service|docker|containerd|libpod|lxc|kubepods|machine\.slice|machine-", re.IGNORECASE
)
_USER_MANAGER = re.compile(r"user@\d+\.service")  # every program of a desktop runs under it
_MAX_BEFORE_COMMAND = 6  # python -P -m axchat, or python .../bin/axchat
_SIGHUP = 1
_STUCK = {"T": "stopped", "t": "stopped", "Z": "a zombie"}


@dataclass(frozen=True, slots=True)
class Process:
    """One process; ``owner`` is a user name or number, ``state`` the kernel's letter ("" when unknown)."""

    pid: int
    name: str
    owner: str
    state: str = ""
    parent: int = 0
    is_orphan: bool = False
    is_supervised: bool = False
    ignores_hangup: bool = False

    @property
    def staleness(self) -> str:
        """Why nobody can be using it any more, or "".

        A runner that lost its parent and was neither started by a service or container manager nor
        told to outlive its terminal (nohup) is left over.
        """
        if self.state in _STUCK:
            return _STUCK[self.state]
        if self.is_orphan and not self.is_supervised and not self.ignores_hangup:
            return "its parent is gone"
        return ""


def read_process(probes: Probes, pid: int) -> Process | None:
    """One process, None when it is not there."""
    folder = f"/proc/{pid}"
    status = _fields(probes.read_text(f"{folder}/status"))
    stat = probes.read_text(f"{folder}/stat") or ""
    comm = probes.read_text(f"{folder}/comm")
    if not status and not stat and comm is None:
        return None
    after_name = stat.rpartition(")")[2].split()  # the name may hold blanks and brackets
    state = status.get("State", " ".join(after_name[:1]))[:1]
    parent = status.get("PPid") or (after_name[1] if len(after_name) > 1 else "0")
    number = int(parent) if parent.isdecimal() else 0
    command = (probes.read_text(f"{folder}/cmdline") or "").split("\0")[0]
    ignored = status.get("SigIgn", "0")
    return Process(
        pid=pid,
        name=(comm or status.get("Name") or command.rpartition("/")[2] or "?")[:40],
        owner=_owner(probes, folder, status),
        state=state,
        parent=number,
        is_orphan=_is_adopted(probes, number),
        is_supervised=_is_supervised(probes.read_text(f"{folder}/cgroup") or ""),
        ignores_hangup=bool(re.fullmatch(r"[0-9a-fA-F]+", ignored) and int(ignored, 16) & _SIGHUP),
    )


def find_runners(probes: Probes) -> list[Process]:
    """Processes whose name is that of a program for the card, by number."""
    numbers = sorted(int(name) for name in probes.listdir("/proc") or [] if name.isdecimal())
    found = []
    for pid in numbers:
        # comm holds 15 characters: main_axcl_aarch64 shows as main_axcl_aarch.
        comm = probes.read_text(f"/proc/{pid}/comm") or ""
        command = (probes.read_text(f"/proc/{pid}/cmdline", 4096) or "").split("\0")[0].rpartition("/")[2]
        if _RUNNER.match(comm) or _RUNNER.match(command):
            process = read_process(probes, pid)
            found += [process] if process else []
    return found


def holders_by_handle(probes: Probes, node: str) -> list[int]:
    """Processes with the node open, as far as this user may see (its own; root sees all)."""
    found = []
    for name in probes.listdir("/proc") or []:
        folder = f"/proc/{name}/fd"
        if name.isdecimal() and any(
            probes.readlink(f"{folder}/{number}") == node for number in probes.listdir(folder) or []
        ):
            found.append(int(name))
    return found


def is_serve(probes: Probes, pid: int) -> bool:
    """Whether a process is ``axchat serve``, in the foreground or as the holder in the background."""
    words = (probes.read_text(f"/proc/{pid}/cmdline", 4096) or "").split("\0")
    names = [word.rpartition("/")[2] for word in words[:_MAX_BEFORE_COMMAND]]
    if "axchat" not in names or not names[0].startswith(("axchat", "python")):
        return False
    left = [word for word in words[names.index("axchat") + 1 :] if not word.startswith("-")]
    return left[:1] == ["serve"]


def find_serves(probes: Probes) -> list[Process]:
    """All processes that are ``axchat serve``, whoever's they are, by number."""
    numbers = sorted(int(name) for name in probes.listdir("/proc") or [] if name.isdecimal())
    found = (read_process(probes, pid) for pid in numbers if is_serve(probes, pid))
    return [process for process in found if process is not None]


def descends_from(probes: Probes, pid: int, ancestor: int) -> bool:
    """Whether a process is another, or was started by it, by way of others or not."""
    seen: set[int] = set()  # numbers may be given anew while they are read
    while pid > 1 and pid not in seen:
        if pid == ancestor:
            return True
        seen.add(pid)
        process = read_process(probes, pid)
        pid = process.parent if process else 0
    return False


def uid_of(probes: Probes, pid: int) -> int | None:
    """The number of the user whose process it is."""
    return _uid(probes, f"/proc/{pid}", _fields(probes.read_text(f"/proc/{pid}/status")))


def _is_supervised(cgroup: str) -> bool:
    """A login's processes lie in a user's slice; those of init scripts and in containers do not."""
    within = _USER_MANAGER.sub("", cgroup)
    return bool(cgroup) and ("user" not in cgroup or bool(_SUPERVISED.search(within)))


def _is_adopted(probes: Probes, parent: int) -> bool:
    """Whether a parent is one that takes in orphans: init, or a user's systemd."""
    return parent == 1 or (parent > 1 and probes.read_text(f"/proc/{parent}/comm") == "systemd")


def _fields(status: str | None) -> dict[str, str]:
    pairs = (line.partition(":") for line in (status or "").splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _owner(probes: Probes, folder: str, status: dict[str, str]) -> str:
    uid = _uid(probes, folder, status)
    if uid is None:
        return "unknown"
    for line in (probes.read_text("/etc/passwd") or "").splitlines():
        fields = line.split(":")
        if len(fields) > 2 and fields[2] == str(uid):
            return fields[0]
    return f"user {uid}"


def _uid(probes: Probes, folder: str, status: dict[str, str]) -> int | None:
    numbers = status.get("Uid", "").split()
    owner = probes.status(folder)
    return int(numbers[0]) if numbers and numbers[0].isdecimal() else owner.uid if owner else None
