"""What a run was measured on and with."""

import importlib.metadata
import os
import platform
from pathlib import Path

PEERS = ("llm", "rich", "xllamacpp", "starlette", "uvicorn", "pexpect", "pip")


def machine() -> dict[str, str]:
    """Processor, cores, kernel and, where there is one, the governor that sets the clock."""
    facts = {
        "processor": processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
    }
    governor = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    if governor.is_file():
        facts["governor"] = governor.read_text().strip()
    facts["load when it began"] = f"{os.getloadavg()[0]:.1f}"
    return facts


def processor() -> str:
    """Its name: of the board on ARM, where /proc/cpuinfo has none."""
    board = Path("/proc/device-tree/model")
    if board.is_file():
        return board.read_text().strip("\0\n ")
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return "unknown"


def versions() -> dict[str, str]:
    """Of Python, axchat and everything it is compared with that is installed."""
    found = {"Python": platform.python_version()}
    for name in ("axchat", *PEERS):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "(not installed)"
    return found
