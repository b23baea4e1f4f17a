"""The completion scripts: fresh, printed by the command, and at work in the real shells without axchat."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from axchat.cli.command_tree import Command, Value, read
from axchat.cli.completion import FILES, Shell, script
from support.completion_table import SCRIPTS
from support.debian_tools import Tool
from support.terminal import TAB, Terminal

COMMANDS = read()
PLACES = [(command, current) for command in COMMANDS for current in ("", "-")]
"""Where a word may begin: behind every command, as an argument and as an option."""

LINES = {
    "hist": "history",
    "history exp": "history export",
    "run --eng": "run --engine",
    "history export --format j": "history export --format json",
    "history export --format=j": "history export --format=json",
    "run --model load --ext": "run --model load --extract",
    "bench --model list comp": "bench --model list compare",
    "bench -pg 1,2 --sav": "bench -pg 1,2 --save",
    "run --engine vend": "run --engine vendor-api",
    "doctor --only axchat.sto": "doctor --only axchat.storage",
    "models pull smo": "models pull smollm2",
    "run --file quest": "run --file question.txt",
    "history import quest": "history import question.txt",
    "completion ba": "completion bash",
    "run --seed quest": "run --seed quest",
}
"""What is typed behind axchat, and what Tab makes of it."""

PROMPT = "ready>"


def press_tab(argv: list[str], folder: Path) -> None:
    """Type each line in a shell, whose axchat prints its arguments, and press Tab and Enter."""
    (folder / "question.txt").touch()
    with Terminal(argv, columns=120, cwd=folder) as terminal:
        terminal.wait_for_prompt(PROMPT)
        for typed, completed in LINES.items():
            terminal.send(f"axchat {typed}{TAB}\r")
            terminal.wait_for(f"<{completed}>")
            terminal.wait_for_prompt(PROMPT)


def in_env(tool: Tool, **variables: str) -> list[str]:
    """How to start a program with what it needs in its environment."""
    return [
        "/usr/bin/env",
        *(f"{name}={value}" for name, value in {**tool.env, **variables}.items()),
        str(tool.path),
    ]


def expected(command: Command, current: str) -> list[str]:
    """What is offered behind a command, sorted."""
    if current == "-":
        return sorted(name for it in command.options for name in it.names)
    choices = command.arguments[0].choices if command.arguments else ()
    return sorted(command.children or choices)


@pytest.mark.parametrize("shell", Shell)
def test_the_file_in_completions_is_fresh(shell: Shell) -> None:
    """``PYTHONPATH=tests python -m support.completion_table`` writes it anew."""
    assert (SCRIPTS / FILES[shell]).read_text(encoding="utf-8") == script(shell)


@pytest.mark.parametrize("shell", Shell)
def test_the_command_prints_the_script(shell: Shell) -> None:
    """``axchat completion`` prints what lies in completions/, byte for byte."""
    axchat = [sys.executable, "-m", "axchat", "completion", shell]
    done = subprocess.run(axchat, capture_output=True, check=True)

    assert done.stdout == (SCRIPTS / FILES[shell]).read_bytes()


def test_paths_choices_and_flags_are_told_apart() -> None:
    """What stands behind an option decides what Tab does there."""
    run = next(command for command in COMMANDS if command.path == "axchat run")
    values = {it.names[0]: it.value for it in run.options}

    assert {name for name, value in values.items() if value is Value.FILE} == {
        "--file",
        "--model",
        "--schema",
        "--image",
    }
    assert (values["--extract"], values["--seed"], values["--json"]) == (
        Value.CHOICE,
        Value.FREE,
        Value.NONE,
    )


class TestBash:
    """Bash, as installed."""

    def test_everything_is_offered_behind_every_command(self) -> None:
        """Sub-commands, choices and options, without any program on PATH."""
        calls = "".join(
            f'COMP_WORDS=({command.path} "{current}"); COMP_CWORD={len(command.path.split())}; '
            '_axchat 2>/dev/null; echo "${COMPREPLY[*]}"\n'  # compopt: no completion is under way
            for command, current in PLACES
        )
        done = subprocess.run(
            ["/bin/bash", "--norc", "-c", f'source "{SCRIPTS / FILES[Shell.BASH]}"; PATH=\n{calls}'],
            capture_output=True,
            text=True,
            check=True,
        )

        offered = [sorted(line.split()) for line in done.stdout.split("\n")[:-1]]
        assert offered == [expected(*place) for place in PLACES]

    def test_tab(self, tmp_path: Path) -> None:
        """On a terminal: words, values behind a space or ``=``, and bash's own files."""
        rc = [f"source '{SCRIPTS / FILES[Shell.BASH]}'", f"PATH= PS1='{PROMPT} '"]
        rc += ["axchat() { printf '<%s>\\n' \"$*\"; }"]
        (tmp_path / "rc").write_text("\n".join(rc) + "\n")
        press_tab(["/bin/bash", "--rcfile", "rc", "-i"], tmp_path)


class TestZsh:
    """Zsh, installed or fetched."""

    def test_tab(self, tmp_path: Path, debian_tool: Callable[[str], Tool]) -> None:
        """On a terminal, with the script found by zsh's own way: in ``fpath``."""
        zsh = debian_tool("zsh")
        rc = [f"fpath+=({SCRIPTS})", "autoload -Uz compinit; compinit -u -D", f"PATH= PS1='{PROMPT} '"]
        rc += ['axchat() { print -r "<$*>" }']
        for module in zsh.path.parents[1].glob("usr/lib/*/zsh/*/zsh/zle.so"):  # fetched
            functions = zsh.path.parents[1] / "usr/share/zsh/functions"
            rc[:0] = [f"module_path=({module.parents[1]})", f"fpath=({functions} {functions}/**/*(/))"]
        (tmp_path / ".zshrc").write_text("\n".join(rc) + "\n")
        press_tab([*in_env(zsh, ZDOTDIR=str(tmp_path)), "-d", "-i"], tmp_path)


class TestFish:
    """Fish, installed or fetched."""

    def test_everything_is_offered_behind_every_command(
        self, tmp_path: Path, debian_tool: Callable[[str], Tool]
    ) -> None:
        """Sub-commands, choices and options."""
        asked = "; ".join(f"complete -C '{command.path} {current}'; echo =" for command, current in PLACES)
        done = subprocess.run(
            [*in_env(debian_tool("fish")), "-N", "-c", f"source '{SCRIPTS / FILES[Shell.FISH]}'; {asked}"],
            cwd=tmp_path,  # no file to complete
            capture_output=True,
            text=True,
            check=True,
        )

        offered = [
            sorted(line.partition("\t")[0] for line in answer.splitlines() if line)
            for answer in done.stdout.split("=\n")[:-1]
        ]
        assert offered == [expected(*place) for place in PLACES]

    def test_tab(self, tmp_path: Path, debian_tool: Callable[[str], Tool]) -> None:
        """On a terminal."""
        rc = [f"source '{SCRIPTS / FILES[Shell.FISH]}'; set PATH"]
        rc += [f"function fish_prompt; echo '{PROMPT} '; end", 'function axchat; echo "<$argv>"; end']
        press_tab([*in_env(debian_tool("fish")), "-N", "-i", "-C", "; ".join(rc)], tmp_path)
