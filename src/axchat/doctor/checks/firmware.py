"""Is the firmware there that the driver pushes into the card at each start?"""

from axchat.doctor.asking import Asked, ask
from axchat.doctor.card import NO_CARD, find_cards, loaded_modules
from axchat.doctor.findings import FAILED, POWER_CYCLE, fail, ok, skip, warn
from axchat.doctor.installed import container_kind
from axchat.doctor.kernel_log import (
    CRASH,
    DEAD,
    DMA_FAULT,
    NO_FIRMWARE,
    NO_HANDSHAKE,
    NO_MEMORY,
    NO_PORT,
    PORT_TIMEOUT,
    KernelLog,
    read_kernel_log,
)
from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Context

_ID = "driver.firmware"
_FOLDERS = ("/lib/firmware", "/usr/lib/firmware", "/lib/firmware/updates")
_NAME = "axcl/ax650_card.pac"
_PACKED = ("", ".xz", ".zst")
_LEAST_BYTES = 1_000_000  # the vendor's file has tens of megabytes
_STUMP_BYTES = 4096
_LFS_MARK = b"version https://git-lfs"
_OTHER_CAUSES = "|".join((DEAD, NO_HANDSHAKE, PORT_TIMEOUT, NO_PORT, CRASH, NO_MEMORY, DMA_FAULT))
_AGAIN = "sudo apt install --reinstall axclhost, then: sudo reboot"


def check(probes: Probes, context: Context) -> CheckResult:
    """``driver.firmware``; a warning while the card runs on what it got earlier."""
    del context
    if not find_cards(probes):
        return skip(_ID, NO_CARD)
    if container_kind(probes):
        return skip(_ID, "in a container; the firmware lies outside")
    own = probes.read_text("/sys/module/firmware_class/parameters/path")
    folders = [*([own] if own else []), *_FOLDERS]
    can_see = any(probes.listdir(folder) for folder in folders)
    paths = [f"{folder}/{_NAME}{packing}" for folder in folders for packing in _PACKED]
    path = next((path for path in paths if probes.exists(path)), None)
    trouble = _trouble(probes, path) if can_see else ""
    asked = ask(probes)
    log = read_kernel_log(probes)
    lines = [] if asked.is_answered else log.lines(NO_FIRMWARE)
    facts: dict[str, object] = {"path": path, "kernel_log": lines}
    is_loaded = "axcl_host" in loaded_modules(probes)
    if trouble and asked.is_answered:
        meaning = "The card runs on the firmware that it got earlier and will not come back after a restart."
        return warn(_ID, trouble, meaning, _AGAIN, **facts)
    status = probes.status(path) if path else None
    size = status.size if status else 0
    facts["bytes"] = size
    if not trouble and is_loaded and not asked.is_answered and _is_short(size, bool(lines), asked, log):
        trouble = f"{path} has only {size} bytes"
    if trouble:
        meaning = "The driver pushes it into the card at each start; without it the card stays dead."
        return fail(_ID, FAILED, trouble, meaning, _AGAIN, **facts)
    if lines and log.holds(NO_FIRMWARE) and not log.holds(NO_HANDSHAKE):
        meaning = "The card took none, or broke off: a damaged file, or a card that does not listen."
        hint = f"{_AGAIN}; if it stays so: {POWER_CYCLE}"
        return fail(_ID, FAILED, "the driver could not load the card's firmware", meaning, hint, **facts)
    if not can_see:
        return skip(_ID, "no firmware directory can be seen", **facts)
    return ok(_ID, f"the firmware is there: {path}", **facts)


def _is_short(size: int, is_told: bool, asked: Asked, log: KernelLog) -> bool:
    """Whether a file of this size is the cause.

    One of some bytes is a stand-in rather than a broken download: it is taken for the cause only when
    the kernel says so, or when nothing tells why the card is missing in axcl-smi's table.
    """
    if size >= _STUMP_BYTES or is_told:
        return size < _LEAST_BYTES
    if asked.run is None or asked.run.timed_out or asked.run.truncated or asked.is_refused_a_port:
        return False
    return asked.is_dead and not log.holds(_OTHER_CAUSES)


def _trouble(probes: Probes, path: str | None) -> str:
    if path is None:
        return f"the firmware {_FOLDERS[0]}/{_NAME} is missing"
    head = probes.read_bytes(path, len(_LFS_MARK))
    if head == b"":
        return f"{path} is empty"
    return f"{path} is a git-lfs pointer, not the firmware" if head == _LFS_MARK else ""
