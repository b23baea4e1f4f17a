"""Names on the disk, for Tab: each is one that its command finds; what cannot be read has none."""

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from axchat.cli.names import ALIASES, BENCHES, CONVERSATIONS, MODELS, OWN_NAMES, answer, data_dir
from axchat.config import paths
from axchat.store.store import Store
from support.stored import a_turn

TITLES = [
    "blue sky",
    "Blue Sky",
    "-dash",
    "two\nlines",
    "red \x1b[31m",
    "1",
    " ",
    "👩‍🚀 می‌خواهم",
    "$(touch harm)",
]


def keep(path: Path, titles: list[str]) -> Store:
    """A store with a conversation of each title, the last one used last."""
    store = Store(path)
    for title in titles:
        store.add([a_turn("Hello.")], title=title)
    return store


def test_a_conversation_is_called_by_its_title_or_else_by_its_number() -> None:
    """Those last used come first, and ``Store.find`` finds each by what it is called."""
    with closing(keep(paths.data_dir() / "history.db", TITLES)) as store:
        names = answer(CONVERSATIONS)

        assert names is not None
        assert names.split("\n") == [
            "$(touch harm)",
            "👩‍🚀 می‌خواهم",
            "7",
            "6",
            "5",
            "4",
            "3",
            "Blue Sky",
            "1",
        ]
        assert [store.find(name) for name in names.split("\n")] == [9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_the_setting_of_the_conversations_file_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the environment and in the configuration file; a wrong setting means no names."""
    keep(tmp_path / "50%? #1.db", ["elsewhere"]).close()
    monkeypatch.setenv("AXCHAT_HISTORY_PATH", str(tmp_path / "50%? #1.db"))
    assert answer(CONVERSATIONS) == "elsewhere"

    monkeypatch.delenv("AXCHAT_HISTORY_PATH")
    file = paths.config_file()
    file.parent.mkdir(parents=True)
    file.write_text(f'[history]\npath = "{tmp_path}/50%? #1.db"\n')
    assert answer(CONVERSATIONS) == "elsewhere"

    file.write_text("[history]\npaths = 1\n")
    assert answer(CONVERSATIONS) == ""


def test_models_are_called_by_names_and_aliases() -> None:
    """In the order of the alphabet, without what would write to the terminal."""
    file = paths.data_dir() / "models" / "registry.json"
    file.parent.mkdir(parents=True)
    names = {"qwen3:0.6b": {"path": "/q"}, "red\x1b[31m": {"path": "/r"}}
    file.write_text(json.dumps({"models": names, "aliases": {"fast": "qwen3:0.6b"}}))

    assert answer(MODELS) == "fast\nqwen3:0.6b"
    assert answer(OWN_NAMES) == "qwen3:0.6b", "models rm takes no alias"
    assert answer(ALIASES) == "fast"


def test_benches_are_called_as_they_were_saved() -> None:
    """Not by the files that are being written."""
    folder = paths.data_dir() / "bench"
    folder.mkdir(parents=True)
    for name in ("before update.json", ".tmp1.json", "notes.txt", "two\nlines.json"):
        (folder / name).touch()

    assert answer(BENCHES) == "before update"


@pytest.mark.parametrize(
    ("kind", "file"),
    [(MODELS, "models/registry.json"), (CONVERSATIONS, "history.db"), (BENCHES, "bench")],
)
def test_what_is_missing_or_damaged_has_no_names(kind: str, file: str) -> None:
    """Nothing is made there either."""
    assert answer(kind) == ""
    assert not paths.data_dir().exists()

    (paths.data_dir() / file).parent.mkdir(parents=True)
    (paths.data_dir() / file).write_text("[]")
    assert answer(kind) == ""


@pytest.mark.parametrize("named", [None, "", "relative", "/xdg"])
def test_the_data_folder_is_the_settings_own(named: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As ``platformdirs`` finds it, which takes longer to import than all that is done here."""
    if named is not None:
        monkeypatch.setenv("XDG_DATA_HOME", named)

    assert data_dir() == str(paths.data_dir())


def test_the_command_prints_nothing_where_there_is_nothing() -> None:
    """Not even an empty line, which would be an empty name; another kind is a usage error."""

    def asked(*words: str) -> tuple[int, str]:
        axchat = [sys.executable, "-m", "axchat", "__names", *words]
        done = subprocess.run(axchat, capture_output=True, text=True, env=dict(os.environ))
        return done.returncode, done.stdout

    assert asked(MODELS) == (0, "")
    assert asked("nothing") == (2, "")
