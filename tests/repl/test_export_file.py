from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.errors import UsageError
from axchat.repl.export_file import Target, file_name, target, write_new


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("", Target("md", "why-is-it-blue.md")),
        ("json", Target("json", "why-is-it-blue.json")),
        ("MD talk.txt", Target("md", "talk.txt")),
        ("my talk.JSON", Target("json", "my talk.JSON")),
        ("'my talk.json'", Target("json", "my talk.json")),
        ("md 'my talk'", Target("md", "my talk")),
        ("mdx", Target("md", "mdx")),
    ],
)
def test_form_and_file(argument: str, expected: Target) -> None:
    """Each may be left out."""
    assert target(argument, "Why is it blue?") == expected


@given(st.text())
def test_any_title_names_a_file(title: str) -> None:
    """Never a path, never hidden, never empty."""
    name = file_name(title)
    assert name
    assert "/" not in name
    assert not name.startswith((".", "-"))
    assert len(name) <= 50


def test_a_file_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there already is left alone, and the hint holds for both forms; ``~`` is the home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert write_new("~/a.md", b"\xff") == tmp_path / "a.md"
    with pytest.raises(UsageError, match="is there already") as caught:
        write_new("~/a.md", b"b")
    assert caught.value.hint == "name another: /export [md|json] FILE"
    assert (tmp_path / "a.md").read_bytes() == b"\xff"


@pytest.mark.parametrize("path", ["/nope/a.md", "/proc/a", "a\0b", "a" * 300])
def test_what_cannot_be_written_is_told(path: str) -> None:
    """One line with the reason."""
    with pytest.raises(UsageError, match="cannot be written: "):
        write_new(path, b"")
