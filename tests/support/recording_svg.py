"""Records axchat on a terminal and draws it as an animated picture: ``python -m support.recording_svg``.

In ``tests/``. A real run: bash on a pseudo-terminal with a terminal emulator at the other end, axchat's CPU
engine and the small model (``axchat models pull smollm2`` first). What the model says differs each time.
"""

import os
import select
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

import pexpect
import pyte

PICTURE = Path(__file__).parents[2] / "docs" / "axchat.svg"
SVG = "http://www.w3.org/2000/svg"
COLUMNS, ROWS = 84, 22
CELL_W, CELL_H, MARGIN = 8.4, 18, 12
FRAME_S = 0.15
"""Between two pictures of what happens."""

KEY_S = 0.04
LAST_S = 4.0
"""The last picture stays, before it begins again."""

COLOURS = {
    "default": "#d8dee9", "black": "#4c566a", "red": "#bf616a", "green": "#a3be8c", "brown": "#ebcb8b",
    "blue": "#81a1c1", "magenta": "#b48ead", "cyan": "#88c0d0", "white": "#e5e9f0",
}  # fmt: skip

SCRIPT: Sequence[tuple[str, float]] = (
    ('axchat run "Say hello in one sentence."\n', 6.0),
    ("axchat chat\r", 3.0),
    ("Name three uses of a small computer, as a list.\r", 9.0),
    ("/quit\r", 1.5),
)
"""What is typed, and how long it is watched afterwards."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A screen: when it came, and its rows as runs of text, colour and boldness."""

    at_s: float
    rows: tuple[tuple[tuple[str, str, bool], ...], ...]


def record() -> list[Frame]:
    """Type the script and watch."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    env = {**os.environ, "PS1": "$ ", "TERM": "xterm-256color", "BASH_SILENCE_DEPRECATION_WARNING": "1"}
    with tempfile.TemporaryDirectory() as folder:
        shell: pexpect.spawn[bytes] = pexpect.spawn(
            "bash", ["--norc", "--noprofile", "-i"], env=env, cwd=folder, dimensions=(ROWS, COLUMNS)
        )
        screen.write_process_input = shell.send  # type: ignore[method-assign]
        began = time.monotonic()
        frames: list[Frame] = []

        def watch(seconds: float) -> None:
            until = time.monotonic() + seconds
            while (now := time.monotonic()) < until:
                due = min(until, now + FRAME_S)
                while (left := due - time.monotonic()) > 0:
                    if select.select([shell.fileno()], [], [], left)[0]:
                        stream.feed(os.read(shell.fileno(), 65536))
                rows = tuple(tuple(runs(screen, row)) for row in range(ROWS))
                if not frames or frames[-1].rows != rows:
                    frames.append(Frame(time.monotonic() - began, rows))

        watch(0.5)
        for text, seconds in SCRIPT:
            for key in text:
                shell.send(key)
                watch(KEY_S)
            watch(seconds)
        shell.close(force=True)
    return frames


def runs(screen: pyte.Screen, row: int) -> Iterator[tuple[str, str, bool]]:
    """A row's text in runs of one colour."""
    line = screen.buffer[row]
    cells = [line[column] for column in range(COLUMNS)]
    for (colour, bold), group in groupby(cells, key=lambda cell: (cell.fg, cell.bold)):
        yield "".join(cell.data for cell in group), colour, bold


def picture(frames: Sequence[Frame]) -> str:
    """The animated SVG; each frame is shown from its moment to the next one's."""
    width, height = 2 * MARGIN + COLUMNS * CELL_W, 2 * MARGIN + ROWS * CELL_H
    whole = frames[-1].at_s + LAST_S
    moments = [*(frame.at_s for frame in frames[1:]), whole]
    parts = [
        f'<svg xmlns="{SVG}" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}">',
        "<title>axchat run and axchat chat on a terminal</title>",
        '<rect width="100%" height="100%" rx="8" fill="#2e3440"/>',
        '<g font-family="ui-monospace,Menlo,Consolas,monospace" font-size="14" xml:space="preserve">',
    ]
    for frame, end in zip(frames, moments, strict=True):
        begin = 0.0 if frame is frames[0] else frame.at_s
        times = f"0;{begin / whole:.5f};{end / whole:.5f}"
        parts.append(
            f'<g opacity="{int(frame is frames[-1])}">'  # the last for who cannot animate
            f'<animate attributeName="opacity" calcMode="discrete" dur="{whole:.2f}s" '
            f'repeatCount="indefinite" keyTimes="{times}" values="0;1;0"/>'
        )
        parts += [drawn(row, number) for number, row in enumerate(frame.rows)]
        parts.append("</g>")
    return "\n".join([*(part for part in parts if part), "</g>", "</svg>", ""])


def drawn(row: Sequence[tuple[str, str, bool]], number: int) -> str:
    """One row of a screen; empty for a blank one."""
    if not any(text.strip() for text, _, _ in row):
        return ""
    y = MARGIN + (number + 0.75) * CELL_H
    spans, column = [], 0
    for text, colour, bold in row:
        if text.strip():
            fill = COLOURS.get(colour, f"#{colour}" if len(colour) == 6 else COLOURS["default"])
            weight = ' font-weight="bold"' if bold else ""
            x = MARGIN + column * CELL_W
            length = f' textLength="{len(text.rstrip()) * CELL_W:.1f}"'
            spans.append(f'<tspan x="{x:.1f}"{length} fill="{fill}"{weight}>{escape(text.rstrip())}</tspan>')
        column += len(text)
    return f'<text y="{y:.1f}">{"".join(spans)}</text>'


def main() -> None:
    """Record and write."""
    frames = record()
    PICTURE.write_text(picture(frames), encoding="utf-8")
    print(f"{len(frames)} frames, {PICTURE.stat().st_size // 1024} KiB: {PICTURE}", file=sys.stderr)


if __name__ == "__main__":
    main()
