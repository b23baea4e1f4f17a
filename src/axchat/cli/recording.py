"""Where conversations are kept, as the settings say."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from axchat.config import paths
from axchat.config.load import Loaded
from axchat.errors import ConversationUnknown

if TYPE_CHECKING:
    from axchat.chat.conversation import Conversation
    from axchat.chat.recorder import Recorder
    from axchat.store.store import Store


def store_path(loaded: Loaded) -> Path:
    """The file of the conversations."""
    named = loaded.settings.history_path
    return paths.expanded(named) if named else paths.data_dir() / "history.db"


def open_store(loaded: Loaded, patience_s: float | None = None) -> "Store":
    """The store, for this thread; ``patience_s`` is how long another program that holds it is waited for.

    Raises:
        StoreError: it cannot be used.
    """
    from axchat.store.connection import BUSY_TIMEOUT_S
    from axchat.store.store import Store

    patience_s = BUSY_TIMEOUT_S if patience_s is None else patience_s
    return Store(store_path(loaded), busy_timeout_s=patience_s)


def refuse_no_store(loaded: Loaded) -> None:
    """Nothing was kept yet, and no file is made to tell so.

    Raises:
        ConversationUnknown: that is so.
    """
    if not os.path.exists(store_path(loaded)):  # noqa: PTH110  it never raises
        raise ConversationUnknown("no conversation is stored yet", hint="axchat chat begins one")


def recorder_for(loaded: Loaded) -> "Recorder":
    """What keeps a chat's conversation; nothing where the setting history.keep says so."""
    from axchat.chat.recorder import NoRecorder

    if not loaded.settings.history_keep:
        return NoRecorder()
    from axchat.chat.store_recorder import StoreRecorder

    return StoreRecorder(lambda patience_s: open_store(loaded, patience_s), rescue)


def begun(recorder: "Recorder", loaded: Loaded, *, continues: bool, resume: str | None) -> "Conversation":
    """The conversation that a chat begins with.

    Raises:
        StoreError: the one that was asked for cannot be had.
    """
    from axchat.chat.conversation import Conversation

    system = loaded.settings.system
    if not continues and resume is None:
        recorder.start_new(system)
        return Conversation(system)
    if loaded.settings.history_keep:
        refuse_no_store(loaded)
    conversation = recorder.resume(resume)
    if loaded.origins["system"].startswith("--"):
        conversation.system = system
        recorder.set_system(system)
    recorder.release()
    return conversation


def rescue(title: str | None, conversation: "Conversation", unsaved: int) -> str:
    """Write a conversation that could not be stored to a file of its own; gives what to tell of it."""
    import tempfile  # with what it needs, 2 ms that only a failure has to pay

    from axchat.chat.export import as_json

    text = as_json(title, conversation)
    turns = "1 turn" if unsaved == 1 else f"{unsaved} turns"
    for folder in (paths.state_dir, lambda: Path(tempfile.gettempdir())):
        try:
            name = _written(folder(), text)  # without a folder that takes a file, gettempdir raises too
        except OSError:  # the next folder may have room
            continue
        return f"{turns} could not be stored; the conversation is in {name}: axchat history import {name}"
    return f"{turns} could not be stored anywhere: neither the store nor a file has room"


def _written(folder: Path, text: str) -> str:
    """A new file in the folder, readable by its owner only; nothing is left of one that did not take all."""
    import tempfile

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(prefix="axchat-unsaved-", suffix=".json", dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        Path(name).unlink()
        raise
    return name
