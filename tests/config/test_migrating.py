"""Old names in a file get their new ones, and the rest of it stays."""

import pytest

from axchat.config.migrating import Migrated, migrated
from axchat.config.renames import Rename
from axchat.errors import ConfigError

RENAMES = (
    Rename("cpu.cores", "cpu.threads", "0.2"),
    Rename("threads", "cpu.threads", "0.2"),
    Rename("old.x", "engine", "0.2"),
)
"""No setting was renamed so far: these are made up."""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# a\n[cpu]\n# b\ncores = 0x3 # c\n# d\n", "# a\n[cpu]\n# b\nthreads = 0x3 # c\n# d\n"),
        ("cpu.cores = 3 # c\n", "cpu.threads = 3 # c\n"),
        ("cpu = {context = 64, cores = 3} # c\n", "cpu = {context = 64, threads = 3} # c\n"),
        (
            "# a\nthreads = 3 # c\n# b\n[cpu]\ncontext = 64\n",
            "# a\n# b\n[cpu]\ncontext = 64\nthreads = 3 # c\n",
        ),
        ("[models.a]\n# b\nthreads = 2 # c\n", "[models.a]\n# b\ncpu.threads = 2 # c\n"),
        ("# a\n[old]\nx = 'cpu' # c\n\n# d\n[cpu]\n", '# a\nengine = "cpu" # c\n\n# d\n[cpu]\n'),
        ("engine = 'cpu'\n", "engine = 'cpu'\n"),
    ],
)
def test_the_new_text(before: str, after: str) -> None:
    """In its place where the table is the same; else in the table of the new name, with its comment."""
    assert migrated(before, "f", RENAMES)[0] == after


def test_what_was_renamed_is_told() -> None:
    """With the lines of the old text, and nothing twice."""
    text, done = migrated("x = 1\n[models.'a b']\nthreads = 1\n[cpu]\ncores = 2\n", "f", RENAMES)

    assert done == [
        Migrated('models."a b".threads', 'models."a b".cpu.threads', 3),
        Migrated("cpu.cores", "cpu.threads", 5),
    ]
    assert migrated(text, "f", RENAMES) == (text, [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[cpu]\ncores = 1\nthreads = 2\n",
            "f:2: cpu.cores is called cpu.threads now, which is set too: f:3",
        ),
        ("cpu = 5\nthreads = 1\n", "f: threads cannot be renamed to cpu.threads by itself"),
        ("threads = \n", "f:1: not TOML: Invalid value at column 11"),
    ],
)
def test_what_cannot_be_done_is_told(text: str, message: str) -> None:
    """And is the user's to mend."""
    with pytest.raises(ConfigError) as caught:
        migrated(text, "f", RENAMES)

    assert caught.value.message == message
