import dataclasses
from pathlib import Path

import pytest

from axchat.engines.scripted import CAPABILITIES, ScriptedEngine
from axchat.errors import PromptRefused, UsageError
from axchat.repl.attachments import attach_image, attach_text
from axchat.repl.builtins import TABLE
from support.recording_chat import RecordingChat


def test_files_and_images_are_attached_listed_and_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both commands tell of all that goes with the next message."""
    monkeypatch.chdir(tmp_path)
    Path("a b.txt").write_text("hello\n")
    Path("i.png").touch()
    seeing = ScriptedEngine([["a"]], capabilities=dataclasses.replace(CAPABILITIES, images=True))
    chat = RecordingChat(engine=seeing)
    TABLE.run(chat, "file", "a b.txt")
    TABLE.run(chat, "image", "i.png")
    assert chat.attached == [attach_text("a b.txt", "hello\n"), attach_image(tmp_path / "i.png")]
    assert chat.told[0] == "file a b.txt (1 line, 5 characters) goes with the next message"
    chat.told.clear()
    TABLE.run(chat, "file", "")
    TABLE.run(chat, "image", "clear")
    assert [line.partition(" is ")[0] for line in chat.told] == [
        "file a b.txt (1 line, 5 characters)",
        f"image {tmp_path}/i.png",
    ] * 2
    assert chat.attached == []
    TABLE.run(chat, "image", "")
    assert chat.told[-1] == "nothing is attached"


def test_a_model_that_cannot_see_takes_no_image(tmp_path: Path) -> None:
    """The engine is named, and what to do."""
    chat = RecordingChat()
    (tmp_path / "i.png").touch()
    with pytest.raises(UsageError, match="the scripted engine cannot take images"):
        TABLE.run(chat, "image", str(tmp_path / "i.png"))
    assert chat.attached == []


def test_a_file_that_is_no_text_is_not_attached(tmp_path: Path) -> None:
    """An image is for /image."""
    chat = RecordingChat()
    (tmp_path / "i.png").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    with pytest.raises(PromptRefused, match="is an image") as refused:
        TABLE.run(chat, "file", str(tmp_path / "i.png"))
    assert "/image PATH" in str(refused.value.hint)
    assert chat.attached == []


def test_what_is_no_file_is_not_attached(tmp_path: Path) -> None:
    """A folder is neither a text nor an image."""
    seeing = ScriptedEngine([["a"]], capabilities=dataclasses.replace(CAPABILITIES, images=True))
    chat = RecordingChat(engine=seeing)
    for name in ("file", "image"):
        with pytest.raises(UsageError, match="no regular file"):
            TABLE.run(chat, name, str(tmp_path))
    assert chat.attached == []
