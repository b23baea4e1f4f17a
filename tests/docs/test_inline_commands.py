"""Commands in the running text are commands."""

import pytest

from support.page_blocks import ROOT, pages
from support.page_inline import commands, complaint, spans


@pytest.mark.parametrize("page", [path.relative_to(ROOT).as_posix() for path in pages()])
def test_every_command_in_the_text_exists_with_its_options(page: str) -> None:
    """Between backticks, in tables too."""
    found = (
        f"`{span}`: {why}"
        for span in spans((ROOT / page).read_text(encoding="utf-8"))
        if "axchat " in span
        for words in commands(span)
        if (why := complaint(words))
    )
    assert list(found) == []


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ("axchat run hello", [["run", "hello"]]),
        ('git diff | axchat run "explain this"', [["run", "explain this"]]),
        ("A=1 sudo axchat ps", [["ps"]]),
        ("axchat stop && axchat load -m DIR > log", [["stop"], ["load", "-m", "DIR"]]),
        ("axchat", []),
        ("axchat.ignored", []),
        ("pip install 'axchat[cpu]'", []),
    ],
)
def test_commands_are_found_in_pieces_of_shell(span: str, words: list[list[str]]) -> None:
    """Pipes, lists, redirections and variables around them."""
    assert list(commands(span)) == words


@pytest.mark.parametrize(
    "line",
    [
        "run -m DIR --json hello",
        "bench compare before after",
        "bench -pg 512,128",
        "doctor --only ID",
        "--version",
    ],
)
def test_what_exists_is_left_alone(line: str) -> None:
    """Words in capitals stand for something."""
    assert complaint(line.split()) is None


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("runn hello", "no command runn"),
        ("run --jsn hello", "--jsn"),
        ("models pul x", "no command pul"),
        ("bench -o xml", "table, md"),
        ("completion csh", "bash"),
        ("run --model", "--model"),
    ],
)
def test_what_does_not_exist_is_told(line: str, why: str) -> None:
    """Commands, options, choices, an option without its value."""
    assert why in str(complaint(line.split()))
