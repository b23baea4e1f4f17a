"""Commands on the conversations that are kept."""

from datetime import UTC, datetime

from axchat.chat.export import as_json, markdown
from axchat.errors import UsageError
from axchat.repl.attachments import take_apart
from axchat.repl.commands import Chat, CommandTable
from axchat.repl.export_file import FORMATS, target, write_new
from axchat.repl.extracts import as_markdown, counted, first_words, is_count
from axchat.repl.suggest import Completes

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
    if argument:
        chat.recorder.rename(argument)
    elif chat.recorder.title is None:
        raise UsageError("nothing was said yet", hint="/save NAME names this conversation beforehand")
    chat.tell(f"this conversation is called {chat.recorder.title}; all of it is kept as it goes on")


@COMMANDS.command(
    "load",
    argument="[NAME]",
    summary="go on with another conversation",
    details="The one of that title, else the only one that holds these words. This one is kept.\n"
    "Without NAME: which there are, as /sessions tells.",
    completes=Completes.TITLE,
)
def load(chat: Chat, argument: str) -> None:
    """What was said before, to go on with."""
    if not argument:
        sessions(chat, "")
        return
    conversation = chat.recorder.load(argument)
    chat.conversation = conversation
    exchanges = conversation.exchanges
    chat.tell(f"{chat.recorder.title}: {counted(len(exchanges), 'exchange')}; /history shows them")
    if exchanges:
        chat.display.show(as_markdown(exchanges[-1], len(exchanges)))
    if conversation.system is not None and not chat.engine.capabilities.system:
        chat.tell(f"the {chat.engine.name} engine cannot take its system prompt; /system off removes it")


@COMMANDS.command(
    "sessions",
    argument="[N|all]",
    summary="list the conversations that are kept",
    details=f"The last {LISTED}, or the last N, or all. /load NAME opens one.",
    words=("all",),
)
def sessions(chat: Chat, argument: str) -> None:
    """The latest first."""
    if argument and argument.lower() != "all" and not is_count(argument):
        raise UsageError(f"/sessions takes a number or all, not {argument}")
    limit = 10**9 if argument.lower() == "all" else int(argument or LISTED)
    kept = chat.recorder.kept(limit + 1)
    if not kept:
        chat.tell("no conversation is kept yet")
    for one in kept[:limit]:
        here = "*" if one.title == chat.recorder.title else " "
        chat.tell(f"{here} {when(one.at)}  {one.title}  ({counted(one.exchanges, 'exchange')}, {one.model})")
    if len(kept) > limit:
        chat.tell("/sessions all lists them all")


@COMMANDS.command("title", argument="[TEXT]", summary="show or set the title of this conversation")
def title(chat: Chat, argument: str) -> None:
    """The first words that were said, until it is given another."""
    if argument:
        chat.recorder.rename(argument)
    chat.tell(chat.recorder.title or "there is no title before anything was said")


@COMMANDS.command(
    "search",
    argument="TEXT",
    summary="search all conversations",
    details="For exchanges that hold all the words. /load opens the conversation.",
)
def search(chat: Chat, argument: str) -> None:
    """Full text, over everything that is kept."""
    if not argument:
        raise UsageError("/search needs the words to look for")
    hits = chat.recorder.search(argument, LISTED + 1)
    if not hits:
        chat.tell(f"nothing that was said holds {argument}")
    for hit in hits[:LISTED]:
        chat.tell(f"{when(hit.at)}  {hit.title}: {first_words(hit.text, 200)}")
    if len(hits) > LISTED:
        chat.tell(f"only the best {LISTED} are shown; more words find less")


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
    if chat.conversation.is_empty:
        raise UsageError("nothing was said yet")
    name = chat.recorder.title or first_words(take_apart(chat.conversation.exchanges[0].user)[1])
    wanted = target(argument, name)
    write = as_json if wanted.format == "json" else markdown
    path = write_new(wanted.path, write(chat.conversation, name))
    chat.tell(f"{counted(len(chat.conversation.exchanges), 'exchange')} written to {path}")


def when(at: float) -> str:
    """A time of the past in this machine's time zone, to the minute."""
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
