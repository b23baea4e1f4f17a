"""Commands that show or hand out what was said."""

from axchat.chat.code_blocks import code_blocks
from axchat.chat.compacting import said
from axchat.errors import UsageError
from axchat.repl import clipboard
from axchat.repl.attachments import described
from axchat.repl.builtins.keep import called
from axchat.repl.commands import Chat, CommandTable
from axchat.repl.extracts import counted, is_count, shown
from axchat.repl.settings import as_written

COMMANDS = CommandTable("reading")

HISTORY_EXCHANGES = 10
"""What ``/history`` shows unasked: a few screens."""


@COMMANDS.command("show", summary="show the system prompt, model, settings, attachments")
def show(chat: Chat, _argument: str) -> None:
    """What the next message goes to, and with."""
    chat.tell("\n".join(f"{name:<10}  {value}" for name, value in overview(chat)))


def overview(chat: Chat) -> list[tuple[str, str]]:
    """Names and values of all that the next message meets."""
    conversation, engine = chat.conversation, chat.engine
    chosen = [f"{name} {as_written(value)}" for name, value in chat.sampling.chosen().items()]
    length = counted(len(conversation.exchanges), "turn")
    if conversation.unseen:
        length += f"; the model does not see the oldest {conversation.unseen}"
        length += ", but a summary of them" if conversation.summary is not None else ""
    rows = [
        ("title", called(chat) or "none yet"),
        ("messages", length),
        ("model", f"{engine.model} ({engine.name})"),
        ("system", conversation.system if conversation.system is not None else "none"),
        ("settings", ", ".join(chosen) or "all left to the model"),
    ]
    return rows + [("attached", described(message)) for message in chat.attached]


@COMMANDS.command(
    "history",
    argument="[N|all]",
    summary="show the conversation so far",
    details=f"The last {HISTORY_EXCHANGES} turns, or the last N, or all of them.",
    words=("all",),
)
def history(chat: Chat, argument: str) -> None:
    """Exchanges as they were shown."""
    exchanges = chat.conversation.exchanges
    if not exchanges:
        chat.tell("nothing was said yet")
        return
    if argument.lower() == "all":
        count = len(exchanges)
    elif not argument or is_count(argument):
        count = min(int(argument or HISTORY_EXCHANGES), len(exchanges))
    else:
        raise UsageError(f"/history takes a number of turns or all, not {argument}")
    left_out = len(exchanges) - count
    if left_out:
        chat.tell(f"{counted(left_out, 'earlier turn')} not shown; /history all shows all")
    for number, exchange in enumerate(exchanges[left_out:], start=left_out + 1):
        chat.display.show(shown(exchange, number))


@COMMANDS.command(
    "copy",
    argument="[N|code [N]]",
    summary="copy the last answer, or a code block of it",
    details="/copy          the last answer, without what the model thought\n"
    "/copy 2        the answer before it\n"
    "/copy code     the first code block of the last answer\n"
    "/copy code 2   the second one\n"
    "Escape sequences are taken out.\n"
    "wl-copy, xclip, xsel or pbcopy does it where there is one, else the terminal (OSC 52).\n"
    "Over ssh the terminal comes first.",
    words=("code",),
)
def copy(chat: Chat, argument: str) -> None:
    """To the clipboard."""
    text, name = to_copy([said(exchange.answer) for exchange in chat.conversation.exchanges], argument)
    way, failed = clipboard.copy(text, chat.display.to_clipboard)
    for line in failed:
        chat.tell(line)
    if way is None:
        raise UsageError(
            "there is no way to the clipboard",
            hint="install wl-clipboard, xclip or xsel; /export writes a file",
        )
    chat.tell(f"copied {name} ({counted(len(text), 'character')}) with {way}")
    if way == clipboard.OSC_52:
        large = len(text.encode("utf-8", "replace")) > clipboard.OSC_52_SURE_BYTES
        chat.tell(
            "it is long for OSC 52, and may be cut" if large else "some terminals have OSC 52 turned off"
        )


def to_copy(answers: list[str], argument: str) -> tuple[str, str]:
    """The text that is meant, and its name.

    Raises:
        UsageError: there is no such answer or code block.
    """
    if not answers:
        raise UsageError("nothing was said yet")
    words = argument.lower().split()
    numbers = words[1:] if words[:1] == ["code"] else words
    if len(numbers) > 1 or not all(is_count(number) for number in numbers):
        raise UsageError(f"/copy takes a number, code, or code and a number, not {argument}")
    number = int(numbers[0]) if numbers else 1
    if numbers == words:
        if number > len(answers):
            raise UsageError(f"there {_are(len(answers), 'answer')}")
        return answers[-number], "the last answer" if number == 1 else f"answer {len(answers) - number + 1}"
    blocks = code_blocks(answers[-1])
    if number > len(blocks):
        raise UsageError(f"there {_are(len(blocks), 'code block')} in the last answer")
    name = "the code block" if len(blocks) == 1 else f"code block {number} of {len(blocks)}"
    return blocks[number - 1].code, name


def _are(number: int, one: str) -> str:
    return f"is no {one}" if number == 0 else f"{'is' if number == 1 else 'are'} only {counted(number, one)}"
