"""The key for an OpenAI-compatible server."""

from pathlib import Path

import pytest

from axchat.engines.openai_key import read_key
from axchat.errors import ConfigError


def test_where_the_key_comes_from(tmp_path: Path) -> None:
    """Axchat's own variable, then the file, then OpenAI's variable, then none."""
    file = tmp_path / "key"
    file.write_text("from-file\n")
    both = {"AXCHAT_OPENAI_KEY": "own", "OPENAI_API_KEY": "theirs"}
    assert read_key(file, both) == "own"
    assert read_key(file, {"OPENAI_API_KEY": "theirs"}) == "from-file"
    assert read_key(None, {"OPENAI_API_KEY": "theirs"}) == "theirs"
    assert read_key(None, {}) is None


def test_a_bad_key_is_not_shown(tmp_path: Path) -> None:
    """A file that holds more than one word, and one that is missing, name the file only."""
    file = tmp_path / "key"
    file.write_text("two words")
    with pytest.raises(ConfigError) as raised:
        read_key(file, {})
    assert "words" not in raised.value.message
    with pytest.raises(ConfigError, match="No such file"):
        read_key(tmp_path / "none", {})
