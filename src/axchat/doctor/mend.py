"""Carries out harmless steps, each checked again right before it is done."""

import os
import selectors
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, assert_never

from axchat.doctor.offers import stale_segment, start_of
from axchat.doctor.probes import Probes
from axchat.doctor.steps import AddExecBit, ClearSmiLock, SetNoProxy, Step, StopHolder, StopProcess

PATIENCE_S = 3.0
"""For a process after SIGTERM, as the vendor's users found enough."""

HOLDER_PATIENCE_S = 90.0
"""Longer than ``axchat stop --now`` takes at worst: it asks, then terminates, then kills."""


class Mended(NamedTuple):
    """Whether a step was done, and what to tell."""

    is_done: bool
    text: str


def carry_out(
    step: Step, probes: Probes, send: Callable[[int, int], None] = signal.pidfd_send_signal
) -> Mended:
    """Do one step, if what it rests on still holds; never raises for what it finds.

    Args:
        step: what to do.
        probes: this machine.
        send: signals a process by its descriptor.
    """
    try:
        match step:
            case StopProcess():
                return _stop(step, send)
            case StopHolder():
                return _stop_holder(step, probes)
            case ClearSmiLock():
                return _clear_lock(step, probes)
            case AddExecBit():
                return _add_exec_bit(step.path)
            case SetNoProxy():
                return Mended(True, f"add this line to ~/.profile, and run it now: {step.line}")
            case _:
                assert_never(step)
    except OSError as exc:
        return Mended(False, f"not done: {exc.strerror or exc}")


def _stop(step: StopProcess, send: Callable[[int, int], None]) -> Mended:
    try:
        descriptor = os.pidfd_open(step.pid)
    except ProcessLookupError:
        return Mended(True, f"process {step.pid} has ended already")
    try:
        # The descriptor holds on to this very process: what is read now cannot change into another.
        folder = Path(f"/proc/{step.pid}")
        if start_of((folder / "stat").read_text(errors="replace")) != step.start:
            return Mended(False, f"not done: number {step.pid} belongs to another process by now")
        if folder.stat().st_uid != os.getuid():
            return Mended(False, f"not done: process {step.pid} belongs to another user")
        send(descriptor, signal.SIGTERM)
        send(descriptor, signal.SIGCONT)  # a stopped process obeys only when it runs
        if _ends(descriptor):
            return Mended(True, f"process {step.pid} ended")
    except (ProcessLookupError, FileNotFoundError):
        return Mended(True, f"process {step.pid} ended")
    finally:
        os.close(descriptor)
    return Mended(
        False,
        f"process {step.pid} did not end in {PATIENCE_S:.0f} s; it may wait for the card (up to 50 s). "
        f"To end it without its consent, losing its work: kill -KILL {step.pid}",
    )


def _stop_holder(step: StopHolder, probes: Probes) -> Mended:
    stat_path = Path(f"/proc/{step.pid}/stat")
    try:
        start = start_of(stat_path.read_text(errors="replace"))
    except FileNotFoundError:
        return Mended(True, f"the holder (pid {step.pid}) has ended already")
    if start != step.start:
        return Mended(False, f"not done: number {step.pid} belongs to another process by now")
    # the command itself ends it, so that there is one way; a child gets few variables, so this one is said
    command = [sys.executable, "-P", "-m", "axchat", "stop", "--now"]
    run = probes.run(["env", f"AXCHAT_SOCKET={step.socket}", *command], HOLDER_PATIENCE_S)
    said = (run.error or run.output).strip().removeprefix("axchat: ")
    if run.exit_code == 0:
        return Mended(True, said)
    return Mended(False, f"not done: axchat stop --now: {said or 'it did not end'}")


def _ends(descriptor: int) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        return bool(selector.select(PATIENCE_S))


def _clear_lock(step: ClearSmiLock, probes: Probes) -> Mended:
    if stale_segment(probes) != step.segment:
        return Mended(False, "not done: an axcl-smi uses the lock by now, or it is gone")
    run = probes.run(["ipcrm", "-m", str(step.segment)], PATIENCE_S)
    if run.exit_code == 0:
        return Mended(True, "the lock is gone")
    return Mended(False, f"not done: ipcrm: {(run.error or run.output).strip() or 'no answer'}")


def _add_exec_bit(path: str) -> Mended:
    # Non-blocking: whatever was put in the file's place must not hang the doctor.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return Mended(False, f"not done: {path} is no regular file")
        if found.st_uid != os.getuid():
            return Mended(False, f"not done: {path} belongs to another user; its owner can: chmod +x {path}")
        mode = stat.S_IMODE(found.st_mode)
        os.fchmod(descriptor, mode | (mode & 0o444) >> 2)
    finally:
        os.close(descriptor)
    return Mended(True, f"{path} is executable for whoever may read it")
