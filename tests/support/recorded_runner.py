"""A model directory whose runner writes what a real one wrote, read by read, and ends as it ended."""

import json
import sys
from pathlib import Path

from support.sessions import Recording

PROGRAM = Path(__file__).with_name("recorded_program.py")
_LOADED = b"LLM init ok\x1b[0m\n"
_MARKER = b">> "
_ASKS = b'Type "q" to exit, Ctrl+c to stop current running\n' + _MARKER


def put_into(directory: Path, recording: Recording, turn: int = 0) -> None:
    """Replace the runners of a demo directory, whose scripts get the recorded ``--live_print``.

    Args:
        directory: the demo.
        recording: of a session on a terminal or on pipes.
        turn: which answer follows the load. One to a typed line is given as one to ``--prompt`` is.
    """
    pieces = _pieces(recording, turn)
    play = {
        "pieces": [piece.hex() for piece in pieces],
        "stderr": recording.stderr.hex(),
        "status": recording.status,
        "signal": recording.signal,
        "asks": pieces[-1:] != [] and pieces[-1].endswith(_MARKER),
    }
    (directory / "recorded.json").write_text(json.dumps(play))
    for runner in directory.glob("main_*"):
        runner.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{PROGRAM}'\n")
    for script in directory.glob("run_*.sh"):
        live = recording.option("--live_print") or "1"
        script.write_text(script.read_text().replace("--live_print 1", f"--live_print {live}"))


def _pieces(recording: Recording, turn: int) -> list[bytes]:
    """What was read of the console, without the terminal's line ends and echo."""
    start: list[bytes] = []
    turns: list[list[bytes]] = []
    into = start
    for step in recording.steps():
        if step.kind == "sent":
            into = []
            turns.append(into)
        else:
            into.append(step.data.replace(b"\r\n", b"\n") if recording.is_pty else step.data)
    if recording.option("--prompt") and turn == 0:
        return start
    loaded = b"".join(start).partition(_LOADED)[0] + _LOADED
    answer = turns[turn - bool(recording.option("--prompt"))][recording.is_pty :]
    answer[-1] = answer[-1].removesuffix(_MARKER)
    return [loaded, *answer, _ASKS]
