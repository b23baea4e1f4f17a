"""Commands that attach files and images to the next message."""

from pathlib import Path

from axchat.chat.text_files import MAX_TEXT_BYTES, read_text
from axchat.errors import UsageError
from axchat.messages import Message
from axchat.repl import attachments
from axchat.repl.commands import Chat, CommandTable
from axchat.repl.suggest import Completes

COMMANDS = CommandTable("attachments")

IMAGE_HINT = "a vision model takes it: /image PATH"


@COMMANDS.command(
    "file",
    argument="[PATH|clear]",
    summary="attach a text file to the next message",
    details="Its name and its content stand in front of what you type. UTF-8, at most "
    f"{MAX_TEXT_BYTES // 2**20} MiB.\n"
    "Without PATH: what is attached. /file clear takes all of it back.",
    words=("clear",),
    completes=Completes.PATH,
)
def attach_file(chat: Chat, argument: str) -> None:
    """A text in front of the next message."""
    if _is_listing(chat, argument):
        return
    path = _regular(argument)
    _attach(chat, attachments.attach_text(str(path), read_text(path, image_hint=IMAGE_HINT)))


@COMMANDS.command(
    "image",
    argument="[PATH|clear]",
    summary="attach an image to the next message (vision models)",
    details="Without PATH: what is attached. /image clear takes all of it back.",
    words=("clear",),
    completes=Completes.IMAGE,
)
def attach_image(chat: Chat, argument: str) -> None:
    """An image beside the next message."""
    if _is_listing(chat, argument):
        return
    if not chat.engine.capabilities.images:
        raise UsageError(
            f"the {chat.engine.name} engine cannot take images with this model",
            hint="/model NAME opens a vision model",
        )
    _attach(chat, attachments.attach_image(_regular(argument)))


def _regular(typed: str) -> Path:
    path = attachments.existing(typed)
    if not path.is_file():
        raise UsageError(f"{path} is no regular file")
    return path


def _attach(chat: Chat, message: Message) -> None:
    chat.attached.append(message)
    chat.tell(f"{attachments.described(message)} goes with the next message")


def _is_listing(chat: Chat, argument: str) -> bool:
    """Whether the command was about what is attached already; done then."""
    if argument and argument.lower() != "clear":
        return False
    if not chat.attached:
        chat.tell("nothing is attached")
    for message in chat.attached:
        chat.tell(f"{attachments.described(message)}{' is taken back' if argument else ''}")
    if argument:
        chat.attached.clear()
    return True
