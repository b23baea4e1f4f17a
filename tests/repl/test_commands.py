import pytest

from axchat.repl.commands import Chat, CommandTable
from support.recording_chat import RecordingChat


def table() -> CommandTable:
    """Two commands, one with an argument and two names."""
    commands = CommandTable()

    @commands.command("load", "open", argument="NAME", summary="open a thing")
    def load(chat: Chat, argument: str) -> None:
        chat.tell(f"loaded {argument}")

    @commands.command("stop", summary="the end")
    def stop(chat: Chat, _argument: str) -> None:
        chat.is_over = True

    return commands


def test_a_command_runs_under_each_of_its_names() -> None:
    """Names of one command do the same."""
    chat = RecordingChat()
    for name in ("load", "open"):
        table().run(chat, name, "x")
    assert chat.told == ["loaded x", "loaded x"]


def test_an_argument_that_is_not_taken_is_told() -> None:
    """A command without argument does nothing when it gets one."""
    chat = RecordingChat()
    table().run(chat, "stop", "now")
    assert not chat.is_over
    assert "no argument" in chat.told[0]


def test_the_help_lists_every_command_in_order_and_aligned() -> None:
    """Each command is one line with its names, its argument and its summary."""
    assert table().help_text([("Key", "what it does")]).splitlines() == [
        "/load, /open NAME  open a thing",
        "/stop              the end",
        "Key                what it does",
    ]


def test_a_name_is_taken_once() -> None:
    """A second command of the same name is refused."""
    commands = table()
    with pytest.raises(ValueError, match="open"):
        commands.command("close", "open", summary="x")(lambda _chat, _argument: None)
    assert commands.names == {"load", "open", "stop"}
