from pathlib import Path

import pytest

from axchat.cli.context import AppContext
from axchat.cli.lending import lent
from axchat.cli.opening import How
from axchat.cli.recording import store_path
from axchat.config.load import Loaded, load
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


def test_a_chat_that_loads_for_itself_takes_no_model_off_the_holder(tmp_path: Path) -> None:
    """That one is for others."""
    held = load({"holder": True}, {}, tmp_path / "none")
    alone = load({"holder": False}, {}, tmp_path / "none")
    assert lent(AppContext(), held, How()).unload is not None
    assert lent(AppContext(), held, How(is_once=True)).unload is None
    assert lent(AppContext(), alone, How()).unload is None
