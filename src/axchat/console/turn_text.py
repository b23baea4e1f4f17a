"""What a prompt must be to cross a console as one line."""

from collections.abc import Collection

from axchat.errors import PromptRefused

MAX_LINE_BYTES = 200_000
"""Longest line that was seen to arrive whole on a pipe or a raw terminal (runner-console II.4)."""

_TRIMMED = " \t\r\n\v\f"


def line_of(text: str, *, commands: Collection[str], trims: bool = False) -> bytes:
    """The prompt as the bytes of one line.

    Args:
        text: the prompt.
        commands: lines that the runner takes as a command, not as a prompt.
        trims: the runner removes white space around a line before it looks for commands.

    Raises:
        PromptRefused: the runner would not get this prompt; fact ``reason`` is one of ``empty``,
            ``command``, ``line-break``, ``control``, ``encoding`` and ``length``.
    """
    word = text.strip(_TRIMMED) if trims else text
    if not word:
        raise PromptRefused("an empty prompt is no turn on this runner's console", reason="empty")
    if word in commands:
        raise PromptRefused(
            f"the runner takes the line {word!r} as a command",
            hint="put other words around it",
            reason="command",
        )
    if "\n" in text or "\r" in text:
        raise PromptRefused(
            "a prompt for this runner is one line, and this one has line breaks", reason="line-break"
        )
    if control := _control_in(text):
        raise PromptRefused(
            f"the prompt holds the control character U+{ord(control):04X}, which a console does not carry",
            reason="control",
        )
    return _encoded(text)


def _control_in(text: str) -> str | None:
    """The first control character but TAB."""
    return next((char for char in text if (char < " " and char != "\t") or char == "\x7f"), None)


def _encoded(text: str) -> bytes:
    try:
        line = text.encode() + b"\n"
    except UnicodeEncodeError as error:
        raise PromptRefused(
            "the prompt is not valid text: it cannot be written as UTF-8", reason="encoding"
        ) from error
    if len(line) > MAX_LINE_BYTES:
        raise PromptRefused(
            f"the prompt has {len(line)} bytes, and a console line at most {MAX_LINE_BYTES}", reason="length"
        )
    return line


def no_attachments(paths: Collection[str]) -> bytes:
    """The answer of a runner that asks for no files.

    Raises:
        PromptRefused: there are files.
    """
    if paths:
        raise PromptRefused("this runner takes no files", reason="attachment")
    return b"\n"


def one_attachment(paths: Collection[str]) -> bytes:
    """The line that names at most one file.

    Raises:
        PromptRefused: there are more files, or the path cannot be typed.
    """
    if len(paths) > 1:
        raise PromptRefused("this runner takes one file a turn", reason="attachment")
    return line_of(next(iter(paths)), commands=()) if paths else b"\n"


def many_attachments(paths: Collection[str]) -> bytes:
    """The line that names files, divided by blanks.

    Raises:
        PromptRefused: a path holds white space, at which the runner would divide it, or cannot be typed.
    """
    for path in paths:
        if path.split() != [path]:
            raise PromptRefused(
                f"the runner cannot take a path with white space: {path!r}", reason="attachment"
            )
    return line_of(" ".join(paths), commands=()) if paths else b"\n"
