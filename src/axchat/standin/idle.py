"""What happens at the marker while nothing is typed."""

import os
from pathlib import Path
from typing import Protocol

from axchat.standin import death
from axchat.standin.playing import Playing
from axchat.standin.session import runtime_line

TRIGGER_LOOK_S = 0.02
"""Between two looks for the trigger's file, while the console waits for a line."""
_DEAD_LINES = (
    ("W", "device manager", "listen", 292, "device 1 is dead"),
    ("C", "device", "print", 104, "device 1 memory leak: 0x14926f000, size 9437184"),
    ("C", "device", "print", 104, "device 1 memory leak: 0x149b6f000, size 9437184"),
    ("C", "device", "print", 104, "device 1 memory leak: 0x14a46f000, size 9437184"),
)


class Lines(Protocol):
    """Where typed lines come from."""

    def has_input(self, seconds: float) -> bool:
        """Wait for input, or its end, at most ``seconds``; say whether there is some."""
        ...


def play_idle(session: Playing, lines: Lines) -> None:
    """Play a failure at the marker: once its file is there, or its seconds have passed."""
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


def _stays_idle(session: Playing, lines: Lines) -> bool:
    """Wait for the script's trigger and seconds; False when a line comes before."""
    trigger = Path(session.script.trigger) if session.script.trigger else None
    while trigger and not trigger.exists():
        if lines.has_input(TRIGGER_LOOK_S):
            return False
    return not lines.has_input(session.script.idle_s)
