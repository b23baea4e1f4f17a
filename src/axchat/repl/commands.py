"""The table of slash commands: filled by a decorator, and the help is made from it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from axchat.chat.conversation import Conversation, Exchange
from axchat.chat.recorder import Recorder
from axchat.engines.base import Engine
from axchat.errors import UsageError
from axchat.messages import Message, Sampling
from axchat.repl.display import Display
from axchat.repl.lent import Lent
from axchat.repl.suggest import Completes
from axchat.ui.thoughts import Thoughts


class Chat(Protocol):
    """What a command may use and change; commands run in the chat's own thread, one at a time.

    Attributes:
        display: where everything is shown.
        conversation: what was said; a command that changes it tells ``recorder`` the same.
        engine: started; ``use_engine`` changes it.
        sampling: for the messages from now on.
        thoughts: how ``<think>`` blocks are shown.
        think: whether the model is asked to think; None leaves it to the model.
        recorder: keeps the conversation on disk.
        lent: what the command line lends.
        attached: go with the next message, in front of it: texts of files, and images by their paths;
            ``attachments.compose`` makes one message of them and what is typed.
        replaces: the exchange whose place the next message takes, if it is still the last one then; the
            session undoes it, says the message ``instead_of`` it, and forgets it here.
        is_over: set it to end the chat.
    """

    display: Display
    conversation: Conversation
    sampling: Sampling
    thoughts: Thoughts
    think: bool | None
    recorder: Recorder
    lent: Lent
    attached: list[Message]
    replaces: Exchange | None
    is_over: bool

    @property
    def engine(self) -> Engine:
        """What answers."""

    def tell(self, text: str) -> None:
        """Show lines that are no answer."""

    def say(self, message: Message, *, instead_of: Exchange | None = None) -> None:
        """Send a message, show its answer, and keep both.

        Args:
            message: as the user means it.
            instead_of: the last exchange, which was taken out of the conversation (``undo``); it is put back
                if no answer comes.
        """

    def use_engine(self, engine: Engine, fit: Callable[[], None]) -> None:
        """Start another engine and answer with it from now on; the old one stays if it does not start.

        ``fit`` is called when it is known what the other can, and before it is the chat's; what it raises
        leaves the old one too.
        """

    def dictate(self, messages: Sequence[Message]) -> str | None:
        """Have the model say something that is shown but is no part of the conversation; None if cut."""


Action = Callable[[Chat, str], None]
"""What a command does, for a chat and an argument; its errors are ``AxchatError``."""


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """One command: its name first, then the other names it goes by.

    Attributes:
        argument: the placeholder shown in the help; empty for a command that takes none.
        summary: one line.
        details: what ``/help NAME`` says more, whole lines.
        words: what the argument may begin with, for completion.
        completes: what else the argument may be, or what follows one of ``words``.
        during_answer: it means something while an answer streams; the others wait for its end.
        topic: the heading it stands under in the help.
    """

    names: tuple[str, ...]
    argument: str
    summary: str
    action: Action
    details: str = ""
    words: tuple[str, ...] = ()
    completes: Completes = Completes.NOTHING
    during_answer: bool = False
    topic: str = ""

    @property
    def usage(self) -> str:
        """Its names and its argument, as they are typed."""
        names = ", ".join("/" + name for name in self.names)
        return f"{names} {self.argument}".rstrip()


class CommandTable:
    """The commands of a chat, in the order they were added.

    Args:
        topic: of the commands that are added by the decorator.
    """

    def __init__(self, topic: str = "") -> None:
        self._topic = topic
        self._commands: list[SlashCommand] = []

    def command(
        self,
        *names: str,
        summary: str,
        argument: str = "",
        details: str = "",
        words: tuple[str, ...] = (),
        completes: Completes = Completes.NOTHING,
        during_answer: bool = False,
    ) -> Callable[[Action], Action]:
        """Adds the decorated function under these names; see ``SlashCommand``.

        Raises:
            ValueError: a name is taken.
        """

        def add(action: Action) -> Action:
            self._add(
                SlashCommand(names, argument, summary, action, details, words, completes, during_answer)
            )
            return action

        return add

    def include(self, other: "CommandTable") -> None:
        """Add another table's commands behind these.

        Raises:
            ValueError: a name is taken.
        """
        for command in other.commands:
            self._add(command)

    @property
    def commands(self) -> tuple[SlashCommand, ...]:
        """All of them, in order."""
        return tuple(self._commands)

    @property
    def names(self) -> frozenset[str]:
        """Every name a command goes by."""
        return frozenset(name for command in self._commands for name in command.names)

    def find(self, name: str) -> SlashCommand | None:
        """The command that goes by this name."""
        return next((command for command in self._commands if name in command.names), None)

    def runs_during_answer(self, name: str) -> bool:
        """Whether the command of this name does not wait for the end of an answer."""
        command = self.find(name)
        return command is not None and command.during_answer

    def run(self, chat: Chat, name: str, argument: str) -> None:
        """Run a command of this table.

        Raises:
            UsageError: it takes no argument and got one, or this argument makes no sense; nothing was done.
            AxchatError: what was asked for could not be done.
        """
        command = self.find(name)
        assert command is not None, "the name is one of this table's"
        if argument and not command.argument:
            raise UsageError(f"/{name} takes no argument; nothing was done")
        command.action(chat, argument)

    def help_text(self, keys: Iterable[tuple[str, str]] = ()) -> str:
        """One aligned line per command, under the headings of the topics, and one per key that is given."""
        rows = [(command.topic, command.usage, command.summary) for command in self._commands]
        rows += [("keys", *key) for key in keys]
        rows = [(topic, f"  {left}" if topic else left, right) for topic, left, right in rows]
        width = max(len(left) for _, left, _ in rows)
        lines: list[str] = []
        for number, (topic, left, right) in enumerate(rows):
            if topic and (number == 0 or rows[number - 1][0] != topic):
                lines += ["", f"{topic}:"] if lines else [f"{topic}:"]
            lines.append(f"{left:<{width}}  {right}")
        return "\n".join(lines)

    def _add(self, command: SlashCommand) -> None:
        taken = self.names.intersection(command.names)
        if taken:
            raise ValueError(f"there is a command {min(taken)} already")
        self._commands.append(command if command.topic else replace(command, topic=self._topic))
