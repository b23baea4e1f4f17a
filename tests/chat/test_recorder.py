"""Where nothing is kept."""

from collections.abc import Sequence

import pytest

from axchat.chat.recorder import NoRecorder
from axchat.errors import StoreError
from support.stored import an_exchange


def test_keeping_nothing_says_so_where_it_is_asked() -> None:
    """And takes everything else without a word."""
    recorder = NoRecorder()
    recorder.keep(an_exchange("1"))
    asked: Sequence[object] = (recorder.resume, recorder.search)
    for ask in asked:
        with pytest.raises(StoreError, match="conversations are not kept here"):
            ask("x")  # type: ignore[operator]
    assert recorder.unsaved == 0
