"""Commands on the conversations that are kept."""

from datetime import UTC, datetime

from axchat.chat.export import as_json, as_markdown
from axchat.errors import ConversationUnknown, UsageError
from axchat.repl.commands import Chat, CommandTable
from axchat.repl.export_file import FORMATS, target, write_new
from axchat.repl.extracts import counted, is_count, shown
from axchat.repl.suggest import Completes
from axchat.store.naming import HOW_TO_LIST
from axchat.store.titles import title_of

COMMANDS = CommandTable("conversations")

LISTED = 20
"""What ``/sessions`` and ``/search`` show unasked: a screen."""


@COMMANDS.command(
    "save",
    argument="[NAME]",
    summary="give this conversation a name to load it by",
    details="Every answer is kept as soon as it is there, also without /save.",
)
def save(chat: Chat, argument: str) -> None:
    """A name, for what is kept anyway."""
    chat.recorder.sessions(1)  # says so if nothing is kept, or cannot be
    if argument:
        chat.recorder.rename(argument)
    name = called(chat)
    if name is None:
        raise UsageError("nothing was said yet", hint="/save NAME names this conversation beforehand")
    chat.tell(f"this conversation is called {name}; all of it is kept as it goes on")


@COMMANDS.command(
    "load",
    argument="[NAME]",
    summary="go on with another conversation",
    details="NAME is its title, the beginning of it, or its number. This conversation is kept.\n"
    "Without NAME: which there are, as /sessions tells.",
    completes=Completes.TITLE,
)
def load(chat: Chat, argument: str) -> None:
    """What was said before, to go on with."""
    if not argument:
        sessions(chat, "")
        return
    try:
        conversation = chat.recorder.resume(argument)
    except ConversationUnknown as error:
        if error.hint == HOW_TO_LIST:
            raise ConversationUnknown(error.message, hint="/sessions lists them") from error
        raise
    chat.conversation = conversation
    exchanges = conversation.exchanges
    chat.tell(f"going on with {called(chat)} ({counted(len(exchanges), 'turn')}); /history shows them")
    if exchanges:
        chat.display.show(shown(exchanges[-1], len(exchanges)))
    if conversation.system is not None and not chat.engine.capabilities.system:
        chat.tell(f"the {chat.engine.name} engine cannot take its system prompt; /system off removes it")


@COMMANDS.command(
    "sessions",
    argument="[N|all]",
    summary="list the conversations that are kept",
    details=f"The {LISTED} that were used last, or N, or all. /load takes the title or the number.",
    words=("all",),
)
def sessions(chat: Chat, argument: str) -> None:
    """The latest first."""
    if argument and argument.lower() != "all" and not is_count(argument):
        raise UsageError(f"/sessions takes a number or all, not {argument}")
    limit = 10**9 if argument.lower() == "all" else int(argument or LISTED)
    kept = chat.recorder.sessions(limit + 1)
    if not kept:
        chat.tell("no conversation is kept yet")
    for one in kept[:limit]:
        about = f"({', '.join(filter(None, (counted(one.turns, 'turn'), one.model)))})"
        chat.tell(f"{one.number:>4}  {when(one.updated)}  {one.title}  {about}")
    if len(kept) > limit:
        chat.tell("/sessions all lists them all")


@COMMANDS.command("title", argument="[TEXT]", summary="show or set the title of this conversation")
def title(chat: Chat, argument: str) -> None:
    """The first words that were said, until it is given another."""
    if argument:
        chat.recorder.rename(argument)
    chat.tell(called(chat) or "there is no title before anything was said")


@COMMANDS.command(
    "search",
    argument="TEXT",
    summary="search all conversations",
    details="For turns that hold all the words, the newest first. /load NUMBER opens the conversation.",
)
def search(chat: Chat, argument: str) -> None:
    """Full text, over everything that is kept."""
    if not argument:
        raise UsageError("/search needs the words to look for")
    found = chat.recorder.search(argument)
    if not found:
        chat.tell(f"nothing that was said holds {argument}")
    for one in found[:LISTED]:
        chat.tell(f"{one.conversation:>4}  {when(one.at)}  {one.title}: {one.snippet}")
    if len(found) > LISTED:
        chat.tell(f"only the newest {LISTED} are shown; more words find less")


@COMMANDS.command(
    "export",
    argument="[md|json] [FILE]",
    summary="write the conversation to a file",
    details="md    for people: headings, and every answer as the model said it\n"
    "json  for programs: with counts and times\n"
    "The file must not be there yet. Without FILE its name is made from the title.",
    words=FORMATS,
    completes=Completes.PATH,
)
def export(chat: Chat, argument: str) -> None:
    """All of it, thoughts and cut answers included."""
    name = called(chat)
    if name is None or chat.conversation.is_empty:
        raise UsageError("nothing was said yet")
    wanted = target(argument, name)
    write = as_json if wanted.format == "json" else as_markdown
    text = write(name, chat.conversation)
    path = write_new(wanted.path, text.encode("utf-8", "surrogateescape"))
    chat.tell(f"{counted(len(chat.conversation.exchanges), 'turn')} written to {path}")


def called(chat: Chat) -> str | None:
    """The title it was given, else its first words, as the store has them; None before anything was said."""
    exchanges = chat.conversation.exchanges
    return chat.recorder.title or (title_of(exchanges[0].user.text) if exchanges else None)


def when(at: float) -> str:
    """A time of the past in this machine's time zone, to the minute."""
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
