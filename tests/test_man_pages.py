"""The man pages: fresh, without mistakes, and complete as a reader sees them."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import axchat
from axchat.cli.command_tree import read
from axchat.config import paths
from axchat.config.schema import options
from support import roff
from support.debian_tools import Tool
from support.man_pages import FILES, FOLDER, exit_codes, pages

PAGES = pages()


def shown(mandoc: Tool, name: str, columns: int = 80) -> str:
    """A page as ``man`` would show it."""
    done = subprocess.run(
        [str(mandoc.path), "-T", "utf8", "-O", f"width={columns}", str(FOLDER / name)],
        env=dict(mandoc.env),
        capture_output=True,
        text=True,
        check=True,
    )
    return re.sub(".\b", "", done.stdout)  # bold, and underlined


def test_the_pages_are_fresh() -> None:
    """``PYTHONPATH=tests python -m support.completion_table`` writes them anew."""
    assert {file.name: file.read_text(encoding="utf-8") for file in FOLDER.iterdir()} == PAGES


def test_mandoc_has_nothing_against_them(debian_tool: Callable[[str], Tool]) -> None:
    """But that they have no date: one would make them stale each day."""
    mandoc = debian_tool("mandoc")
    done = subprocess.run(
        [str(mandoc.path), "-T", "lint", *(str(FOLDER / name) for name in PAGES)],
        env=dict(mandoc.env),
        capture_output=True,
        text=True,
    )

    assert [line for line in done.stdout.splitlines() if "missing date" not in line] == []
    assert done.stdout.count("missing date") == len(PAGES)


def test_a_reader_finds_every_command_and_option(debian_tool: Callable[[str], Tool]) -> None:
    """A page a command, with its sub-commands; what is typed stands there as it is typed."""
    mandoc = debian_tool("mandoc")
    texts = {name: shown(mandoc, name) for name in PAGES}
    for command in read():
        name = "-".join(command.path.split()[:2]) + ".1"
        missing = [
            word
            for word in (command.path, *(name for it in command.options for name in it.names))
            if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", texts[name])
        ]
        assert not missing, command.path


def test_the_first_page_has_settings_exit_codes_and_files(
    debian_tool: Callable[[str], Tool], isolated_home: Path
) -> None:
    """On 40 columns too; the files are where axchat looks for them."""
    text = shown(debian_tool("mandoc"), "axchat.1", columns=40)

    assert max(map(len, text.splitlines())) <= 40
    for word in (
        *(it.env for it in options()),
        *(code for code, _ in exit_codes()),
        f"axchat {axchat.__version__}",
    ):
        assert word in text
    for place in (paths.config_file(), paths.data_dir() / "history.db", paths.data_dir() / "bench"):
        assert f"~/{place.relative_to(isolated_home)}" in {name.rstrip("/") for name in FILES}


def test_text_is_no_request_and_no_escape(debian_tool: Callable[[str], Tool], tmp_path: Path) -> None:
    """Dots at the start of a line, backslashes, quotes and dashes come out as they went in."""
    mandoc = debian_tool("mandoc")
    said = "Files of .sh, \\n and 'x' \"y\" `--z` ~ ^ " + "so they are " * 5 + ".TH .SH"
    (tmp_path / "page.1").write_text(
        f'.TH X 1 "" "x" ""\n.SH NAME\n{roff.filled(roff.text(said))}', encoding="utf-8"
    )
    done = subprocess.run(
        [str(mandoc.path), "-T", "utf8", "-O", "width=200", str(tmp_path / "page.1")],
        env=dict(mandoc.env),
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.replace("`", "") in re.sub(".\b", "", done.stdout)
