import pytest

from axchat.errors import UsageError
from axchat.messages import Message, Role, Sampling
from axchat.repl.builtins import TABLE
from axchat.repl.builtins.output import to_copy
from support.recording_chat import RecordingChat

CODE = "first\n```py\none\n```\nthen\n```\ntwo\n```\n"


@pytest.fixture(autouse=True)
def no_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """No clipboard of the machine that runs the tests is touched."""
    monkeypatch.setenv("PATH", "")


@pytest.mark.parametrize(
    ("argument", "text", "name"),
    [
        ("", CODE, "the last answer"),
        ("1", CODE, "the last answer"),
        ("2", "older", "answer 1"),
        ("code", "one", "code block 1 of 2"),
        ("CODE 2", "two", "code block 2 of 2"),
    ],
)
def test_what_is_copied(argument: str, text: str, name: str) -> None:
    """The last answer, an earlier one, or a code block."""
    assert to_copy(["older", CODE], argument) == (text, name)


@pytest.mark.parametrize(
    ("answers", "argument", "words"),
    [
        ([], "", "nothing was said"),
        (["a"], "2", "there is only 1 answer"),
        (["a"], "code", "there is no code block"),
        ([CODE], "code 3", "there are only 2 code blocks"),
        (["a"], "0", "takes a number"),
        (["a"], "all", "takes a number"),
        (["a"], "code 1 2", "takes a number"),
    ],
)
def test_what_is_not_there_is_not_copied(answers: list[str], argument: str, words: str) -> None:
    """One line says what there is."""
    with pytest.raises(UsageError, match=words):
        to_copy(answers, argument)


def test_copy_says_how_much_and_how() -> None:
    """Thoughts are not copied."""
    chat = RecordingChat(("q", "<think>hm</think>\n\nyes"))
    TABLE.run(chat, "copy", "")
    assert chat.display.copied == ["yes"]
    assert chat.told[0] == "copied the last answer (3 characters) with the terminal (OSC 52)"


def test_a_long_copy_warns() -> None:
    """Terminals cut what is too long for them."""
    chat = RecordingChat(("q", "ä" * 40_000))
    TABLE.run(chat, "copy", "")
    assert "may be cut" in chat.told[-1]


def test_without_a_clipboard_copy_is_an_error() -> None:
    """It names what to install."""
    chat = RecordingChat(("q", "a"))
    chat.display.has_terminal = False
    with pytest.raises(UsageError, match="no way to the clipboard"):
        TABLE.run(chat, "copy", "")


def test_history_shows_the_last_exchanges() -> None:
    """As markdown, one by one, with a word on those before."""
    chat = RecordingChat(*[(f"q{number}", f"a{number}") for number in range(1, 13)])
    TABLE.run(chat, "history", "")
    assert len(chat.display.shown) == 10
    assert chat.display.shown[0] == "**3.**\n\n> q3\n\na3"
    assert chat.told == ["2 earlier turns not shown; /history all shows all"]
    chat.display.shown.clear()
    TABLE.run(chat, "history", "1")
    assert chat.display.shown == ["**12.**\n\n> q12\n\na12"]
    chat.display.shown.clear()
    TABLE.run(chat, "history", "all")
    assert len(chat.display.shown) == 12
    with pytest.raises(UsageError, match="not some"):
        TABLE.run(chat, "history", "some")


def test_history_of_nothing() -> None:
    """One line says so."""
    chat = RecordingChat()
    TABLE.run(chat, "history", "")
    assert chat.told == ["nothing was said yet"]


def test_show_tells_what_the_next_message_meets() -> None:
    """Model, system prompt, settings, length and attachments."""
    chat = RecordingChat(("q", "a"), ("r", "b"))
    chat.sampling = Sampling(max_tokens=3)
    chat.conversation.system = "be brief"
    chat.conversation.leave_out(1, "q was a")
    chat.attached.append(Message(Role.USER, "", ("/i.png",)))
    TABLE.run(chat, "show", "")
    told = dict(line.split(maxsplit=1) for line in chat.told[0].splitlines())
    assert told["messages"] == "2 turns; the model does not see the oldest 1, but a summary of them"
    assert told["model"] == "scripted (scripted)"
    assert told["system"] == "be brief"
    assert told["settings"] == "max_tokens 3"
    assert told["attached"] == "image /i.png"
