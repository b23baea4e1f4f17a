"""One prompt from files, standard input and the words of the command line."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from axchat.chat.text_files import labelled, read_text, refuse_too_much
from axchat.cli.context import AppContext
from axchat.cli.standard_input import can_be_joined, read_standard_input
from axchat.deadline import Deadline
from axchat.errors import PromptRefused, UsageError

IMAGE_HINT = "a vision model takes it: axchat run -m DIR --image FILE 'question'"
NO_PROMPT_HINT = 'axchat run "your question", or pipe it in'


@dataclass(frozen=True, slots=True)
class Attached:
    """A text file that goes with a prompt, by the name that the user wrote."""

    name: str
    text: str


def not_utf8_hint() -> str:
    """What to do about an argument that is no UTF-8: where the locale reads no other, it may well be."""
    known = sys.getfilesystemencoding()
    return "convert it to UTF-8" if known == "utf-8" else f"the locale reads {known} only: LC_ALL=C.UTF-8"


def read_prompt(
    words: Sequence[str],
    files: Sequence[str],
    context: AppContext,
    deadline: Deadline,
    say: Callable[[str], None],
) -> str:
    """The prompt: files, standard input, and the words behind them.

    Standard input is read where it is a pipe, a socket or a file; anything else only when it is named
    (``-``) or when nothing else was given.

    Args:
        words: of the command line; ``-`` places standard input.
        files: names of text files.
        context: has standard input.
        deadline: until when standard input must have ended.
        say: told of a wait for standard input, and of empty files.

    Raises:
        UsageError: no prompt anywhere, or a file or standard input that cannot be had.
        PromptRefused: something of it is not UTF-8.
        RunnerTimeout: standard input did not end in time.
    """
    if words.count("-") > 1:
        raise UsageError("standard input is named twice; it can be read once")
    attached = [_attached(name) for name in files]
    for file in attached:
        if not file.text:
            say(f"{file.name} is empty")
    attached = [file for file in attached if file.text]
    is_alone = not words and not attached
    if is_alone and context.stdin_is_terminal and not files:
        raise UsageError("no prompt", hint=NO_PROMPT_HINT)
    typed = None
    if "-" in words or can_be_joined(context.stdin) or (is_alone and not files):
        typed = read_standard_input(context.stdin, deadline, say)
    text = joined(words, attached, typed)
    refuse_too_much("the prompt", _size(text))
    if not text.strip():
        raise UsageError("the prompt is empty", hint='axchat run "your question"')
    return text


def joined(words: Sequence[str], attached: Sequence[Attached], typed: str | None) -> str:
    """Paragraphs: files, standard input, words; what a question is about stands before it.

    A model that keeps what it read then reads it once for several questions. Standard input stands where a
    ``-`` among the words places it. A file that is all there is is the prompt itself, without its name.
    """
    if "-" in words:
        at = list(words).index("-")
        asked = [" ".join(words[:at]), typed or "", " ".join(words[at + 1 :])]
    else:
        asked = [typed if typed and typed.strip() else "", " ".join(words)]
    asked = [part for part in asked if part]
    if len(attached) == 1 and not asked:
        return attached[0].text.removesuffix("\n").removesuffix("\r")
    return "\n\n".join([*(labelled(file.name, file.text) for file in attached), *asked])


def _attached(name: str) -> Attached:
    if name == "-":
        raise UsageError(
            "-f - is not needed: what is piped in is part of the prompt", hint="a - among the words places it"
        )
    return Attached(name, read_text(Path(name), image_hint=IMAGE_HINT))


def _size(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        raise PromptRefused("the prompt is not valid UTF-8", hint=not_utf8_hint()) from error
