import json
import os
import stat
from pathlib import Path

import pytest

from axchat.bench import saved
from axchat.errors import UsageError
from support.saved_reports import report


def test_a_report_comes_back(tmp_path: Path) -> None:
    """What is saved under a name is read by it, whatever the models are called."""
    odd = report(host={"card": "\ud800 \u4f60 \x1b[31m"})
    file = saved.save(odd, "before update", at=tmp_path / "deep" / "bench")
    assert file == tmp_path / "deep" / "bench" / "before update.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert saved.read("before update", at=file.parent) == odd


def test_the_home_is_axchats_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without another folder, reports are under ``bench`` in the data folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    saved.save(report(), "one")
    assert (tmp_path / "axchat" / "bench" / "one.json").exists()
    assert saved.names() == ("one",)
    assert saved.read("one") == report()


def test_a_report_is_read_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Absolute, or in the working folder; a saved name comes before a file of that name."""
    saved.save(report(at="saved"), "one", at=tmp_path / "bench")
    (tmp_path / "other.json").write_text(json.dumps(report(at="file")))
    (tmp_path / "one").write_text(json.dumps(report(at="file")))
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "bench"
    assert saved.read(str(tmp_path / "other.json"), at=home)["at"] == "file"
    assert saved.read("other.json", at=home)["at"] == "file"
    assert saved.read("one", at=home)["at"] == "saved"
    assert saved.read("./one", at=home)["at"] == "file"


def test_a_name_is_not_taken_twice(tmp_path: Path) -> None:
    """The first report stays unless overwriting was asked for; nothing else is left in the folder."""
    saved.save(report(at="first"), "one", at=tmp_path)
    with pytest.raises(UsageError, match="saved as 'one' already"):
        saved.save(report(at="second"), "one", at=tmp_path)
    assert saved.read("one", at=tmp_path)["at"] == "first"
    saved.save(report(at="second"), "one", overwrite=True, at=tmp_path)
    assert saved.read("one", at=tmp_path)["at"] == "second"
    assert [file.name for file in tmp_path.iterdir()] == ["one.json"]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("", "empty"),
        (" ", "empty"),
        ("../one", "slash"),
        ("a\\b", "slash"),
        (".hidden", "dot"),
        ("-x", "dash"),
        ("x" * 65, "64 characters"),
        ("\u4f60" * 64 + "x", "64 characters"),
        ("\U0001f600" * 60, "64 characters"),
        ("a\nb", "cannot be seen"),
        ("a\x1b[31m", "cannot be seen"),
        ("one ", "blanks"),
    ],
)
def test_names_are_checked(tmp_path: Path, name: str, wrong: str) -> None:
    """A name stays inside the folder and can be typed again; the message says what is wrong."""
    with pytest.raises(UsageError, match=wrong):
        saved.file_for(name, at=tmp_path)
    with pytest.raises(UsageError, match=wrong):
        saved.save(report(), name, at=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_longest_name_is_saved(tmp_path: Path) -> None:
    """64 characters, of any script."""
    for name in ("x" * 64, "\u4f60" * 64):
        saved.save(report(), name, at=tmp_path)
        assert saved.read(name, at=tmp_path) == report()


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("befor", "did you mean before?"),
        ("before.json", "did you mean before?"),
        ("zzz", "saved are: after, before"),
    ],
)
def test_an_unknown_name_has_a_hint(tmp_path: Path, asked: str, hint: str) -> None:
    """The nearest names, or what there is."""
    for name in ("before", "after"):
        saved.save(report(), name, at=tmp_path)
    with pytest.raises(UsageError, match="no bench is saved as") as caught:
        saved.read(asked, at=tmp_path)
    assert caught.value.hint == hint


def test_a_forgotten_folder_has_a_hint(tmp_path: Path) -> None:
    """Who asks for the file of a saved bench is told its name, however short."""
    for name in ("a", "zzzz"):
        saved.save(report(), name, at=tmp_path)
    with pytest.raises(UsageError) as caught:
        saved.read("a.json", at=tmp_path)
    assert caught.value.hint == "did you mean a?"


def test_nothing_saved_has_a_hint(tmp_path: Path) -> None:
    """A first user learns how a report is saved, by name or by path."""
    for name in ("one", "no/such.json"):
        with pytest.raises(UsageError) as caught:
            saved.read(name, at=tmp_path / "none")
        assert "--save NAME" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x7fELF\x02\x01\xff\xfe", "not text"),
        (b"", "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"9" * 5000, "not JSON"),
        (b"[]", "no bench report"),
        (b'{"a": 1}', "no bench report"),
        (b'{"schema": 1, "models": [], "results": []}', "form 1; this axchat reads 2"),
        (b'{"schema": {}}', "form {}"),
        (b'{"schema": 2, "models": [], "results": {}}', "results are no list"),
        (b'{"schema": 2, "models": [1], "results": []}', "models are no list"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, told: str) -> None:
    """One line says what the file is not, and shows no more of it than a place or a number."""
    file = tmp_path / "other.json"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=told) as caught:
        saved.read(str(file))
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 300 + len(str(file))


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    """100 MB are not read to their end."""
    file = tmp_path / "huge.json"
    with file.open("wb") as opened:
        opened.truncate(100_000_000)
    with pytest.raises(UsageError, match="too large"):
        saved.read(str(file))


@pytest.mark.parametrize("place", ["a folder", "a link to nothing"])
def test_what_cannot_be_opened_is_said(tmp_path: Path, place: str) -> None:
    """The system's reason is told."""
    file = tmp_path / "x.json"
    if place == "a folder":
        file.mkdir()
    else:
        file.symlink_to(tmp_path / "nothing")
    with pytest.raises(UsageError, match="cannot be read: "):
        saved.read(str(file))


@pytest.mark.parametrize("name", ["~no-such-user/x", "a\0b"])
def test_odd_paths_are_refused(tmp_path: Path, name: str) -> None:
    """What cannot be a path is an error of use."""
    with pytest.raises(UsageError):
        saved.read(name, at=tmp_path)


def test_an_interrupted_write_leaves_what_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full while the new report is written: the old one stays, and no rest of the new one."""

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    saved.save(report(at="first"), "one", at=tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="No space left on device"):
        saved.save(report(at="second"), "one", overwrite=True, at=tmp_path)
    assert saved.read("one", at=tmp_path)["at"] == "first"
    assert [file.name for file in tmp_path.iterdir()] == ["one.json"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A file in its place is the user's to move."""
    (tmp_path / "bench").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        saved.save(report(), "one", at=tmp_path / "bench")


def test_only_reports_are_listed(tmp_path: Path) -> None:
    """Other files and what a killed write left are no names; a folder that is not there has none."""
    assert saved.names(tmp_path / "bench") == ()
    for name in ("b", "a"):
        saved.save(report(), name, at=tmp_path / "bench")
    for other in (".tmp.json", "notes.txt"):
        (tmp_path / "bench" / other).write_text("")
    assert saved.names(tmp_path / "bench") == ("a", "b")
