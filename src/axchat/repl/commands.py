"""The table of slash commands: filled by a decorator, and the help is made from it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from axchat.chat.conversation import Conversation, Exchange
from axchat.chat.recorder import Recorder
from axchat.engines.base import Engine
from axchat.messages import Message, Sampling
from axchat.repl.display import Display
from axchat.repl.lent import Lent
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
        attached: go with the next message, in front of it: texts of files, and images by their paths.
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

    def use_engine(self, engine: Engine) -> None:
        """Start another engine and answer with it from now on; the old one stays if it does not start."""

    def dictate(self, messages: Sequence[Message]) -> str | None:
        """Have the model say something that is shown but is no part of the conversation; None if cut."""


Action = Callable[[Chat, str], None]


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """One command: its name first, then the other names it goes by.

    ``argument`` is the placeholder shown in the help; empty for a command that takes none.
    """

    names: tuple[str, ...]
    argument: str
    summary: str
    action: Action


class CommandTable:
    """The commands of a chat, in the order they were added."""

    def __init__(self) -> None:
        self._commands: list[SlashCommand] = []

    def command(self, *names: str, summary: str, argument: str = "") -> Callable[[Action], Action]:
        """Adds the decorated function under these names.

        Raises:
            ValueError: a name is taken.
        """

        def add(action: Action) -> Action:
            taken = self.names.intersection(names)
            if taken:
                raise ValueError(f"there is a command {min(taken)} already")
            self._commands.append(SlashCommand(names, argument, summary, action))
            return action

        return add

    @property
    def names(self) -> frozenset[str]:
        """Every name a command goes by."""
        return frozenset(name for command in self._commands for name in command.names)

    def run(self, chat: Chat, name: str, argument: str) -> None:
        """Run a command of this table; says so instead if it takes no argument and got one."""
        command = next(command for command in self._commands if name in command.names)
        if argument and not command.argument:
            chat.tell(f"/{name} takes no argument; nothing was done")
            return
        command.action(chat, argument)

    def help_text(self, keys: Iterable[tuple[str, str]] = ()) -> str:
        """One aligned line per command, and per key that is told of."""
        rows = [(_usage(command), command.summary) for command in self._commands]
        rows += keys
        width = max(len(left) for left, _ in rows)
        return "\n".join(f"{left:<{width}}  {right}" for left, right in rows)


def _usage(command: SlashCommand) -> str:
    names = ", ".join("/" + name for name in command.names)
    return f"{names} {command.argument}".rstrip()
