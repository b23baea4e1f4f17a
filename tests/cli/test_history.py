"""Kept conversations through the real command."""

import json
import os
import stat
from contextlib import closing
from pathlib import Path

import pytest

from axchat.chat.conversation import Conversation
from axchat.cli.recording import rescue
from axchat.config import paths
from axchat.store.store import Store
from support.cli import OnTerminal, axchat
from support.stored import a_turn, an_exchange, asked_in


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of two conversations."""
    path = tmp_path / "history.db"
    monkeypatch.setenv("AXCHAT_HISTORY_PATH", str(path))
    store = Store(path, clock=lambda: 1.8e9)
    store.append(None, a_turn("Planets of the sun", "Eight.\x1b[2J \udcff", model="qwen"), system="be brief")
    store.append(None, a_turn("什么是量子纠缠", "两个粒子", model="qwen"))
    store.close()
    return path


def numbers_in(path: Path) -> list[int]:
    """The conversations that are left."""
    store = Store(path)
    numbers = sorted(each.number for each in store.summaries())
    store.close()
    return numbers


def test_a_pipe_gets_columns_and_json(path: Path) -> None:
    """Those last used first; one line each, or objects with the same values."""
    rows = [line.split("\t") for line in axchat("history", "list").assert_ok().out.decode().splitlines()]
    assert [(row[0], *row[2:]) for row in rows] == [
        ("2", "1", "qwen", "什么是量子纠缠"),
        ("1", "1", "qwen", "Planets of the sun"),
    ]
    [newest] = json.loads(axchat("history", "list", "--json", "--limit", "1").assert_ok().out)
    assert (newest["number"], newest["title"], newest["updated"]) == (2, "什么是量子纠缠", 1.8e9)


def test_a_terminal_gets_a_table_and_is_asked(path: Path) -> None:
    """No answer's escapes reach it, and only a yes removes."""
    with OnTerminal("history", "list") as terminal:
        assert terminal.wait() == 0
        assert "什么是量子纠缠" in terminal.text.replace(" ", "")
        assert "number" in terminal.text
    with OnTerminal("history", "show", "planets") as terminal:
        assert terminal.wait() == 0
        assert b"\x1b[2J" not in terminal.raw
        assert "Eight." in terminal.text
    for answer, left in (("\r", [1, 2]), ("y\r", [1])):
        with OnTerminal("history", "rm", "2") as terminal:
            terminal.wait_for("Remove? [y/N]")
            terminal.send(answer)
            assert terminal.wait() == 0
        assert numbers_in(path) == left


def test_a_long_name_of_a_model_leaves_room_for_the_title(path: Path) -> None:
    """At 80 columns a title of some words stays on its row."""
    store = Store(path)
    store.append(None, a_turn("How far is Neptune?", "Far.", model="Qwen2.5-1.5B-Instruct-GPTQ-Int4"))
    store.close()
    with OnTerminal("history", "list") as terminal:
        assert terminal.wait() == 0
        assert "How far is Neptune?" in terminal.text


def test_a_conversation_is_shown_byte_for_byte(path: Path) -> None:
    """Into a pipe; by the beginning of its title, whatever the case."""
    out = axchat("history", "show", "planets").assert_ok().out
    assert out == (
        b"# Planets of the sun\n\n## System\n\nbe brief\n\n## You\n\nPlanets of the sun\n\n"
        b"## qwen\n\nEight.\x1b[2J \xff\n"
    )
    unknown = axchat("history", "show", "Planests of the sun")
    assert (unknown.status, unknown.out) == (12, b"")
    assert "did you mean 'Planets of the sun' (1)?" in unknown.err


def test_words_are_searched(path: Path) -> None:
    """With the conversation they are in; nothing found is no failure."""
    found = axchat("history", "search", "粒子").assert_ok().out.decode().rstrip("\n").split("\t")
    assert (found[0], *found[2:]) == ("2", "什么是量子纠缠", "两个粒子")
    nothing = axchat("history", "search", "no", "such").assert_ok()
    assert (nothing.out, nothing.err) == (b"", "axchat: nothing was found\n")


def test_an_imported_conversation_is_exported_byte_for_byte(path: Path, tmp_path: Path) -> None:
    """What the model does not see any more, and the summary that stands for it, come back too."""
    with closing(Store(path)) as store:
        turns = [a_turn("one?"), a_turn("two?"), a_turn("three?")]
        number = store.add(turns, system="be brief", title="Long", unseen=2, summary="They counted.")
    file = tmp_path / "long.json"
    axchat("history", "export", str(number), "--format", "json", "-o", str(file)).assert_ok()
    again = axchat("history", "import", str(file)).assert_ok().out.decode().strip()
    assert axchat("history", "export", again, "--format", "json").assert_ok().out == file.read_bytes()
    with closing(Store(path)) as store:
        stored = store.load(int(again))
    assert (stored.unseen, stored.summary) == (2, "They counted.")


def test_an_exported_conversation_can_be_imported(path: Path, tmp_path: Path) -> None:
    """Every turn of it, as a new one; a file that is there is overwritten with --force only."""
    file = tmp_path / "planets.json"
    export = ("history", "export", "1", "--format", "json", "-o", str(file))
    axchat(*export).assert_ok()
    again = axchat(*export)
    assert (again.status, "--force" in again.err) == (2, True)
    axchat(*export, "--force").assert_ok()
    assert axchat("history", "import", str(file)).assert_ok().out == b"3\n"
    store = Store(path)
    before, after = store.load(1), store.load(3)
    store.close()
    assert (after.title, after.system) == (before.title, before.system)
    assert [turn.answer for turn in after.turns] == [turn.answer for turn in before.turns]
    wrong = axchat("history", "import", str(path))
    assert (wrong.status, wrong.out) == (2, b"")
    assert "cannot be imported" in wrong.err


def test_removing_needs_a_yes(path: Path) -> None:
    """A pipe cannot give one; an unknown name removes nothing, and a removed one is gone."""
    refused = axchat("history", "rm", "1")
    assert (refused.status, "--yes" in refused.err) == (2, True)
    assert axchat("history", "rm", "--yes", "1", "nothing").status == 12
    assert numbers_in(path) == [1, 2]
    axchat("history", "rm", "--yes", "1", "planets").assert_ok()
    assert numbers_in(path) == [2]


def test_before_the_first_chat_there_is_no_file(tmp_path: Path) -> None:
    """Looking does not make one."""
    env = {"AXCHAT_HISTORY_PATH": str(tmp_path / "none" / "history.db")}
    assert axchat("history", "list", env=env).assert_ok().out == b""
    assert axchat("history", "show", "x", env=env).status == 12
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_store_is_told_and_put_aside(path: Path) -> None:
    """A chat goes on meanwhile, and what it could not store can be imported when there is a new one."""
    path.write_bytes(b"no database at all" * 100)
    assert axchat("history", "list").status == 12
    chat = axchat("chat", "-e", "scripted", stdin=b"hello\n").assert_ok()
    assert "is damaged" in chat.err
    assert "axchat history aside" in chat.err
    [file] = [word for word in chat.err.split() if word.endswith(".json")][-1:]
    aside = axchat("history", "aside").assert_ok()
    assert aside.out.decode() == f"{path}.aside-1\n"
    axchat("history", "import", file).assert_ok()
    store = Store(path)
    assert asked_in(store, 1) == ["hello"]
    store.close()


def test_what_is_rescued_is_private(path: Path) -> None:
    """Readable by the owner only, with a command that takes it back."""
    told = rescue("t", Conversation("s", [an_exchange("1"), an_exchange("2")]), 1)
    assert told.startswith("1 turn could not be stored; the conversation is in ")
    command = told.split(": axchat ")[1].split()
    file = Path(command[-1])
    assert (file.parent, stat.S_IMODE(file.stat().st_mode)) == (paths.state_dir(), 0o600)
    axchat(*command).assert_ok()
    store = Store(path)
    assert asked_in(store, 3) == ["1", "2"]
    store.close()


def test_a_full_folder_is_not_the_end(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The folder for temporary files is the next; without either, that is said."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    conversation = Conversation(None, [an_exchange("1")])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert f"is in {tmp_path}{os.sep}axchat-unsaved-" in rescue(None, conversation, 1)
    monkeypatch.setattr("tempfile.tempdir", str(blocked))
    assert "could not be stored anywhere" in rescue(None, conversation, 1)
