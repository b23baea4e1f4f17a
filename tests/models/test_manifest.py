"""The note beside a model's files."""

import json
from pathlib import Path

import pytest

from axchat.errors import ModelError
from axchat.models import manifest as notes
from axchat.models.hub_files import HubFile
from axchat.models.manifest import Manifest

LARGE = HubFile("qwen/l0.axmodel", 4000, "a" * 64, "b" * 40)
SMALL = HubFile("config.json", 0, "", "c" * 40)
NOTE = Manifest(
    "a/b",
    "main",
    "d" * 40,
    "https://hub",
    ("--include", "x y", "--exclude", "z", "--arch", "ax650"),
    (LARGE, SMALL),
    {"config.json": (0, 7)},
)


def test_a_note_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Every value comes back; of a large file the hash of its content is enough."""
    notes.write(tmp_path, NOTE)
    got = notes.read(tmp_path)
    assert got is not None
    assert (got.repo, got.revision, got.commit, got.endpoint) == ("a/b", "main", "d" * 40, "https://hub")
    assert (got.options, got.seen) == (NOTE.options, NOTE.seen)
    assert got.files == (HubFile(LARGE.path, 4000, "a" * 64), SMALL)
    assert [path.name for path in tmp_path.iterdir()] == [notes.NAME]


def test_no_note(tmp_path: Path) -> None:
    """A directory that axchat did not fetch, or that is not there, has none."""
    assert notes.read(tmp_path) is None
    assert notes.read(tmp_path / "missing") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": 1}',
        "\xff",
        "[" * 100_000,
        json.dumps(
            {"format": 1, "repo": "a/b", "revision": "m", "commit": "c", "endpoint": "e", "options": 3}
        ),
    ],
)
def test_a_damaged_note(tmp_path: Path, text: str) -> None:
    """It is named with the command that helps, and no traceback."""
    (tmp_path / notes.NAME).write_text(text, encoding="latin-1")
    with pytest.raises(ModelError, match="is damaged") as caught:
        notes.read(tmp_path)
    assert "pull the model again" in (caught.value.hint or "")


def test_a_note_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    """The note is of the internet as the files are: a path in it stays in the directory."""
    notes.write(tmp_path, Manifest("a/b", "main", "d", "e", (), (HubFile("../x", 1, "a" * 64),)))
    with pytest.raises(ModelError, match="leaves its directory"):
        notes.read(tmp_path)


def test_a_note_of_a_newer_axchat(tmp_path: Path) -> None:
    """Another format is not guessed at."""
    (tmp_path / notes.NAME).write_text('{"format": 2}')
    with pytest.raises(ModelError, match="another version"):
        notes.read(tmp_path)


def test_partial_files_are_named_by_their_content(tmp_path: Path) -> None:
    """Another version of a file does not go on with the bytes of this one."""
    one = notes.partial_of(tmp_path / "x", HubFile("x", 1, "a" * 64))
    two = notes.partial_of(tmp_path / "x", HubFile("x", 1, "", "b" * 40))
    assert (one.name, two.name) == (f"x.{'a' * 12}.partial", f"x.{'b' * 12}.partial")
    assert notes.is_partial(one.name)
    assert not notes.is_partial("my.partial")
