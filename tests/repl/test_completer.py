from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from axchat.repl.builtins import TABLE
from axchat.repl.completer import MAX_ENTRIES, CommandCompleter, completer, list_folder
from axchat.repl.lent import Lent
from axchat.repl.suggest import Entry, Sources


def test_suggestions_become_completions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text, place and note are what the menu gets."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").touch()
    completer = CommandCompleter(Sources(TABLE.commands, entries=list_folder))
    [quit_] = completer.get_completions(Document("/qui"), CompleteEvent())
    assert (quit_.text, quit_.start_position, quit_.display_meta_text) == ("/quit", -4, "end the chat")
    [notes] = completer.get_completions(Document("/file no"), CompleteEvent())
    assert (notes.text, notes.start_position) == ("notes.txt", -2)


def test_a_chats_names_are_completed() -> None:
    """Models that can be opened, and conversations that are kept."""
    whole = completer(TABLE, Lent(models=lambda: ["qwen3"], titles=lambda: ["blue sky"]))
    for typed, text in (("/model q", "qwen3"), ("/load sk", "blue sky")):
        [found] = whole.get_completions(Document(typed), CompleteEvent())
        assert found.text == text


def test_a_folder_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links to folders are folders; a link in a loop is none; home and the working directory are known."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "sub")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    expected = [Entry("link", is_folder=True), Entry("loop", is_folder=False), Entry("sub", is_folder=True)]
    for folder in ("", "~/", f"{tmp_path}/"):
        assert sorted(list_folder(folder), key=lambda entry: entry.name) == expected


@pytest.mark.parametrize(
    "folder", ["/nope/", "~nobody-of-this-name/", "a\0b/", "/proc/self/status/", "a" * 5000]
)
def test_a_folder_that_cannot_be_read_is_empty(folder: str) -> None:
    """Completion never fails."""
    assert list_folder(folder) == []


def test_a_huge_folder_is_read_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many names are looked at."""
    monkeypatch.setattr("axchat.repl.completer.MAX_ENTRIES", 3)
    for number in range(5):
        (tmp_path / str(number)).touch()
    assert len(list_folder(str(tmp_path))) == 3
    assert MAX_ENTRIES >= 1000
