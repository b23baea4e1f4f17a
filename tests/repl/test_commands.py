import pytest

from axchat.errors import UsageError
from axchat.repl.commands import Chat, CommandTable
from support.recording_chat import RecordingChat


def table() -> CommandTable:
    """Two commands, one with an argument and two names."""
    commands = CommandTable()

    @commands.command("load", "open", argument="NAME", summary="open a thing")
    def load(chat: Chat, argument: str) -> None:
        chat.tell(f"loaded {argument}")

    @commands.command("stop", summary="the end", during_answer=True)
    def stop(chat: Chat, _argument: str) -> None:
        chat.is_over = True

    return commands


def test_a_command_runs_under_each_of_its_names() -> None:
    """Names of one command do the same."""
    chat = RecordingChat()
    for name in ("load", "open"):
        table().run(chat, name, "x")
    assert chat.told == ["loaded x", "loaded x"]


def test_an_argument_that_is_not_taken_is_an_error() -> None:
    """A command without argument does nothing when it gets one."""
    chat = RecordingChat()
    with pytest.raises(UsageError, match="no argument"):
        table().run(chat, "stop", "now")
    assert not chat.is_over


def test_the_help_lists_every_command_in_order_and_aligned() -> None:
    """Each command is one line with its names, its argument and its summary."""
    assert table().help_text([("Key", "what it does")]).splitlines() == [
        "/load, /open NAME  open a thing",
        "/stop              the end",
        "",
        "keys:",
        "  Key              what it does",
    ]


def test_topics_are_headings() -> None:
    """Commands of a topic stand together under it, those without one have none."""
    commands, topic = table(), CommandTable("more")
    topic.command("new", summary="again")(lambda _chat, _argument: None)
    commands.include(topic)
    assert commands.help_text().splitlines()[-3:] == ["", "more:", "  /new             again"]


def test_a_name_is_taken_once() -> None:
    """A second command of the same name is refused, also from another table."""
    commands = table()
    with pytest.raises(ValueError, match="open"):
        commands.command("close", "open", summary="x")(lambda _chat, _argument: None)
    with pytest.raises(ValueError, match="load"):
        commands.include(table())
    assert commands.names == {"load", "open", "stop"}


def test_only_marked_commands_run_during_an_answer() -> None:
    """A command must ask for it; an unknown one does not run at all."""
    commands = table()
    assert [name for name in ("load", "stop", "nope") if commands.runs_during_answer(name)] == ["stop"]
