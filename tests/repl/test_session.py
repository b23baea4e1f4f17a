import io
from collections.abc import Generator, Iterator

import pytest

from axchat.chat.conversation import Conversation
from axchat.chat.recorder import NoRecorder
from axchat.deadline import Deadline
from axchat.engines.base import Capabilities, Request
from axchat.engines.scripted import Answer, Answers, ScriptedEngine
from axchat.errors import DeviceFailed, RunnerTimeout
from axchat.events import Event, Finished, FinishReason, Level, Notice
from axchat.messages import Message, Role, Sampling
from axchat.repl.attachments import attach_text
from axchat.repl.input_line import Unknown
from axchat.repl.line_display import LineDisplay
from axchat.repl.notices import NoticeWriter
from axchat.repl.session import ChatSession
from axchat.ui.answer import AnswerWriter, OutputClosed


class Talk:
    """A chat session on files in memory."""

    def __init__(
        self,
        answers: Answers,
        *,
        sampling: Sampling | None = None,
        display: type[LineDisplay] = LineDisplay,
        **engine: object,
    ) -> None:
        self.out, self.err = io.BytesIO(), io.StringIO()
        self.engine = ScriptedEngine(answers, **engine)  # type: ignore[arg-type]
        self.recorder = NoRecorder()
        self.notices = NoticeWriter(self.err, is_terminal=False)
        self.chat = ChatSession(
            self.engine,
            Conversation(),
            display(AnswerWriter(self.out, is_terminal=False), self.notices),
            self.recorder,
            sampling=sampling or Sampling(),
            answer_timeout_s=5.0,
        )

    @property
    def texts(self) -> list[str]:
        """What the conversation holds."""
        return [message.text for message in self.chat.conversation.messages_for(Capabilities())]


class StoppingDisplay(LineDisplay):
    """Stops the answer as soon as anything is shown of it, as Ctrl-C does from another thread."""

    talk: Talk

    def write(self, text: str) -> None:
        """Show it, and stop."""
        super().write(text)
        self.talk.chat.stop()

    def tell(self, text: str) -> None:
        """Show it, and stop."""
        super().tell(text)
        if text == "wait":
            self.talk.chat.stop()


def stopping(answers: Answers, **engine: object) -> Talk:
    """A chat whose answers are stopped at once."""
    talk = Talk(answers, display=StoppingDisplay, **engine)
    assert isinstance(talk.chat.display, StoppingDisplay)
    talk.chat.display.talk = talk
    return talk


def test_an_answer_is_written_and_remembered() -> None:
    """Message and answer are sent along with the next message."""
    talk = Talk([["a ", "b"], ["c"]])
    talk.chat.take("one")
    talk.chat.take("two")
    assert talk.out.getvalue() == b"a b\nc\n"
    assert [[m.text for m in request.messages] for request in talk.engine.requests] == [
        ["one"],
        ["one", "a b", "two"],
    ]
    assert talk.err.getvalue() == ""


def test_an_error_leaves_the_conversation_as_it_was() -> None:
    """The failed message is out; what was said of its answer has been shown."""
    talk = Talk([["a"], Answer(["b", "c"], fault=DeviceFailed("dead"), fault_at=1), ["d"]])
    talk.chat.take("one")
    with pytest.raises(DeviceFailed):
        talk.chat.take("two")
    talk.chat.take("three")
    assert talk.texts == ["one", "a", "three", "d"]
    assert talk.out.getvalue() == b"a\nb\nd\n"


def test_what_ended_by_itself_is_loaded_again() -> None:
    """A model's process that crashed costs its own answer; the conversation goes on with the next message."""

    class Loadable(ScriptedEngine):
        is_lost = False

        def start(self, deadline: Deadline) -> Iterator[Event]:
            self.is_lost = False
            return super().start(deadline)

    talk, engine = Talk([]), Loadable([["a"], ["b"]])
    talk.chat.use_engine(engine, lambda: None)
    engine.is_lost = True
    talk.chat.take("one")
    talk.chat.take("two")
    assert talk.texts == ["one", "a", "two", "b"]
    assert talk.err.getvalue() == "the model's process had ended; loading again\n"


class WatchedDisplay(LineDisplay):
    """Keeps what its status line says."""

    def __init__(self, answers: AnswerWriter, notices: NoticeWriter) -> None:
        super().__init__(answers, notices)
        self.said: list[str] = []

    def status(self, text: str) -> None:
        """Keep it."""
        self.said.append(text)


def test_an_error_takes_the_status_line_away() -> None:
    """A load that fails does not stay on the screen as one that goes on."""
    talk = Talk(
        [Answer([], fault=DeviceFailed("dead"))],
        display=WatchedDisplay,
        capabilities=Capabilities(stays_loaded=False),
    )
    with pytest.raises(DeviceFailed):
        talk.chat.take("one")
    [*_, loading, last] = talk.chat.display.said
    assert loading.startswith("loading the model: ")
    assert last == ""


def test_a_cut_answer_is_kept() -> None:
    """A stopped answer stays in the conversation as far as it came, and one line says so."""
    talk = stopping([["a", "b"]], token_s=3600)
    talk.chat.take("one")
    assert talk.texts == ["one", "a"]
    assert talk.err.getvalue() == "stopped; what was said is kept\n"


def test_a_stop_before_the_first_word_keeps_nothing() -> None:
    """A message without any answer is taken out again."""
    talk = stopping([[Notice("wait"), "a"]], first_token_s=3600)
    talk.chat.take("one")
    assert talk.texts == []
    assert talk.err.getvalue() == "wait\nstopped before anything was said\n"


def test_a_stop_before_the_engine_is_at_work_counts() -> None:
    """Ctrl-C right after Enter stops the message that was sent, and none after it."""
    talk = Talk([["a"], ["b"]], first_token_s=0.2)
    talk.chat.stop()
    talk.chat.take("one")
    assert talk.texts == []
    assert talk.err.getvalue() == "stopped before anything was said\n"
    talk.chat.take("two")
    assert talk.texts == ["two", "b"]


def test_an_empty_answer_is_told() -> None:
    """A model that says nothing is not mistaken for a hang, and leaves no empty message."""
    talk = Talk([[""]])
    talk.chat.take("one")
    assert talk.texts == []
    assert "said nothing" in talk.err.getvalue()


def test_the_token_limit_is_told() -> None:
    """An answer cut at the limit says so."""
    talk = Talk([["a", "b"]], sampling=Sampling(max_tokens=1))
    talk.chat.take("one")
    assert talk.err.getvalue() == "the answer was cut at the token limit\n"


def test_notices_do_not_cut_the_answer() -> None:
    """Between lines a notice is shown at once, inside a line after the answer."""
    talk = Talk([[Notice("first"), "a", Notice("hot", Level.WARNING), "b\n", Notice("last"), "c"]])
    shown: list[str] = []
    talk.notices.tell = lambda text: shown.append(f"{talk.out.getvalue().decode()!r} {text}")  # type: ignore[method-assign]
    talk.chat.take("one")
    assert shown == ["'' first", "'ab\\n' last", "'ab\\nc\\n' warning: hot"]


def test_an_answer_that_takes_too_long_is_an_error() -> None:
    """The time for one answer is bounded when asked for."""
    talk = Talk([["a"]], first_token_s=3600)
    with pytest.raises(RunnerTimeout):
        talk.chat.take("one")


def test_a_reader_that_left_stops_the_generation() -> None:
    """A closed output ends the answer, and the engine is free."""
    talk = Talk([["a", "b"]], token_s=3600)
    talk.out.close()
    with pytest.raises(OutputClosed):
        talk.chat.take("one")
    assert talk.texts == []


def test_lines_are_commands_or_messages() -> None:
    """Commands run, blank lines vanish, the rest is said; what does not exist is given back."""
    talk = Talk([["a"]])
    assert talk.chat.take(" ") is None
    assert talk.chat.take("/nwe") == Unknown("nwe", "new")
    assert talk.chat.take("hi") is None
    assert talk.chat.take("/quit") is None
    assert talk.texts == ["hi", "a"]
    assert talk.chat.is_over


def test_what_was_pasted_is_said() -> None:
    """A paste is a message, whatever it begins with."""
    talk = Talk([["a"]])
    talk.chat.take("/quit", is_literal=True)
    assert talk.texts == ["/quit", "a"]
    assert not talk.chat.is_over


def test_what_is_attached_goes_with_the_next_message() -> None:
    """With one message, in front of what is typed; images beside it."""
    talk = Talk([["a"]], capabilities=Capabilities(images=True))
    file = attach_text("f", "text")
    talk.chat.attached += [file, Message(Role.USER, "", ("/i.png",))]
    talk.chat.take("one")
    talk.chat.take("two")
    assert [request.messages[-1] for request in talk.engine.requests] == [
        Message(Role.USER, f"{file.text}\n\none", ("/i.png",)),
        Message(Role.USER, "two"),
    ]


def test_the_model_is_asked_to_think_or_not() -> None:
    """As it was set; it is left to the model at first."""
    talk = Talk([["a"]], capabilities=Capabilities(think=True))
    for text in ("one", "/set think off", "two"):
        talk.chat.take(text)
    assert [request.think for request in talk.engine.requests] == [None, False]


class Silent(ScriptedEngine):
    """Does not say why its answers end, as a runner's console does not."""

    def generate(self, request: Request) -> Generator[Event, None, None]:
        """An answer whose end is not explained."""
        for event in super().generate(request):
            yield Finished(FinishReason.UNKNOWN) if isinstance(event, Finished) else event


def test_what_is_dictated_is_no_part_of_the_conversation() -> None:
    """It is shown, and given whole or not at all."""
    talk = Talk([["a"], ["sum", "med up"]])
    talk.chat.take("one")
    asked = [Message(Role.USER, "sum it up")]
    assert talk.chat.dictate(asked) == "summed up"
    assert talk.texts == ["one", "a"]
    assert talk.out.getvalue() == b"a\nsummed up\n"
    talk.chat.sampling = Sampling(max_tokens=1)
    assert talk.chat.dictate(asked) == "a", "the chat's limit is not the summary's"
    talk.chat._engine = Silent([["whole"]])
    talk.chat.sampling = Sampling()
    assert talk.chat.dictate(asked) == "whole"


def test_what_was_stopped_while_it_was_dictated_is_nothing() -> None:
    """A part of a summary is none."""
    talk = stopping([["sum", "med up"]], token_s=3600)
    assert talk.chat.dictate([Message(Role.USER, "sum it up")]) is None
    assert talk.out.getvalue() == b"sum\n"


def test_what_was_attached_stays_without_an_answer() -> None:
    """After an error, and after an answer that is none, it goes with the next message."""
    talk = Talk([Answer(["a"], fault=DeviceFailed("dead")), [""], ["b"]])
    talk.chat.attached.append(attach_text("f", "text"))
    with pytest.raises(DeviceFailed):
        talk.chat.take("one")
    for text in ("two", "three"):
        assert len(talk.chat.attached) == 1
        talk.chat.take(text)
    assert talk.chat.attached == []


def test_an_edited_message_takes_the_last_exchanges_place() -> None:
    """The model is not sent what it replaces; without an answer all is as it was."""
    talk = Talk([["a"], Answer(["b"], fault=DeviceFailed("dead")), ["c"], ["d"]])
    talk.chat.take("one")
    [first] = talk.chat.conversation.exchanges
    talk.chat.take("/edit")
    with pytest.raises(DeviceFailed):
        talk.chat.take("two")
    assert talk.texts == ["one", "a"]
    assert talk.chat.replaces is first
    talk.chat.take("three")
    assert talk.texts == ["three", "c"]
    talk.chat.take("four")
    assert talk.texts == ["three", "c", "four", "d"]


def test_an_edit_of_what_is_no_more_the_last_is_a_message() -> None:
    """What was taken back meanwhile cannot be replaced."""
    talk = Talk([["a"], ["b"], ["c"]])
    talk.chat.take("one")
    talk.chat.take("two")
    for text in ("/edit", "/undo", "three"):
        talk.chat.take(text)
    assert talk.texts == ["one", "a", "three", "c"]
    assert talk.chat.replaces is None


def test_retry_puts_the_old_answer_back_if_there_is_no_new_one() -> None:
    """And takes the new one's place by it otherwise."""
    talk = Talk([["a"], [""], ["c"]])
    for text in ("one", "/retry"):
        talk.chat.take(text)
    assert talk.texts == ["one", "a"]
    talk.chat.take("/retry")
    assert talk.texts == ["one", "c"]
