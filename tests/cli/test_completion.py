"""The completion scripts: fresh, printed by the command, and at work in the real shells."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from axchat.cli.command_tree import Command, Value, read
from axchat.cli.completion import FILES, Shell, script
from axchat.store.store import Store
from support.completion_table import SCRIPTS
from support.debian_tools import Tool
from support.stored import a_turn
from support.terminal import TAB, Terminal

COMMANDS = read()
PLACES = [(command, current) for command in COMMANDS for current in ("", "-")]
"""Where a word may begin: behind every command, as an argument and as an option."""

LINES = {
    "hist": "history",
    "history exp": "history|export",
    "run --eng": "run|--engine",
    "history export --format j": "history|export|--format|json",
    "history export --format=j": "history|export|--format=json",
    "run --model load --ext": "run|--model|load|--extract",
    "bench --model list comp": "bench|--model|list|compare",
    "bench -pg 1,2 --sav": "bench|-pg|1,2|--save",
    "run --engine vend": "run|--engine|vendor-api",
    "doctor --only axchat.sto": "doctor|--only|axchat.storage",
    "models pull smo": "models|pull|smollm2",
    "run --file quest": "run|--file|question.txt",
    "history import quest": "history|import|question.txt",
    "completion ba": "completion|bash",
    "completion bash quest": "completion|bash|quest",
    "run --seed quest": "run|--seed|quest",
    "config get hol": "config|get|holder",
    "config set chat.thoughts hi": "config|set|chat.thoughts|hide",
    "config set openai.key_file quest": "config|set|openai.key_file|question.txt",
    "run -m smo": "run|-m|smollm2",
    "run -m quest": "run|-m|question.txt",
    "models pull AXERA-TECH/Qwen3-4": "models|pull|AXERA-TECH/Qwen3-4B",
    "models show smol": "models|show|smollm2",
    "models alias new qui": "models|alias|new|quick",
    "run -m qwen3:0": "run|-m|qwen3:0.6b@npu",
    "bench compare a bef": "bench|compare|a|before update",
    "history show bl": "history|show|blue sky",
    "history rm 2 bl": "history|rm|2|blue sky",
    "history export 'bl": "history|export|blue sky",
    "chat --resume it": """chat|--resume|it's "$5" \\ `touch harm`!""",
    "chat --resume 'it": """chat|--resume|it's "$5" \\ `touch harm`!""",
    'chat --resume "it': """chat|--resume|it's "$5" \\ `touch harm`!""",
    "chat --resume=x=": "chat|--resume=x=$(touch harm):y;z",
    "history show \\$": "history|show|$(touch harm) & done",
    "history show 北": "history|show|北京 の 🐟",
}
"""What is typed behind axchat, and what Tab makes of it: words, a bar between them."""

TITLES = [
    "blue sky",
    """it's "$5" \\ `touch harm`!""",
    "x=$(touch harm):y;z",
    "$(touch harm) & done",
    "北京 の 🐟",
]
"""Of conversations; the shells must neither run nor split any."""

PROMPT = "ready>"


@pytest.fixture
def named(isolated_home: Path, tmp_path: Path) -> Path:
    """A folder with a file, and ``bin`` with nothing but axchat; and names on the disk."""
    data = isolated_home / ".local/share/axchat"
    for folder in (data / "bench", data / "models", tmp_path / "bin"):
        folder.mkdir(parents=True)
    (data / "bench" / "before update.json").touch()
    models = {"models": {"qwen3:0.6b@npu": {"path": "/qwen3"}}, "aliases": {"quick": "qwen3:0.6b@npu"}}
    (data / "models" / "registry.json").write_text(json.dumps(models))
    with closing(Store(data / "history.db")) as store:
        for title in TITLES:
            store.add([a_turn("Hello.")], title=title)
    program = tmp_path / "bin" / "axchat"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m axchat "$@"\n')
    program.chmod(0o755)
    (tmp_path / "question.txt").touch()
    return tmp_path


def press_tab(argv: list[str], folder: Path) -> None:
    """Type each line in a shell, whose axchat prints its arguments, and press Tab and Enter."""
    with Terminal(argv, columns=120, cwd=folder) as terminal:
        terminal.wait_for_prompt(PROMPT)
        for typed, completed in LINES.items():
            terminal.send(f"axchat {typed}{TAB}\r")
            terminal.wait_for(f"<{completed}>")
            terminal.wait_for_prompt(PROMPT)
    assert not (folder / "harm").exists()


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
    arguments = command.arguments[:1]
    return sorted(command.children or (name for it in arguments for name in it.choices))


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

    def offered(self, folder: Path, *lines: str) -> list[list[str]]:
        """What is offered at the end of each line, in which words are not quoted."""
        typed = {line: f'{line}""' if line.endswith(" ") else line for line in lines}
        calls = "".join(
            f'COMP_LINE="{line}" COMP_POINT={len(line)} COMP_WORDS=({words}); '
            "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
            '_axchat axchat "${COMP_WORDS[-1]}" 2>/dev/null; (IFS="|"; echo "${COMPREPLY[*]}")\n'
            for line, words in typed.items()  # the error is compopt's: no completion is under way
        )
        program = f"source '{SCRIPTS / FILES[Shell.BASH]}'; PATH={folder}/bin\n{calls}"
        done = subprocess.run(
            ["/bin/bash", "--norc", "-c", program],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        return [[word for word in line.split("|") if word] for line in done.stdout.split("\n")[:-1]]

    def test_everything_is_offered_behind_every_command(self, tmp_path: Path) -> None:
        """Sub-commands, choices and options, without any program on PATH."""
        found = self.offered(tmp_path, *(f"{command.path} {current}" for command, current in PLACES))

        assert [sorted(words) for words in found] == [expected(*place) for place in PLACES]

    def test_names_stand_beside_files(self, named: Path) -> None:
        """A model may be either; a folder ends in a slash."""
        (named / "quarter").mkdir()

        [found] = self.offered(named, "axchat run --model qu")

        assert sorted(found) == ["quarter/", "question.txt", "quick"]

    def test_tab(self, named: Path) -> None:
        """On a terminal: words, values behind a space or ``=``, bash's own files, and names, quoted too."""
        rc = [f"source '{SCRIPTS / FILES[Shell.BASH]}'", f"PATH={named}/bin PS1='{PROMPT} '"]
        rc += ["axchat() { local IFS='|'; printf '<%s>\\n' \"$*\"; }"]
        (named / "rc").write_text("\n".join(rc) + "\n")
        press_tab(["/bin/bash", "--rcfile", "rc", "-i"], named)


class TestZsh:
    """Zsh, installed or fetched."""

    def test_tab(self, named: Path, debian_tool: Callable[[str], Tool]) -> None:
        """On a terminal, with the script found by zsh's own way: in ``fpath``."""
        zsh = debian_tool("zsh")
        rc = [
            f"fpath+=({SCRIPTS})",
            "autoload -Uz compinit; compinit -u -D",
            f"PATH={named}/bin PS1='{PROMPT} '",
        ]
        rc += ['axchat() { print -r "<${(j:|:)@}>" }']
        for module in zsh.path.parents[1].glob("usr/lib/*/zsh/*/zsh/zle.so"):  # fetched
            functions = zsh.path.parents[1] / "usr/share/zsh/functions"
            rc[:0] = [f"module_path=({module.parents[1]})", f"fpath=({functions} {functions}/**/*(/))"]
        (named / ".zshrc").write_text("\n".join(rc) + "\n")
        press_tab([*in_env(zsh, ZDOTDIR=str(named)), "-d", "-i"], named)


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

    def test_tab(self, named: Path, debian_tool: Callable[[str], Tool]) -> None:
        """On a terminal."""
        rc = [f"source '{SCRIPTS / FILES[Shell.FISH]}'; set PATH {named}/bin"]
        rc += [f"function fish_prompt; echo '{PROMPT} '; end"]
        rc += ["function axchat; echo '<'(string join '|' -- $argv)'>'; end"]
        press_tab([*in_env(debian_tool("fish")), "-N", "-i", "-C", "; ".join(rc)], named)
