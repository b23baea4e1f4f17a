"""Commands that count, measure and examine."""

from collections.abc import Iterable

from axchat.engines.base import Request
from axchat.errors import UsageError
from axchat.messages import Message, Role
from axchat.repl import figures
from axchat.repl.commands import Chat, CommandTable
from axchat.repl.compaction import compact
from axchat.repl.extracts import counted, is_count

COMMANDS = CommandTable("tools")


@COMMANDS.command(
    "tokens",
    summary="how much of the context is used, and what is left",
    details="Counted by the engine where it can, otherwise estimated (about).",
)
def tokens(chat: Chat, _argument: str) -> None:
    """Of the last answer, and of the conversation as it is now."""
    able, conversation = chat.engine.capabilities, chat.conversation
    messages = conversation.messages_for(able)
    # llama.cpp takes an answer at the end for one to go on with, and leaves it out of the count
    sent = (*messages, Message(Role.USER, ""))
    now = chat.engine.count(Request(sent, chat.sampling, think=chat.think)) if messages else 0
    last = conversation.exchanges[-1].usage if conversation.exchanges else None
    _tell_rows(chat, figures.of_context(last, now, able))


@COMMANDS.command(
    "compact",
    argument="[N]",
    summary="sum up all but the last turn, or the last N",
    details="The model writes a summary, which is shown, and is sent it instead of the turns.\n"
    "They are kept all the same. If there is no whole summary, nothing changes.",
)
def compact_chat(chat: Chat, argument: str) -> None:
    """Room in the context."""
    if argument and not is_count(argument):
        raise UsageError(f"/compact takes the number of turns to leave as they are, not {argument}")
    if not chat.engine.capabilities.history:
        raise UsageError(f"the {chat.engine.name} engine is sent no earlier turns anyway")
    count = len(chat.conversation.exchanges) - int(argument or 1)
    fresh = count - chat.conversation.unseen
    if fresh < 1:
        raise UsageError("there is nothing to sum up", hint="the last turn stays as it is")
    if compact(chat, count):
        chat.tell(f"the model is sent this summary instead of {counted(fresh, 'turn')}; /history has all")


@COMMANDS.command(
    "stats",
    summary="counts and times of the last answer and of this chat",
    details="Each figure says whose clock it is by. axchat bench, or /bench, measures properly.",
)
def stats(chat: Chat, _argument: str) -> None:
    """What was measured anyway."""
    exchanges = chat.conversation.exchanges
    if not exchanges:
        raise UsageError("nothing was said yet")
    rows = [
        ("last answer", ""),
        *figures.of_answer(exchanges[-1]),
        ("conversation", ""),
        *figures.of_chat(exchanges),
    ]
    _tell_rows(chat, rows)


@COMMANDS.command(
    "bench",
    summary="measure this model",
    details="As axchat bench does, with the model that is loaded. The conversation is left alone.",
)
def bench(chat: Chat, _argument: str) -> None:
    """Lines of a benchmark, as they come."""
    if chat.lent.measure is None:
        raise UsageError("this chat cannot measure", hint="axchat bench does")
    _show_all(chat, "measuring", chat.lent.measure(chat.engine))


@COMMANDS.command(
    "doctor",
    summary="examine the card and its software",
    details="As axchat doctor does; axchat doctor --help has more.",
)
def doctor(chat: Chat, _argument: str) -> None:
    """Lines of an examination, as they come."""
    if chat.lent.examine is None:
        raise UsageError("this chat cannot examine the card", hint="axchat doctor does")
    _show_all(chat, "examining", chat.lent.examine())


def _tell_rows(chat: Chat, rows: Iterable[tuple[str, str]]) -> None:
    """Names and values; a name without a value is a heading."""
    chat.tell("\n".join(f"  {name:<14}{value}" if value else f"{name}:" for name, value in rows))


def _show_all(chat: Chat, what: str, lines: Iterable[str]) -> None:
    chat.display.status(what)
    try:
        for line in lines:
            chat.display.status("")
            chat.tell(line)
            chat.display.status(what)
    finally:
        chat.display.status("")
