"""Commands in the running text of the documents, held against the commands that there are."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import typer
from markdown_it import MarkdownIt
from markdown_it.token import Token
from typer._click.exceptions import UsageError

from axchat.cli.app import app
from axchat.cli.lazy import LazyCommand

_ASSIGNMENT = re.compile(r"\w+=")
_PLACEHOLDER = re.compile(r"[A-Z]+$|__")
"""``NAME``; commands that only the completion scripts call are none of Typer's."""
_OPERATORS = frozenset("|;&<>()")


def spans(text: str) -> Iterator[str]:
    """What a page has between single backticks."""
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        for child in token.children or ():
            yield from _code(child)


def _code(token: Token) -> Iterator[str]:
    if token.type == "code_inline":
        yield token.content
    for child in token.children or ():
        yield from _code(child)


def commands(span: str) -> Iterator[list[str]]:
    """The words behind each ``axchat`` of a piece of shell; variables before it are left out.

    Raises:
        ValueError: a quote is left open.
    """
    lexer = shlex.shlex(span, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list[str]()
    for word in [*lexer, ";"]:
        if _OPERATORS.issuperset(word):
            while words and (_ASSIGNMENT.match(words[0]) or words[0] == "sudo"):
                words.pop(0)
            if words[:1] == ["axchat"] and words[1:]:
                yield words[1:]
            words = []
        else:
            words.append(word)


def complaint(words: list[str]) -> str | None:
    """Why axchat would refuse such a command line before it looks at any value; None when it would not."""
    command: Any = typer.main.get_command(app)
    context, name = None, "axchat"
    while True:
        command = command.load() if isinstance(command, LazyCommand) else command
        context = command.make_context(name, [], parent=context, resilient_parsing=True)
        context.resilient_parsing = False  # it would let everything pass
        try:
            given, words, _ = command.make_parser(context).parse_args(list(words))
        except UsageError as error:
            return f"{name}: {error.format_message()}"
        choices = (_choice(it, given.get(it.name)) for it in command.get_params(context))
        wrong = next(filter(None, choices), None)
        children = getattr(command, "commands", {})
        if wrong or not children or not words or _PLACEHOLDER.match(words[0]):
            return wrong
        if words[0] not in children:
            return f"{name} has no command {words[0]}"
        name, *words = words
        command = children[name]


def _choice(param: Any, value: Any) -> str | None:
    """Why a value is none of those that an option takes; None when it is, or is a placeholder."""
    known = getattr(param.type, "choices", None)
    names = [str(getattr(it, "value", it)) for it in known or ()]
    if not names or not isinstance(value, str) or _PLACEHOLDER.match(value) or value in names:
        return None
    return f"{'/'.join(param.opts)} takes {', '.join(names)}, not {value}"
