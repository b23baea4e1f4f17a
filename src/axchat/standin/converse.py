"""At the marker: typed lines in, turns out, and the failures of an idle or ending program.

What the consoles have in common (vendor main.cpp): ``q`` ends, an empty line is another marker, and the end
of input is an endless loop of markers.
"""

import os
from collections.abc import Callable
from pathlib import Path

from axchat.standin import death, streams, text
from axchat.standin.session import Session, runtime_line

QUIT = b"q"
TRIGGER_LOOK_S = 0.02
"""Between two looks for the trigger's file, while the console waits for a line."""
_LINE_WORKER_EXIT = 80
_DEAD_LINES = (
    ("W", "device manager", "listen", 292, "device 1 is dead"),
    ("C", "device", "print", 104, "device 1 memory leak: 0x14926f000, size 9437184"),
    ("C", "device", "print", 104, "device 1 memory leak: 0x149b6f000, size 9437184"),
    ("C", "device", "print", 104, "device 1 memory leak: 0x14a46f000, size 9437184"),
)


def converse(session: Session, answer: Callable[[bytes], None]) -> None:
    """Answer typed lines until ``q``; at the end of input print the marker for ever, as the vendor does.

    A stdout or a parent that is gone ends that, where the vendor's program goes on: a crashed test must not
    leave a busy process behind.
    """
    lines = streams.LineInput()
    parent = os.getppid()
    while not session.output.broken:
        session.output.write(session.build.prompt)
        session.output.flush()
        floods = session.faults.has("eof-flood")
        if (floods or lines.ended) and os.getppid() != parent:
            return
        if floods:
            continue
        _play_idle(session, lines)
        line = lines.line()
        if line == QUIT:
            if not session.faults.has("ignore-q"):
                return
        elif line:
            answer(line)


def shut_down(session: Session) -> None:
    """Release the device: what is printed after ``q``, or a hang in it."""
    if session.faults.has("hang-exit"):
        session.interrupts.hang()
    if session.build.has_workers:
        for device in session.settings.devices:
            message = f"AXCLWorker exit with devid {device}"
            session.output.write(text.log("I", "run", _LINE_WORKER_EXIT, message))


def _play_idle(session: Session, lines: streams.LineInput) -> None:
    """Play what happens while nothing is typed: once its file is there, or its seconds have passed."""
    faults = session.faults
    status = faults.number("idle-exit")
    dies = faults.has("idle-dead") and not session.device.dead
    if not (dies or status is not None or faults.has("idle-segv")) or not _stays_idle(session, lines):
        return
    if faults.has("idle-segv"):
        death.segmentation_fault()
    if status is not None:
        os._exit(status)
    session.device.dead = True
    for line in _DEAD_LINES:
        session.output.write(runtime_line(*line))
    session.output.flush()


def _stays_idle(session: Session, lines: streams.LineInput) -> bool:
    """Wait for the script's trigger and seconds; False when a line comes before."""
    trigger = Path(session.script.trigger) if session.script.trigger else None
    while trigger and not trigger.exists():
        if lines.has_input(TRIGGER_LOOK_S):
            return False
    return not lines.has_input(session.script.idle_s)
