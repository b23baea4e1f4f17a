"""Steps that mend something and cannot harm: values that a check offers and ``--fix`` carries out.

What can harm is never a step: it stays a command in the result's hint, printed with its risk.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StopProcess:
    """End a left-over process of this user.

    ``start`` (clock ticks after the machine's start, field 22 of /proc/PID/stat) tells it from another
    process that got its number since.
    """

    pid: int
    name: str
    start: int

    def __str__(self) -> str:
        return f"stop process {self.pid} ({self.name}), which is left over and holds the card"


@dataclass(frozen=True, slots=True)
class StopHolder:
    """End axchat's own holder, which does not answer; ``start`` as in ``StopProcess``."""

    pid: int
    start: int
    socket: str

    def __str__(self) -> str:
        return f"end axchat's holder (pid {self.pid}), which does not answer, and free the card"


@dataclass(frozen=True, slots=True)
class ClearSmiLock:
    """Remove the single-instance lock of an axcl-smi that is gone: a System V shared memory segment."""

    segment: int

    def __str__(self) -> str:
        return "remove the lock that an axcl-smi left behind (ipcrm, key 0x61736d69)"


@dataclass(frozen=True, slots=True)
class AddExecBit:
    """Make a runner of the model directory executable, for whoever may read it."""

    path: str

    def __str__(self) -> str:
        return f"make {self.path} executable"


@dataclass(frozen=True, slots=True)
class SetNoProxy:
    """Say what to add to the shell's start-up file; a program cannot set a variable of its parent."""

    line: str = "export no_proxy=localhost,127.0.0.1"

    def __str__(self) -> str:
        return "show the line that keeps this machine's own addresses away from the proxy"


SMI_LOCK_KEY = 0x61736D69
"""Key of the segment that axcl-smi keeps attached while it runs (observed with V3.10.2)."""

Step = StopProcess | StopHolder | ClearSmiLock | AddExecBit | SetNoProxy

_RISKS = (
    (r"\bsudo reboot\b|\bpower off|take all power|switch the power", "ends every program on this machine"),
    (r"\breboot -d \d", "resets the card: every program that uses it loses its work"),
    (r"modprobe -r|rmmod", "resets all cards, and can block for minutes"),
    (r"remove|unbind|rescan", "takes a device away while programs may use it"),
    (r"kill -KILL|\bkill \d", "ends that program; what it did not save is lost"),
    (r"\bapt\b|dkms|dpkg|\brpm\b", "changes the system's packages"),
    (r"config\.txt|cmdline|iommu=|rpi-eeprom", "changes how the machine starts; keep a copy of the file"),
    (r"axchat stop --now", "breaks off what the holder is answering"),
    (r"systemctl (?:stop|mask)", "stops what the service does for others"),
    (r"\bmodprobe\b|insmod", "starts the card, which takes up to minutes"),
    (r"setenforce|Secure Boot", "lowers the machine's protection"),
    (r"\brm -r|\bchmod\b|\btee\b|\bsudo\b", "changes files as root; read it first"),
)


def risk_of(command: str) -> str:
    """What a command of a hint can cost, one clause; "" when it only looks."""
    return next((risk for pattern, risk in _RISKS if re.search(pattern, command)), "")
