"""Where a repository goes, and the command that fetches it again."""

import shlex
from pathlib import Path

from axchat.models.destination import again, default_folder, options_of
from axchat.models.manifest import OPTIONS, Manifest
from axchat.models.selecting import Wishes

DATA = Path("/data")


def test_the_place_that_belongs_to_a_name() -> None:
    """ORG/NAME below axchat's models."""
    assert default_folder("x/y", DATA) == Path("/data/models/x/y")


def test_the_command_says_what_was_chosen_with() -> None:
    """Options come back as they were given, quoted for a shell, and --to only where it is needed."""
    options = options_of(Wishes(("a b/*",), ("c",), "Q4_0"), "aarch64", "a-Q4_0.gguf")
    assert options[:4] == ["--include", "a b/*", "--include", "a-Q4_0.gguf"]
    assert set(options[::2]) == OPTIONS
    note = Manifest("x/y", "main", "c" * 40, "https://hub", tuple(options), ())
    start = ["axchat", "models", "pull", "x/y", "--revision", "c" * 40]
    assert shlex.split(again(note, default_folder("x/y", DATA), DATA)) == [*start, *options]
    assert shlex.split(again(note, Path("/my dir"), DATA)) == [*start, "--to", "/my dir", *options]
    assert options_of(Wishes(), None, "") == []
