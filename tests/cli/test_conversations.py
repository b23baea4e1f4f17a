"""Conversations that outlive a chat, through the real command."""

from support.cli import OnTerminal, axchat
from support.terminal import CTRL_D


def test_a_chat_goes_on_where_it_was() -> None:
    """What one chat said is sent along by the next one that continues it."""
    axchat("chat", "-e", "scripted", "-q", stdin=b"first words\n").assert_ok()
    with OnTerminal("chat", "-e", "scripted", "--continue") as terminal:
        terminal.wait_for("going on with first words (1 turn)")
        terminal.wait_for_prompt()
        terminal.send("more\r")
        terminal.wait_for("of 1 word.")
        terminal.wait_for_prompt()
        terminal.send(CTRL_D)
        assert terminal.wait() == 0
    with OnTerminal("chat", "-e", "scripted", "--resume", "first") as terminal:
        terminal.wait_for("going on with first words (2 turns)")
        terminal.wait_for_prompt()
        terminal.send(CTRL_D)
        assert terminal.wait() == 0


def test_nothing_is_kept_where_that_was_asked() -> None:
    """--no-save leaves no trace, and there is nothing to continue."""
    axchat("chat", "-e", "scripted", "-q", "--no-save", stdin=b"first words\n").assert_ok()
    outcome = axchat("chat", "-e", "scripted", "--continue", stdin=b"more\n")
    assert outcome.status == 12
    assert "no conversation is stored yet" in outcome.err
