r"""The small part of shell syntax that vendor scripts use: assignments and plain commands. Nothing runs.

Handles comments, quotes, backslash-newline, ``NAME=value`` lines, ``$NAME`` and ``$1``. Everything else
that a shell would act on (pipes, ``;``, ``$(...)``, backquotes, redirections) is refused.
"""

import re
import shlex

from axchat.errors import ModelError

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z0-9_]+)\}|([A-Za-z_][A-Za-z0-9_]*|[0-9]))")
_PLAIN_VALUE = re.compile(r"[^\s'\"\\$`;&|<>()*?\[\]]*")
_OPERATORS = frozenset("();<>|&")
_LITERAL_DOLLAR = "\ue000"  # stands for a quoted $ until the words are split


def commands(text: str) -> list[list[str]]:
    """The words of every command in a script, variables put in; ``$1`` and the like stay as they are.

    Pass each word through ``literal`` once its parameters were looked at: a quoted ``$1`` is no parameter.

    Raises:
        ModelError: the text holds something that only a shell can do.
    """
    if "\0" in text or _LITERAL_DOLLAR in text:
        raise _refused("characters that no script holds")
    if "\r" in text:
        raise ModelError(
            "the script has Windows line ends, no shell can run it",
            hint="mend it: sed -i 's/\\r$//' SCRIPT",
        )
    variables: dict[str, str] = {}
    found = []
    for line in _logical_lines(text):
        words = _words(_expanded(line, variables))
        assignment = _ASSIGNMENT.fullmatch(words[0]) if words else None
        if assignment and len(words) == 1:
            variables[assignment[1]] = _plain(assignment[2])
        elif assignment:
            raise _refused("an environment assignment before the command")
        elif words:
            found.append(words)
    return found


def literal(word: str) -> str:
    """A word of ``commands`` as the program gets it."""
    return word.replace(_LITERAL_DOLLAR, "$")


def _plain(value: str) -> str:
    if not _PLAIN_VALUE.fullmatch(value):
        raise _refused("a variable with blanks or special characters")
    return value


def _logical_lines(text: str) -> list[str]:
    """Lines as a shell sees them: comments gone, continued lines joined, quoted newlines kept."""
    lines, line, quote, position = [], "", "", 0
    while position < len(text):
        char, following = text[position], text[position + 1 : position + 2]
        if char == "\\" and quote != "'" and following in ("\n", ""):
            position += 2
            continue
        if char == "\\" and quote != "'":
            line += _LITERAL_DOLLAR if following == "$" else char + following
            position += 2
            continue
        if not quote and char == "#" and (not line or line[-1].isspace()):
            end = text.find("\n", position)
            position = len(text) if end < 0 else end
            continue
        if not quote and char == "\n":
            lines.append(line)
            line = ""
        else:
            line += _LITERAL_DOLLAR if char == "$" and quote == "'" else char
            if char in "'\"":
                quote = "" if quote == char else quote or char
        position += 1
    return [*lines, line]


def _expanded(line: str, variables: dict[str, str]) -> str:
    """The line with its variables put in; a parameter ($1) is left for the caller."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name.isdigit() and name != "0":
            return f"${name}"
        if name not in variables:
            raise _refused(f"the variable ${name}, which it does not set")
        return variables[name]

    expanded = _VARIABLE.sub(value, line)
    rest = re.sub(r"\$[1-9][0-9]*", "", expanded)
    if "$" in rest or "`" in rest:
        raise _refused("a substitution")
    return expanded


def _words(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError as exc:
        raise ModelError("the script ends inside a quote or after a backslash") from exc
    # shlex cannot tell a quoted "|" from a bare one; no vendor option has such a value.
    for word in words:
        if word and set(word) <= _OPERATORS:
            raise _refused(f"the shell operator {word}")
    return words


def _refused(what: str) -> ModelError:
    return ModelError(
        f"the script is not one plain runner command: it has {what}",
        hint="use the vendor's own run_*.sh, unchanged",
    )
