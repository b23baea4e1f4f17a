"""Draws the layers and the way of one turn: ``PYTHONPATH=tests python -m support.architecture_svg``.

Layers are those of ``.importlinter``, which ``lint-imports`` holds the code to; what stands in a box or
behind a step is the first sentence of the room's or the module's own docstring.
"""

import ast
import configparser
import textwrap
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "architecture.svg"
SOURCE = ROOT / "src" / "axchat"
TURN = (
    "cli/run", "chat/turn", "engines/attached", "server/local", "server/answer", "server/owner",
    "engines/session", "tokenizer/service", "process/session", "console/parser",
)  # fmt: skip
"""The modules that a turn of ``axchat run`` on a model directory goes through, in this order, and back."""

WIDTH, MARGIN, GAP = 1000, 16, 8
BAND, STEP = 58, 22
STYLE = (
    "<style>text{font:11px sans-serif;fill:#2e3440}.name{font:bold 14px monospace}"
    ".room{fill:#e5e9f0;stroke:#81a1c1}.step{fill:#bf616a}.number{fill:#fff;text-anchor:middle}</style>"
)
CAPTION_PX = 5.6
"""Of one letter of a caption, on average."""


def layers() -> list[list[str]]:
    """The rooms of each floor, the highest first."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    rows = config["importlinter:contract:layers"]["layers"].split("\n")
    return [[room.strip() for room in row.split("|")] for row in rows if row.strip()]


def caption(module: str) -> str:
    """The first sentence of a module's or a package's docstring, without its mark-up."""
    path = SOURCE / f"{module}.py"
    path = path if path.is_file() else SOURCE / module / "__init__.py"
    first = str(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))).split("\n", 1)[0]
    return first.partition(". ")[0].replace("``", "").rstrip(".")


def picture() -> str:
    """The SVG."""
    floors = layers()
    top = MARGIN + len(floors) * (BAND + GAP)
    height = top + MARGIN + (len(TURN) + 2) * STEP
    body = [
        line for number, rooms in enumerate(floors) for line in floor(rooms, MARGIN + number * (BAND + GAP))
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}">',
            "<title>axchat's layers, and the way of one turn through them</title>",
            STYLE,
            '<rect width="100%" height="100%" fill="#fff"/>',
            *body,
            *steps(top + MARGIN),
            "</svg>",
            "",
        ]
    )


def floor(rooms: list[str], y: int) -> Iterator[str]:
    """The boxes of one floor, each with the numbers of the steps that go through it."""
    width = (WIDTH - 2 * MARGIN - GAP * (len(rooms) - 1)) / len(rooms)
    for place, room in enumerate(rooms):
        x = MARGIN + place * (width + GAP)
        yield f'<rect class="room" x="{x:.0f}" y="{y}" width="{width:.0f}" height="{BAND}" rx="4"/>'
        yield f'<text class="name" x="{x + 8:.0f}" y="{y + 18}">{room}</text>'
        lines = textwrap.wrap(caption(room), int((width - 16) / CAPTION_PX), max_lines=2, placeholder=" ...")
        for number, line in enumerate(lines):
            yield f'<text x="{x + 8:.0f}" y="{y + 34 + 14 * number}">{escape(line)}</text>'
        taken = [number for number, step in enumerate(TURN, 1) if step.split("/")[0] == room]
        for back, number in enumerate(reversed(taken)):
            yield from badge(x + width - 14 - 20 * back, y + 14, number)


def badge(x: float, y: float, number: int) -> Iterator[str]:
    """The number of a step."""
    yield f'<circle class="step" cx="{x:.0f}" cy="{y:.0f}" r="9"/>'
    yield f'<text class="number" x="{x:.0f}" y="{y + 4:.0f}">{number}</text>'


def steps(y: int) -> Iterator[str]:
    """The list of steps below the floors."""
    said = "A module imports from lower floors only. One turn of axchat run:"
    yield f'<text x="{MARGIN}" y="{y + 4}">{said}</text>'
    for number, step in enumerate(TURN, 1):
        at = y + STEP * number
        yield from badge(MARGIN + 10, at, number)
        yield f'<text class="name" x="{MARGIN + 28}" y="{at + 4}">{step}</text>'
        text = textwrap.shorten(caption(step), 130, placeholder=" ...")
        yield f'<text x="{MARGIN + 200}" y="{at + 4}">{escape(text)}</text>'


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
