"""What a chat tells before the first message."""

import pytest

from axchat.engines.base import Capabilities
from axchat.repl.introduction import caveats


@pytest.mark.parametrize(
    ("capabilities", "words"),
    [
        (Capabilities(), []),
        (Capabilities(stays_loaded=False), ["loads the model again"]),
        (Capabilities(stays_loaded=False, history=False), ["loads the model again", "not the earlier ones"]),
    ],
)
def test_what_an_engine_lacks_is_known_beforehand(capabilities: Capabilities, words: list[str]) -> None:
    """One line for each thing that the user would find out the hard way."""
    told = caveats(capabilities)
    assert len(told) == len(words)
    assert all(word in line for word, line in zip(words, told, strict=True))
