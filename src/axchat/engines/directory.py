"""A model directory before anything of it is started: read, checked, everything wrong named."""

from collections.abc import Collection, Iterator
from pathlib import Path

from axchat.errors import ModelError
from axchat.events import Event, Level, Notice
from axchat.modeldir.launch import POST_CONFIG_FILE
from axchat.modeldir.read import ModelDir, problems

_TOLD_ONLY = frozenset({"leaves-directory", "bad-template"})
"""Problems of a directory that need not stop its runner: users do write absolute paths into a script."""


def check_directory(directory: ModelDir, machine: str, *, unused: Collection[str] = ()) -> Iterator[Event]:
    """Warnings about a model directory.

    Args:
        directory: as read.
        machine: as ``platform.machine()``.
        unused: options of the script that the runner will not be given.

    Raises:
        ModelError: the runner could not start; fact ``problems`` has all of them, the message the first.
    """
    found = problems(directory, machine, unused=unused)
    fatal = [problem for problem in found if problem.id not in _TOLD_ONLY]
    if fatal:
        told = [f"{problem.id}: {problem.text}" for problem in fatal]
        raise ModelError(fatal[0].text, hint=fatal[0].hint, problems=told)
    for problem in found:
        yield Notice(problem.text, Level.WARNING)


def check_post_config(folder: Path) -> Iterator[Event]:
    """A warning where the runner would sample by its built-in values (recording 31-pty-no-post-config)."""
    if not (folder / POST_CONFIG_FILE).is_file():
        yield Notice(
            f"no {POST_CONFIG_FILE} in {folder.name}: the runner samples by its own defaults", Level.WARNING
        )
