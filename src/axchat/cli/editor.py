"""The user's editor: which it is, and a run of it on a file."""

import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from axchat.errors import UsageError

VARIABLES = ("VISUAL", "EDITOR")
"""Where users name their editor, the first one first."""

USUAL = ("sensible-editor", "nano", "vi")
"""What there may be where none is named."""

FOUND = "found"
"""Where the editor comes from when nobody named it."""


def editor_of(
    env: Mapping[str, str], which: Callable[[str], str | None] = shutil.which
) -> tuple[list[str], str]:
    """The editor's command line, and where it comes from.

    Args:
        env: the environment.
        which: finds a program.

    Raises:
        UsageError: none is named and none of the usual ones is there, or the name cannot be read.
    """
    for variable in VARIABLES:
        if named := env.get(variable, "").strip():
            try:
                return shlex.split(named), f"${variable}"
            except ValueError as error:
                raise UsageError(f"${variable} is no command: {error}", hint=f"{variable}=vi") from error
    for program in USUAL:
        if which(program):
            return [program], FOUND
    raise UsageError(f"no editor: none of {', '.join(USUAL)} is there", hint="name yours: export VISUAL=...")


def run_editor(command: list[str], source: str, file: Path, env: Mapping[str, str]) -> None:
    """Edit a file, and wait for the editor's end. Keys that send signals are the editor's meanwhile.

    Raises:
        UsageError: it cannot be started, or says that it failed.
    """
    try:
        with _signals_are_the_editors():
            done = subprocess.run([*command, str(file)], env=dict(env), check=False)
    except OSError as error:
        raise UsageError(
            f"the editor {command[0]} ({source}) cannot be started: {error.strerror}",
            hint="name another: export VISUAL=vi",
        ) from error
    if done.returncode:
        how = f"status {done.returncode}" if done.returncode > 0 else signal.Signals(-done.returncode).name
        raise UsageError(f"the editor {command[0]} ({source}) ended with {how}")


@contextmanager
def _signals_are_the_editors() -> Iterator[None]:
    """Ctrl-C and Ctrl-backslash reach every program of the terminal's foreground: they do nothing here.

    By a handler that does nothing: a signal that is ignored would be ignored by the editor, too.
    """
    keys = (signal.SIGINT, signal.SIGQUIT)
    before = {key: signal.signal(key, lambda *_: None) for key in keys}
    try:
        yield
    finally:
        for key, handler in before.items():
            signal.signal(key, handler)
