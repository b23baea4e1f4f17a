"""What is imported, and that nothing heavy is before it is needed."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import axchat
from axchat.cli.app import COMMANDS
from axchat.engines.scripted import ScriptedEngine
from support.completion_table import help_text
from support.live_holder import LiveHolder

HEAVY = {
    "rich",
    "pydantic",
    "fastapi",
    "tokenizers",
    "jinja2",
    "prompt_toolkit",
    "asyncio",
    "click",
    "xllamacpp",
    "pexpect",
    "tomlkit",
    "tomllib",
}


def modules_after(*arguments: str, **environment: str) -> tuple[set[str], str]:
    """The modules that a command leaves in sys.modules, and what it printed."""
    program = (
        "import sys\n"
        f"sys.argv = ['axchat', *{list(arguments)!r}]\n"
        "from axchat.__main__ import main\n"
        "try: main()\n"
        "finally: print('\\n' + ' '.join(sorted(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return set(done.stderr.splitlines()[-1].split()), done.stdout


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_is_the_applications_and_imports_not_even_typer(flag: str) -> None:
    """``python -m support.completion_table`` writes it anew; a narrow terminal gets Typer's."""
    modules, out = modules_after(flag, COLUMNS="80")
    assert out == help_text() + "\n"
    assert "typer" not in modules
    modules, narrow = modules_after(flag, COLUMNS="50")
    assert "typer" in modules
    assert max(map(len, narrow.splitlines())) <= 50


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version_imports_not_even_typer(flag: str) -> None:
    """The version is printed before the command line's library is imported."""
    modules, out = modules_after(flag)

    assert out == f"axchat {axchat.__version__}\n"
    assert "typer" not in modules
    assert not modules & HEAVY
    assert not {name for name in modules if name.startswith("axchat.")} - {"axchat.__main__"}


def test_a_completion_imports_only_its_table() -> None:
    """Tab is answered before the command line's library is imported."""
    words = {"COMP_WORDS": "axchat\nhi", "COMP_CWORD": "1"}
    modules, out = modules_after(_AXCHAT_COMPLETE="complete_bash", **words)

    assert out == "history\n"
    assert {name for name in modules if name.startswith("axchat.")} == {
        f"axchat.{name}" for name in ("__main__", "cli", "cli.completing", "cli.completion_table")
    }
    assert not modules & (HEAVY | {"typer", "dataclasses", "typing", "shlex"})


@pytest.mark.parametrize(
    ("kind", "more"), [("models", {"json"}), ("conversations", {"sqlite3"}), ("benches", set())]
)
def test_names_for_tab_import_only_what_reads_them(kind: str, more: set[str]) -> None:
    """A key is waited for."""
    modules, _ = modules_after("__names", kind)

    ours = {name for name in modules if name.startswith("axchat.")}
    assert ours - {"axchat.store", "axchat.store.glance"} == {
        "axchat.__main__",
        "axchat.cli",
        "axchat.cli.names",
    }
    assert ("axchat.store.glance" in ours) == (kind == "conversations")
    assert modules & (HEAVY | {"typer", "dataclasses", "pathlib", "json", "sqlite3", "tomllib"}) == more


def test_help_imports_no_engine_and_nothing_heavy() -> None:
    """The list of commands comes from a table of text, also where Typer draws it."""
    modules, out = modules_after("--help", COLUMNS="50")

    assert not modules & HEAVY
    assert {name for name in modules if name.startswith("axchat.")} == {
        f"axchat.{name}"
        for name in ("__main__", "errors", "cli", "cli.app", "cli.boundary", "cli.lazy", "cli.parsing")
    }
    assert all(name in out for name in COMMANDS)


def test_the_end_does_not_look_through_what_was_imported() -> None:
    """Behind the last word the shell's prompt is waited for: a garbage collection took most of that."""
    program = (
        "import atexit, gc, sys\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > len(gc.get_objects()), file=sys.stderr))\n"
        "from axchat.__main__ import main\n"
        "sys.argv = ['axchat', 'config', 'path']\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stderr == "True\n"


def test_run_imports_no_renderer_no_line_editor_and_one_engine() -> None:
    """An answer on a pipe needs neither rich nor prompt-toolkit nor the other engines."""
    modules, out = modules_after("run", "-q", "--engine", "scripted", "--max-tokens", "1", "hi")

    assert out == "This "
    assert not modules & HEAVY
    assert "axchat.engines.scripted" in modules
    assert not modules & {
        "axchat.engines.cpu",
        "axchat.engines.script",
        "axchat.models.fetch",
        "urllib.request",
    }


def test_a_warm_run_imports_only_what_asks_the_holder(holder_home: Path) -> None:
    """Its order is on the way after milliseconds: no HTTP client, no event loop, no engine of its own."""
    with LiveHolder(holder_home / "run", lambda _spec, _sampling: ScriptedEngine(["warm"])):
        modules, out = modules_after("run", "-q", "--engine", "session", "-m", str(holder_home), "hi")

    assert out == "warm"
    assert not modules & (HEAVY | {"starlette", "uvicorn", "http.client", "ssl", "email"})
    assert not modules & {"tomllib", "sqlite3"}  # there is nothing to read
    assert not {name for name in modules if name.startswith("axchat.models")}
    engines = {name for name in modules if name.startswith("axchat.engines.")}
    assert engines <= {f"axchat.engines.{name}" for name in ("base", "attached", "registry")}
    assert not {name for name in modules if name.startswith(("axchat.server", "axchat.tokenizer"))}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_tables_help_is_the_commands_own(name: str) -> None:
    """The line in the table is the first sentence of the command's own help."""
    module, _, attribute = COMMANDS[name][1].partition(":")
    app = getattr(importlib.import_module(module), attribute)
    own = app.registered_callback or app.registered_commands[0]  # a group's own comes first
    text = app.info.help or own.callback.__doc__

    assert text.split(".")[0].split(";")[0] + "." == COMMANDS[name][0]


def test_the_line_editor_is_there_before_what_draws_answers() -> None:
    """The first prompt waits neither for rich nor for a markdown parser; they are imported while it loads."""
    program = "import sys, axchat.repl.loop; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    modules = set(done.stdout.split())
    assert "prompt_toolkit" in modules
    assert not modules & {"rich", "markdown_it", "pygments", "pydantic", "fastapi", "jinja2", "tokenizers"}
