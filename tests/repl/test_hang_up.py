"""The terminal's window is closed while a chat is open."""

from pathlib import Path

import pytest

from support.cli import AXCHAT
from support.terminal import ENTER, Terminal


@pytest.mark.parametrize("term", ["xterm", "dumb"])
@pytest.mark.parametrize("moment", ["prompt", "answer"])
@pytest.mark.parametrize("ignored", ["", 'trap "" HUP; '], ids=["obeyed", "ignored"])
def test_a_terminal_that_is_closed_ends_the_chat_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ignored: str, moment: str, term: str
) -> None:
    """At rest and in an answer, also where the hang-up is ignored; a stderr in a file gets no traceback."""
    monkeypatch.setenv("TERM", term)
    told = tmp_path / "told"
    shell = ["/bin/sh", "-c", f'{ignored}exec "$@" 2>"$0"', str(told)]
    with Terminal([*shell, *AXCHAT, "chat", "--engine", "scripted"]) as terminal:
        terminal.wait_for_prompt()
        before = told.read_text()
        if moment == "answer":
            terminal.send("hello" + ENTER)
            terminal.wait_for("This is")
        status = terminal.hang_up()

    assert told.read_text() == before
    assert status in ({141} if ignored else {129, 141})  # the hang-up, or the write that failed before it
