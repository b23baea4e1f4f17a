"""Commands that count, measure and examine."""

from collections.abc import Iterable

from axchat.errors import UsageError
from axchat.repl import figures
from axchat.repl.commands import Chat, CommandTable

COMMANDS = CommandTable("tools")


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
    chat.tell("\n".join(f"  {name:<14}{value}" if value else f"{name}:" for name, value in rows))


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


def _show_all(chat: Chat, what: str, lines: Iterable[str]) -> None:
    chat.display.status(what)
    try:
        for line in lines:
            chat.display.status("")
            chat.tell(line)
            chat.display.status(what)
    finally:
        chat.display.status("")
