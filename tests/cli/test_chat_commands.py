"""Slash commands through the real command, on a real store."""

import json
from pathlib import Path

from support.cli import axchat

CHAT = ("chat", "-e", "scripted", "-q", "--max-tokens", "3")
"""Answers of three words: they come at the pace of a demonstration."""


def test_a_conversation_is_named_found_asked_anew_and_written(tmp_path: Path) -> None:
    """What one chat did, the next one finds; what commands tell is on stderr, answers alone on stdout."""
    lines = b"first words\n/save sky\nmore words here\n/undo\n"
    first = axchat(*CHAT, cwd=tmp_path, stdin=lines).assert_ok()
    assert first.out.count(b"This is") == 2
    assert "this conversation is called sky" in first.err
    assert "taken back: more words here" in first.err
    lines = b"/sessions\n/load sk\n/retry\n/search words\n/export json talk.json\n"
    second = axchat(*CHAT, cwd=tmp_path, stdin=lines).assert_ok()
    assert second.out.count(b"This is") == 1
    assert "sky  (1 turn, scripted)" in second.err
    assert "going on with sky (1 turn)" in second.err
    assert second.err.count("sky: first words") == 1
    document = json.loads((tmp_path / "talk.json").read_text())
    assert [turn["user"] for turn in document["turns"]] == ["first words"]


def test_a_command_that_cannot_be_done_is_an_error_where_nobody_types() -> None:
    """Its exit status is that error's, and the lines behind it are not read."""
    outcome = axchat(*CHAT, stdin=b"/set temperature hot\nhello\n")
    assert outcome.status == 2
    assert outcome.out == b""
    assert "temperature is a number from 0, not hot" in outcome.err
