import pytest

from axchat.errors import UsageError
from axchat.repl.builtins import TABLE
from support.recording_chat import RecordingChat


def test_help_names_every_command_and_the_keys() -> None:
    """The help is made from the table, so nothing is missing; no line is wider than a screen."""
    chat = RecordingChat()
    TABLE.run(chat, "help", "")
    assert all(f"/{name}" in chat.told[0] for name in TABLE.names)
    assert "Ctrl-D" in chat.told[0]
    assert max(map(len, chat.told[0].splitlines())) <= 80


@pytest.mark.parametrize("name", ["set", "/SET"])
def test_help_on_one_command_has_its_details(name: str) -> None:
    """Usage, summary and more."""
    chat = RecordingChat()
    TABLE.run(chat, "help", name)
    lines = chat.told[0].splitlines()
    assert lines[0] == "/set [NAME [VALUE]]"
    assert len(lines) > 5


def test_help_on_what_is_not_there_suggests_the_nearest() -> None:
    """As an unknown command does."""
    with pytest.raises(UsageError, match="no command /sett") as refused:
        TABLE.run(RecordingChat(), "help", "sett")
    assert refused.value.hint == "did you mean /help set?"


@pytest.mark.parametrize("name", ["quit", "exit", "bye"])
def test_quit_ends_the_chat(name: str) -> None:
    """Each name ends it; the last is what ollama has."""
    chat = RecordingChat()
    TABLE.run(chat, name, "")
    assert chat.is_over


def test_the_commands_of_a_chat() -> None:
    """What users of other programs look for is there; only /stop runs during an answer."""
    wanted = (
        "help quit new system model set show history save load sessions title retry edit undo copy file "
        "image export search tokens compact stats bench doctor stop think ? bye clear"
    )
    assert set(wanted.split()) <= TABLE.names
    assert [name for name in TABLE.names if TABLE.runs_during_answer(name)] == ["stop"]
