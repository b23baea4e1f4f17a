"""The failures in the middle of an answer; each acts once a number of tokens is there."""

import os
import signal
from collections.abc import Callable

from axchat.standin import death, text
from axchat.standin.playing import Playing
from axchat.standin.session import Session, runtime_line, runtime_log

_DEAD = ("W", "device manager", "listen", 292, "device 1 is dead")
_LOST = ("E", "channel", "send", 166, "send 4096 bytes, but 0 bytes sent")


def play_faults(
    session: Playing, made: int, planned: int, layers: int, report: Callable[[int], None]
) -> None:
    """Play what is due before the next token; ``made`` are there of the ``planned`` ones.

    ``report`` prints that many errors of a device that is dead.
    """
    faults = session.faults
    if faults.due("hang-token", made):
        session.interrupts.hang()
    if faults.due("segv-token", made):
        death.segmentation_fault()
    if faults.due("abrt-token", made):
        death.by_signal(signal.SIGABRT)
    if faults.due("exit-token", made):
        os._exit(1)
    _write_library_lines(session, made, planned)
    if session.device.dead:
        report(layers + 1)
    elif faults.due("dead-device-token", made):
        # The recorded one dies between the layers and the post model: one line for its first token.
        session.device.dead = True
        runtime_log(*_DEAD)
        report(1)


def _write_library_lines(session: Playing, made: int, planned: int) -> None:
    """Write lines of the device library: its console sink is stdout, the recordings' rig wrote to stderr."""
    faults = session.faults
    if made == planned // 2:
        if faults.has("late-log"):
            runtime_log(*_DEAD)
        if faults.has("library-log"):
            session.output.write(runtime_line(*_DEAD))
    if faults.at("late-error-token", made):
        runtime_log(*_LOST)
    if faults.at("library-error-token", made):
        session.output.write(runtime_line(*_LOST))


def report_dead(session: Session, times: int) -> None:
    """Print the errors of a dead device, which the vendor's program ignores (recorded group 34)."""
    line = text.log("E", "inference", session.build.line_execute, "AX_ENGINE_Execute")
    for _ in range(times):
        session.output.write(line)
