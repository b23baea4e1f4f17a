import contextlib

from hypothesis import example, given
from hypothesis import strategies as st

from axchat.errors import AxchatError
from axchat.repl.builtins import TABLE
from support.recording_chat import RecordingChat

# /export writes a file, and /copy fills the clipboard of who runs the tests
HARMLESS = sorted(TABLE.names - {"export", "copy"})


@given(
    st.sampled_from(HARMLESS),
    st.text() | st.sampled_from(["0", "1", "2", "9" * 30, "all", "off", "a b", "\0"]),
)
@example("undo", "²")
@example("history", "٣")
@example("set", "seed ²")
@example("set", 'stop "')
@example("file", "~nobody-of-this-name/a")
def test_no_argument_breaks_a_chat(name: str, argument: str) -> None:
    """Whatever is typed behind a command, it is done or refused; an empty chat is no exception."""
    for chat in (RecordingChat(), RecordingChat(("q", "<think>hm</think>a"), ("r", "b"))):
        with contextlib.suppress(AxchatError):
            TABLE.run(chat, name, argument.strip())


@given(st.sampled_from(HARMLESS), st.text(min_size=1))
def test_a_refusal_changes_nothing(name: str, argument: str) -> None:
    """A command that raises leaves the conversation, the settings and the attachments as they were."""
    chat = RecordingChat(("q", "a"), ("r", "b"))
    before = (chat.conversation.exchanges, chat.sampling, chat.think, chat.thoughts, chat.conversation.system)
    try:
        TABLE.run(chat, name, argument.strip())
    except AxchatError:
        after = (
            chat.conversation.exchanges,
            chat.sampling,
            chat.think,
            chat.thoughts,
            chat.conversation.system,
        )
        assert after == before
        assert (chat.attached, chat.recorder.changes, chat.is_over) == ([], [], False)
