"""Completion: the table answers what Typer would, and lets Typer answer the rest."""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer._completion_classes import BashComplete

from axchat.cli.app import app
from axchat.cli.command_tree import walk
from axchat.cli.completing import answer
from axchat.cli.completion_table import TABLE
from support.completion_table import table

ROOT = typer.main.get_command(app)
COMMANDS = {path: (command, context) for path, command, context in walk("axchat", ROOT)}


def typers(words: list[str], current: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Typer answers bash, sorted: the names of help come in any order."""
    monkeypatch.setenv("COMP_WORDS", "\n".join([*words, current]))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    return sorted(
        BashComplete(typer.main.get_command(app), {}, "axchat", "_AXCHAT_COMPLETE").complete().split("\n")
    )


def ours(words: list[str], current: str) -> list[str] | None:
    """What the table answers, sorted."""
    found = answer("\n".join([*words, current]), str(len(words)))
    return None if found is None else sorted(found.split("\n"))


def prefixes(names: list[str]) -> Iterator[str]:
    """Every beginning of every name, and one that none has."""
    yield from sorted({name[:length] for name in names for length in range(len(name) + 1)} | {"z", "--z"})


def options(path: str) -> list[Any]:
    """The options that a command shows."""
    command, context = COMMANDS[path]
    return [it for it in command.get_params(context) if it.param_type_name == "option" and not it.hidden]


def test_the_table_is_the_applications() -> None:
    """``PYTHONPATH=tests python -m support.completion_table`` writes it anew."""
    assert table() == TABLE


@pytest.mark.parametrize("path", COMMANDS)
def test_every_prefix_of_an_option_or_a_sub_command(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is typed behind a command is completed as Typer would."""
    names = [name for option in options(path) for name in (*option.opts, *option.secondary_opts)]
    names += [other.rpartition(" ")[2] for other in COMMANDS if other.rpartition(" ")[0] == path]
    for current in prefixes(names):
        assert ours(path.split(), current) == typers(path.split(), current, monkeypatch), current


@pytest.mark.parametrize("path", COMMANDS)
def test_behind_every_option(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value is completed from its choices; a given option is offered again if it may be repeated."""
    for option, name in itertools.chain.from_iterable(
        ((it, name) for name in (*it.opts, *it.secondary_opts)) for it in options(path)
    ):
        words = [*path.split(), name]
        values = [str(it.value) for it in option.type.shell_complete(COMMANDS[path][1], option, "")]
        if not option.is_flag:
            for current in prefixes(values):
                if not current.startswith("-"):
                    assert ours(words, current) == typers(words, current, monkeypatch), (words, current)
            words.append(values[0] if values else "1")
        for current in ("", "--"):
            assert ours(words, current) == typers(words, current, monkeypatch), (words, current)


@pytest.mark.parametrize(
    ("words", "current"),
    [
        (["axchat", "run", "-qy"], "--"),
        (["axchat", "run", "--file=a"], ""),
        (["axchat", "run", "--model"], "--"),
        (["axchat", "run", "--system", "-x"], "--"),
        (["axchat", "run", "'a b'"], ""),
        (["axchat", "run", "--"], "--"),
        (["axchat", "run", "--unheard-of"], ""),
        (["axchat", "nothing"], ""),
        (["axchat", "history", "nothing"], "-"),
    ],
)
def test_what_is_not_plain_is_not_the_tables(words: list[str], current: str) -> None:
    """Typer reads it: the table would guess."""
    assert ours(words, current) is None


def test_values_that_only_typer_knows() -> None:
    """They are marked in the table, behind an option or as an argument; the options beside them are known."""
    known = "axchat\naxchat pull\n  --from ?\n  --yes\n  <> ?\n"

    assert answer("axchat pull --from", "3", known) is None
    assert answer("axchat pull", "2", known) is None
    assert answer("axchat pull --y", "2", known) == "--yes"


@pytest.mark.parametrize(("words", "position"), [("axchat run -x", "3"), ("axchat run 'a b' -x", "4")])
def test_both_ways_answer_the_shell(words: str, position: str) -> None:
    """The command itself answers Tab, from the table and through Typer."""
    asked = {"_AXCHAT_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": position}
    program = "import sys; sys.argv = ['axchat']; from axchat.__main__ import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **asked}, capture_output=True, text=True
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "code\nlast\n", "")


def test_bash_completes_with_typers_script() -> None:
    """What ``_AXCHAT_COMPLETE=source_bash axchat`` prints makes bash ask for each Tab."""
    script = (
        'eval "$(_AXCHAT_COMPLETE=source_bash axchat)"; complete -p axchat; '
        'COMP_WORDS=(axchat history e "") COMP_CWORD=2; _axchat_completion axchat; echo "${COMPREPLY[@]}"'
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, text=True
    )

    assert done.stdout == "complete -o default -F _axchat_completion axchat\nexport\n", done
