"""What slash commands work on, without a terminal, a store or a thread."""

from collections.abc import Callable, Sequence
from typing import Any

from axchat.chat.conversation import Conversation, Exchange
from axchat.chat.recorder import NoRecorder
from axchat.deadline import NEVER
from axchat.engines.base import Engine
from axchat.engines.scripted import ScriptedEngine
from axchat.errors import AxchatError, ConversationUnknown
from axchat.events import FinishReason
from axchat.messages import Message, Role, Sampling
from axchat.repl.display import Bar, Display, Option
from axchat.repl.lent import Lent
from axchat.store.naming import HOW_TO_LIST
from axchat.store.records import Found, Summary
from axchat.ui.thoughts import Thoughts


class RecordingDisplay(Display):
    """Keeps what it is shown, in turn.

    Attributes:
        told: texts of ``tell``.
        shown: texts of ``show``.
        drafts: texts of ``put_draft``.
        statuses: texts of ``status``.
        copied: texts of ``to_clipboard``.
        has_terminal: what ``to_clipboard`` answers.
        can_choose: whether somebody could answer a question.
        replies: what ``choose`` gives, in turn; then None.
    """

    def __init__(self) -> None:
        self.told: list[str] = []
        self.shown: list[str] = []
        self.drafts: list[str] = []
        self.statuses: list[str] = []
        self.copied: list[str] = []
        self.has_terminal = True
        self.can_choose = True
        self.replies: list[str | None] = []

    def echo(self, text: str) -> None:
        """Nothing."""

    def tell(self, text: str) -> None:
        """Keep it."""
        self.told.append(text)

    def show(self, markdown: str) -> None:
        """Keep it."""
        self.shown.append(markdown)

    def status(self, text: str) -> None:
        """Keep it."""
        self.statuses.append(text)

    def begin_answer(self, thoughts: Thoughts) -> None:
        """Nothing."""

    def write(self, text: str) -> None:
        """Nothing."""

    def end_answer(self) -> None:
        """Nothing."""

    def bar(self, bar: Bar) -> None:
        """Nothing."""

    def put_draft(self, text: str) -> None:
        """Keep it."""
        self.drafts.append(text)

    def choose(self, question: str, options: Sequence[Option]) -> str | None:
        """Keep the question, and give the next reply."""
        self.told.append(f"{question} {' '.join(option.name for option in options)}")
        return self.replies.pop(0) if self.replies else None

    def to_clipboard(self, text: str) -> bool:
        """Keep it if there is a terminal."""
        if self.has_terminal:
            self.copied.append(text)
        return self.has_terminal


class RecordingRecorder(NoRecorder):
    """Keeps conversations in memory.

    Attributes:
        changes: what it was told, in turn.
        conversations: those that can be resumed, by title.
        found: what every search finds.
    """

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[tuple[Any, ...]] = []
        self.conversations: dict[str, Conversation] = {}
        self.found: list[Found] = []

    def undo(self) -> None:
        """Keep it."""
        self.changes.append(("undo",))

    def leave_out(self, count: int, summary: str | None = None) -> None:
        """Keep it."""
        self.changes.append(("leave_out", count, summary))

    def set_system(self, system: str | None) -> None:
        """Keep it."""
        self.changes.append(("set_system", system))

    def start_new(self, system: str | None) -> None:
        """Keep it."""
        self.changes.append(("start_new", system))

    def rename(self, title: str) -> None:
        """Take it."""
        self.title = title

    def resume(self, name: str | None) -> Conversation:
        """By its whole title."""
        if name not in self.conversations:
            raise ConversationUnknown(f"no conversation is called {name}", hint=HOW_TO_LIST)
        self.title = name
        return self.conversations[name]

    def sessions(self, limit: int) -> list[Summary]:
        """All, in the order of the dictionary."""
        kept = [
            Summary(number, title, len(one.exchanges), "m" if one.exchanges else "", 0.0, 0.0)
            for number, (title, one) in enumerate(self.conversations.items(), start=1)
        ]
        return kept[:limit]

    def search(self, text: str) -> list[Found]:
        """``found``, whatever is looked for."""
        self.changes.append(("search", text))
        return self.found


class RecordingChat:
    """A chat that keeps what it is told and asked; what is said is answered with ``answer``.

    Attributes:
        said: messages, and the exchange whose place each takes.
        dictated: what was given to ``dictate``, which says ``dictation``.
    """

    def __init__(self, *exchanges: tuple[str, str], engine: Engine | None = None, **lent: Any) -> None:
        self.display = RecordingDisplay()
        self.conversation = Conversation(exchanges=[exchange(*one) for one in exchanges])
        self.sampling = Sampling()
        self.thoughts = Thoughts.HIDE
        self.think: bool | None = None
        self.recorder = RecordingRecorder()
        self.lent = Lent(**lent)
        self.attached: list[Message] = []
        self.replaces: Exchange | None = None
        self.is_over = False
        self.engine: Engine = engine or ScriptedEngine([["a"]])
        self.said: list[tuple[Message, Exchange | None]] = []
        self.dictated: list[tuple[Message, ...]] = []
        self.use_fault: AxchatError | None = None
        self.dictation: str | None = "in short"

    @property
    def told(self) -> list[str]:
        """What the display was told."""
        return self.display.told

    def tell(self, text: str) -> None:
        """Keep it."""
        self.display.tell(text)

    def say(self, message: Message, *, instead_of: Exchange | None = None) -> None:
        """Keep it, and answer."""
        self.said.append((message, instead_of))
        self.conversation.ask(message)
        self.conversation.answer(Exchange(message, "answer", FinishReason.STOP))

    def use_engine(self, engine: Engine, fit: Callable[[], None]) -> None:
        """Take it, or fail as ``use_fault`` says."""
        if self.use_fault is not None:
            raise self.use_fault
        for _ in engine.start(NEVER):
            pass
        fit()
        self.engine = engine

    def dictate(self, messages: Sequence[Message]) -> str | None:
        """Keep what was asked for, and give ``dictation``."""
        self.dictated.append(tuple(messages))
        return self.dictation


def exchange(asked: str, answer: str, **values: Any) -> Exchange:
    """A finished turn."""
    return Exchange(Message(Role.USER, asked), answer, **{"reason": FinishReason.STOP, **values})
