"""How soon commands are there: version, help, a completion, the chat's prompt.

Each command as pip installed it, from before its start until its end, in turn with what it is held against.
The chat and a bare prompt-toolkit prompt each on a pseudo-terminal, until the prompt is written. CPU time
stands in the notes: other work on the machine makes the wall's longer.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing

import pexpect

from performance.commands import BIN, Command, Ran, middle, scale_of, show
from performance.row import Row, Scale, Target, at_most, failed
from performance.turns import taking_turns

KEYS = (
    "start-up/version",
    "start-up/completion",
    "start-up/run-help",
    "start-up/help",
    "start-up/prompt",
    "start-up/modules",
)
ROUNDS = {Scale.QUICK: 7, Scale.FULL: 60}
SLOW_ROUNDS = {Scale.QUICK: 1, Scale.FULL: 10}
"""Of what takes a good part of a second."""

PATIENCE_S = 60.0
TAB = {"_AXCHAT_COMPLETE": "complete_bash", "COMP_WORDS": "axchat\n", "COMP_CWORD": "1"}
"""What bash's completion sets for ``axchat <TAB>``."""

CHAT = ("axchat", "chat", "--engine", "scripted", "--no-save")
CHAT_PROMPT = b"m>"
BARE = ("python", "-c", "from prompt_toolkit import PromptSession; PromptSession('bare> ').prompt()")
BARE_PROMPT = b"bare>"
MODULES = "import sys; import {}; print(len(sys.modules))"


def rows(scale: Scale) -> Iterator[Row]:
    """Measure."""
    yield from _short_commands(ROUNDS[scale])
    yield _help(SLOW_ROUNDS[scale])
    yield _prompt(SLOW_ROUNDS[scale])
    yield _modules()


def _short_commands(rounds: int) -> Iterator[Row]:
    found = taking_turns(
        {
            "bare": Command(("python", "-c", "pass")),
            "version": Command(("axchat", "--version")),
            "tab": Command(("axchat",), TAB),
            "run": Command(("axchat", "run", "--help")),
        },
        rounds,
    )
    bare, version, tab, run = (middle(runs) for runs in found.values())
    what = "`axchat --version` against `python -c pass`"
    yield _row("start-up/version", what, version, bare, at_most(1.3), *_entry_notes())
    what = "completion of `axchat <TAB>` in bash against `axchat --version`"
    yield _row("start-up/completion", what, tab, version, at_most(1.5))
    yield _row("start-up/run-help", "`axchat run --help` against `python -c pass`", run, bare, None)


def _entry_notes() -> Sequence[str]:
    """What pip's own entry script costs: that of older ones imports ``re`` before every command."""
    is_slow = "import re\n" in (BIN / "axchat").read_text(encoding="utf-8")
    return (
        ["The entry script that pip wrote for `axchat` imports `re`; newer pips' do not."] if is_slow else []
    )


def _row(key: str, what: str, ours: Ran, theirs: Ran, target: Target | None, *notes: str) -> Row:
    cpu = f"CPU time {ours.cpu:.1f} against {theirs.cpu:.1f} ms."
    shown = (f"{it.wall:.1f} ms" for it in (ours, theirs))
    return Row(key, what, *shown, ours.wall / theirs.wall, target, (cpu, *notes))


def _help(rounds: int) -> Row:
    if not (BIN / "llm").exists():
        return failed("start-up/help", "llm is not installed")
    with tempfile.TemporaryDirectory() as folder:
        theirs = Command(("llm", "--help"), {"LLM_USER_PATH": folder})
        found = taking_turns({"ours": Command(("axchat", "--help")), "theirs": theirs}, rounds)
    what = "`axchat --help` against `llm --help`"
    return _row("start-up/help", what, middle(found["ours"]), middle(found["theirs"]), at_most(0.1))


def _prompt(rounds: int) -> Row:
    found = taking_turns(
        {"ours": lambda: _to_prompt(CHAT, CHAT_PROMPT), "theirs": lambda: _to_prompt(BARE, BARE_PROMPT)},
        rounds,
    )
    ours, theirs = (statistics.median(times) for times in found.values())
    what = "`axchat chat` to its prompt against a bare prompt-toolkit prompt"
    return Row("start-up/prompt", what, f"{ours:.0f} ms", f"{theirs:.0f} ms", ours / theirs, None)


def _to_prompt(argv: Sequence[str], prompt: bytes) -> float:
    """Milliseconds from the start until the prompt is written."""
    env = {**os.environ, "TERM": "xterm-256color"}
    began = time.perf_counter()
    child: pexpect.spawn[bytes] = pexpect.spawn(
        str(BIN / argv[0]), [*argv[1:]], env=env, dimensions=(40, 100)
    )
    with closing(child):
        child.expect_exact([prompt], timeout=PATIENCE_S)
        return 1000 * (time.perf_counter() - began)


def _modules() -> Row:
    ours, theirs = (
        int(
            subprocess.run([BIN / "python", "-c", MODULES.format(it)], capture_output=True, check=True).stdout
        )
        for it in ("axchat.cli.run", "typer")
    )
    what = "modules that are there once `axchat run` is imported, against `import typer`"
    return Row("start-up/modules", what, f"{ours}", f"{theirs}", ours / theirs, None)


def main() -> int:
    """Measure, print, and judge."""
    scale = scale_of(sys.argv)
    return show(list(rows(scale)), scale)


if __name__ == "__main__":
    raise SystemExit(main())
