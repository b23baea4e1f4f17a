"""``axchat history``: the conversations that were kept."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.output import say
from axchat.cli.recording import open_store, refuse_no_store, store_path
from axchat.cli.settings import settings_of
from axchat.errors import ConversationUnknown, UsageError
from axchat.ui.stderr import Reporter

if TYPE_CHECKING:
    from axchat.store.store import Store

app = typer.Typer(
    help="List, show, search, export and remove conversations.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
)

ON_A_SCREEN = 30
"""Conversations that a terminal is shown unless --limit says otherwise."""

LARGEST_IMPORT_BYTES = 64 * 2**20
"""Of a conversation's file; a million words and their JSON take a tenth."""

IMPORT_HINT = "axchat history export NAME --format json writes one"

Name = Annotated[str, typer.Argument(help="Number, title, or the beginning of a title.")]
Limit = Annotated[
    int | None, typer.Option("--limit", help="Show at most so many.", min=1, max=1_000_000, metavar="N")
]


@app.command("list")
def list_conversations(limit: Limit = None, json: options.Json = False) -> None:
    """List the conversations, those last used first."""
    from axchat.ui.history import as_json, list_columns, show_list

    context = AppContext()
    draws = context.stdout_is_terminal and not json
    wanted = limit or (ON_A_SCREEN if draws else None)
    try:
        with _store() as store:
            found = store.summaries()
    except ConversationUnknown:  # there is no file yet
        found = []
    shown = found[:wanted]
    if json:
        say(context, as_json(shown))
    elif draws and shown and context.stdout:
        show_list(shown, context.stdout)
    else:
        say(context, list_columns(shown))
    if not found and not json:
        _note(context, "no conversation is stored yet; axchat chat begins one")
    if draws and limit is None and len(shown) < len(found):
        _note(context, f"{len(found) - len(shown)} more: axchat history list --limit {len(found)}")


@app.command()
def show(name: Name) -> None:
    """Show a conversation."""
    say(AppContext(), _document(name, "md"))


@app.command()
def search(
    text: Annotated[list[str], typer.Argument(help="Words, or parts of words; all must be there.")],
    limit: Limit = None,
    json: options.Json = False,
) -> None:
    """Find turns in which all words were said, newest first."""
    from axchat.ui.history import as_json, found_columns, found_lines

    context = AppContext()
    with _store() as store:
        found = store.search(" ".join(text), limit or -1)
    if json:
        say(context, as_json(found))
    else:
        say(context, found_lines(found) if context.stdout_is_terminal else found_columns(found))
    if not found and not json:
        _note(context, "nothing was found")


@app.command()
def export(
    name: Name,
    form: Annotated[Literal["md", "json"], typer.Option("--format", help="md or json.")] = "md",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write to this file.",
            metavar="FILE",
            readable=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Write a conversation as Markdown, or as JSON that import reads."""
    from axchat.ui.answer import AnswerWriter

    document = _document(name, form)
    if output is None:
        say(AppContext(), document)
        return
    data = io.BytesIO()
    AnswerWriter(data, is_terminal=False, ends_line=False).write(document)
    try:
        with output.open("wb" if force else "xb") as file:
            file.write(data.getvalue())
    except FileExistsError as exc:
        raise UsageError(f"{output} is there already", hint="--force overwrites it") from exc
    except OSError as exc:
        raise UsageError(f"{output} cannot be written: {exc.strerror}") from exc


@app.command("rm")
def remove(
    names: Annotated[list[str], typer.Argument(help="Numbers, titles, or beginnings of titles.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking.")] = False,
) -> None:
    """Remove conversations for good."""
    context = AppContext()
    with _store() as store:
        numbers = list(dict.fromkeys(store.find(name) for name in names))  # all, before the first is removed
        conversations = [store.load(number) for number in numbers]
        if not yes and not _agrees(context, [f"{each.number} ({each.title})" for each in conversations]):
            _note(context, "nothing was removed")
            return
        for each in conversations:
            store.remove(each.number)
            _note(context, f"removed {each.number} ({each.title})")


@app.command("import")
def import_file(
    file: Annotated[
        Path,
        typer.Argument(
            help="JSON of export, or of a chat that could not store it.",
            readable=False,
        ),
    ],
) -> None:
    """Store a conversation from a JSON file as a new one."""
    from axchat.chat.export import from_json
    from axchat.chat.stored import as_stored

    try:
        title, read = from_json(_conversation_in(file))
    except ValueError as exc:  # no JSON, or something else's
        raise UsageError(f"{file} cannot be imported: {exc}", hint=IMPORT_HINT) from exc
    if read.is_empty:
        raise UsageError(f"{file} holds a conversation without turns")
    with _store(is_made=True) as store:
        number = store.add(
            [as_stored(exchange) for exchange in read.exchanges],
            system=read.system,
            title=title,
            unseen=read.unseen,
            summary=read.summary,
        )
        say(AppContext(), number)


@app.command()
def aside() -> None:
    """Put a damaged store aside. A new one is begun, and nothing is deleted."""
    import shlex

    from axchat.store.connection import put_aside

    context = AppContext()
    path = store_path(settings_of(context))
    if not path.exists():
        raise UsageError(f"there is no {path}")
    moved = put_aside(path)
    say(context, moved)
    _note(context, f"what can be read of it: sqlite3 {shlex.quote(str(moved))} .recover")


def _conversation_in(file: Path) -> str:
    from axchat.beginning import beginning_of

    try:
        data = beginning_of(file, LARGEST_IMPORT_BYTES + 1)
        text = data.decode()
    except UnicodeDecodeError as exc:
        raise UsageError(f"{file} cannot be imported: it is not UTF-8 text", hint=IMPORT_HINT) from exc
    except (OSError, ValueError) as exc:  # ValueError: a zero byte in the name
        raise UsageError(f"{file} cannot be read: {getattr(exc, 'strerror', None) or exc}") from exc
    if len(data) > LARGEST_IMPORT_BYTES:
        raise UsageError(f"{file} is too large for a conversation: over {LARGEST_IMPORT_BYTES // 2**20} MiB")
    if not text.strip():
        raise UsageError(f"{file} is empty", hint=IMPORT_HINT)
    return text


@contextmanager
def _store(*, is_made: bool = False) -> "Iterator[Store]":
    """The store.

    Raises:
        ConversationUnknown: there is no file yet, and none is to be made.
        StoreError: it cannot be used.
    """
    loaded = settings_of(AppContext())
    if not is_made:
        refuse_no_store(loaded)
    store = open_store(loaded)
    try:
        yield store
    finally:
        store.close()


def _document(name: str, form: str) -> str:
    from axchat.chat.export import as_json, as_markdown
    from axchat.chat.stored import as_conversation

    with _store() as store:
        stored = store.load(store.find(name))
    written: Callable[..., str] = as_json if form == "json" else as_markdown
    return written(stored.title, as_conversation(stored))


def _agrees(context: AppContext, names: list[str]) -> bool:
    """Ask on the terminal.

    Raises:
        UsageError: nobody can be asked.
    """
    stdin, stderr = context.stdin, context.stderr
    if not (context.stdin_is_terminal and context.stderr_is_terminal and stdin and stderr):
        raise UsageError("nobody is here to agree", hint="--yes removes without asking")
    _note(context, f"to be removed for good: {', '.join(names)}")
    stderr.write("Remove? [y/N] ")
    stderr.flush()
    return stdin.readline().strip().lower() in {"y", "yes"}


def _note(context: AppContext, text: str) -> None:
    Reporter(context.stderr, is_terminal=context.stderr_can_rewrite).line(text)
