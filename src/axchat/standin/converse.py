"""At the marker: typed lines in, turns out, and the failures of an idle or ending program.

What the consoles have in common (vendor main.cpp): ``q`` ends, an empty line is another marker, and the end
of input is an endless loop of markers.
"""

import os
from collections.abc import Callable

from axchat.standin import streams, text
from axchat.standin.idle import play_idle
from axchat.standin.session import Session

QUIT = b"q"
_LINE_WORKER_EXIT = 80


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
        play_idle(session, lines)
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
