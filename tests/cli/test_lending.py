from pathlib import Path

import pytest

from axchat.cli.context import AppContext
from axchat.cli.lending import lent
from axchat.cli.opening import How
from axchat.cli.recording import store_path
from axchat.config.load import Loaded, load
from axchat.engines.scripted import ScriptedEngine
from axchat.errors import UsageError
from axchat.store.records import StoredTurn
from axchat.store.store import Store


def titles(loaded: Loaded) -> list[str]:
    """What a chat with these settings offers."""
    return list(lent(AppContext(), loaded, How()).titles())


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    """Settings whose store is in ``tmp_path``."""
    return load({"history_path": str(tmp_path / "history.db")}, {})


def test_titles_of_stored_conversations_are_lent(loaded: Loaded) -> None:
    """Those used last come first."""
    store = Store(store_path(loaded))
    for asked in ("why is the sky blue?", "and the sea?"):
        store.append(None, StoredTurn(asked, "air", "stop"))
    store.close()
    assert titles(loaded) == ["and the sea?", "why is the sky blue?"]


def test_looking_for_titles_makes_no_store(loaded: Loaded) -> None:
    """A completion leaves nothing behind."""
    assert titles(loaded) == []
    assert not store_path(loaded).exists()


def test_a_damaged_store_has_no_titles(loaded: Loaded) -> None:
    """Completion never fails."""
    store_path(loaded).write_bytes(b"no database" * 1000)
    assert titles(loaded) == []


def test_a_chat_that_loads_for_itself_takes_no_model_off_the_holder(loaded: Loaded) -> None:
    """That one is for others; so it is where a chat's engine has never to do with a holder."""
    unload = lent(AppContext(), loaded, How()).unload
    assert unload is not None
    with pytest.raises(UsageError, match="nothing to unload"):
        unload(ScriptedEngine([["a"]]))
