"""The page of the architecture, and what it says of files."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from support.architecture_svg import PICTURE, ROOT, SOURCE, TURN, caption, layers, picture
from support.page_inline import spans

PAGE = ROOT / "docs" / "architecture.md"
GUIDES = (ROOT / "docs" / "CONTRIBUTING.md", PAGE)
PATH = re.compile(r"[\w.<>-][\w./<>-]*/[\w.<>-]*$")


def test_the_picture_is_what_the_import_contract_and_the_docstrings_say() -> None:
    """``PYTHONPATH=tests python -m support.architecture_svg`` draws it anew."""
    assert PICTURE.read_text(encoding="utf-8") == picture()
    assert ElementTree.parse(PICTURE).getroot().tag.endswith("svg")


def test_every_room_of_the_package_is_drawn() -> None:
    """Packages and modules alike; ``__main__`` starts the program and is none."""
    drawn = {room for floor in layers() for room in floor}
    there = {
        path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert drawn == there - {"__init__", "__main__"}
    assert all(caption(room) for room in drawn)


def test_a_turn_goes_down_the_floors_to_the_holder_and_down_again_to_the_console() -> None:
    """No step on either side of the socket is on a higher floor than the one before."""
    level = {room: number for number, floor in enumerate(layers()) for room in floor}
    levels = [level[step.split("/")[0]] for step in TURN]
    socket = TURN.index("server/local")
    for way in (levels[:socket], levels[socket:]):
        assert way == sorted(way)


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_the_files_that_a_guide_names_are_there(page: Path) -> None:
    """Paths from the checkout, ``docs/`` or ``src/axchat``; ``<name>`` stands for any that is there."""
    paths = [span for span in spans(page.read_text(encoding="utf-8")) if PATH.match(span)]
    assert paths
    assert [path for path in paths if not is_there(path)] == []


def is_there(path: str) -> bool:
    """Whether it is a file, a folder, or a module without its suffix."""
    pattern = re.sub(r"<\w+>", "*", path).rstrip("/")
    roots = (ROOT, ROOT / "docs", SOURCE)
    return any(any(root.glob(pattern + suffix)) for root in roots for suffix in ("", ".py"))
