"""Commands on what is said: the system prompt, and the last exchange."""

from axchat.chat.conversation import Exchange
from axchat.errors import UsageError
from axchat.repl.attachments import take_apart
from axchat.repl.commands import Chat, CommandTable
from axchat.repl.extracts import counted, first_words, is_count

COMMANDS = CommandTable("conversation")


@COMMANDS.command(
    "new",
    "clear",
    summary="begin a new conversation",
    details="The old one is kept: /load opens it again. The system prompt and the settings stay.",
)
def start_anew(chat: Chat, _argument: str) -> None:
    """An empty conversation with the same system prompt."""
    was_empty = chat.conversation.is_empty
    chat.conversation.clear()
    chat.recorder.start_new(chat.conversation.system)
    chat.tell(
        "nothing was said yet" if was_empty else "new conversation; the model sees nothing of the old one"
    )


@COMMANDS.command(
    "system",
    argument="[TEXT|off]",
    summary="show, set or remove the system prompt",
    details="It holds from the next message on, for all that was said.",
    words=("off",),
)
def system_prompt(chat: Chat, argument: str) -> None:
    """What stands in front of the conversation."""
    conversation = chat.conversation
    if not argument:
        chat.tell("there is no system prompt" if conversation.system is None else conversation.system)
        return
    if argument.lower() == "off":
        was, conversation.system = conversation.system, None
        chat.tell("there is no system prompt" if was is None else "the system prompt is gone")
    elif not chat.engine.capabilities.system:
        raise UsageError(
            f"the {chat.engine.name} engine cannot take a system prompt",
            hint="say it in a message; or /model opens another model",
        )
    else:
        conversation.system = argument
        chat.tell("the system prompt holds from the next message on")
    chat.recorder.set_system(conversation.system)


@COMMANDS.command(
    "retry",
    summary="ask the last message again",
    details="The new answer takes the old one's place, which comes back if there is none.",
)
def retry(chat: Chat, _argument: str) -> None:
    """The last message once more."""
    last = _last(chat)
    chat.conversation.undo()
    chat.say(last.user, instead_of=last)


@COMMANDS.command(
    "edit",
    argument="[off]",
    summary="change the last message and ask it again",
    details="The message is put on the input line, and its files and images are attached again.\n"
    "What is sent next takes the place of the last message and its answer; /edit off keeps them.",
    words=("off",),
)
def edit(chat: Chat, argument: str) -> None:
    """The last message, on the input line."""
    if argument.lower() == "off":
        was, chat.replaces = chat.replaces, None
        if was is not None:
            taken = take_apart(was.user)[0]
            chat.attached[:] = [message for message in chat.attached if message not in taken]
        chat.tell("nothing was being edited" if was is None else "the last message stays as it is")
        return
    if argument:
        raise UsageError("/edit takes no text", hint="it puts your last message on the input line")
    last = _last(chat)
    attached, typed = take_apart(last.user)
    chat.attached[:0] = [message for message in attached if message not in chat.attached]
    chat.replaces = last
    chat.tell("what you send now takes the place of your last message and its answer; /edit off keeps them")
    chat.display.put_draft(typed)


@COMMANDS.command(
    "undo",
    argument="[N]",
    summary="take back the last turn, or the last N",
    details="The model does not see it any more. Up brings your message back, to send it again.",
)
def undo(chat: Chat, argument: str) -> None:
    """Both sides of the last exchange."""
    there = len(chat.conversation.exchanges)
    if argument and not is_count(argument):
        raise UsageError(f"/undo takes a number of turns, not {argument}")
    count = int(argument or 1)
    _last(chat)
    if count > there:
        raise UsageError(f"there are only {counted(there, 'turn')}", hint="/new begins a new conversation")
    had_summary = chat.conversation.summary is not None
    for _ in range(count):
        taken = chat.conversation.undo()
        assert taken is not None, "there were enough of them"
        chat.recorder.undo()
        chat.tell(f"taken back: {first_words(take_apart(taken.user)[1])}")
    if had_summary and chat.conversation.summary is None and not chat.conversation.is_empty:
        chat.tell("the summary went with it; the model is sent the turns before it again")


def _last(chat: Chat) -> Exchange:
    exchanges = chat.conversation.exchanges
    if not exchanges:
        raise UsageError("nothing was said yet")
    return exchanges[-1]
