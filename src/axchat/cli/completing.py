"""Answers the shell's Tab from a table, without Typer: as soon as the interpreter is there.

The table is ``axchat.cli.completion_table``. After the name of each command it has its options, one a line:
the names, then nothing for a flag, ``=`` for a value that nothing completes, ``=a|b`` for choices, ``?`` for
values that only Typer knows; ``*`` where it may be given again. ``<>`` is an argument of which the same is
true. Imports nothing but the table; ``dataclasses`` alone would take longer than all that is done here.
"""

from axchat.cli.completion_table import TABLE

UNKNOWN = "?"
ARGUMENT = "<>"
_NOT_PLAIN = frozenset("'\"\\$`=")
"""Characters of words that the shell, or Typer, reads as something else."""


def answer(words: str, position: str, table: str = TABLE) -> str | None:
    """What completes a word, one candidate a line. Pure.

    Args:
        words: the line's words, as bash gives them in COMP_WORDS, white space between them.
        position: of the word to complete, as in COMP_CWORD.
        table: what is known.

    Returns:
        What Typer would answer; None where it has to be asked: files, words that are quoted, options that are
        put together (``-qy``) or unknown.
    """
    if _NOT_PLAIN & set(words) or not position.isdigit():
        return None
    typed, at = words.split(), int(position)
    current = typed[at] if at < len(typed) else ""
    found = _candidates(_sections(table), typed[1:at], current)
    return None if found is None else "\n".join(word for word in found if word.startswith(current))


def _sections(table: str) -> dict[str, list[tuple[list[str], str]]]:
    """Command to its options: their names, and what is behind them."""
    sections: dict[str, list[tuple[list[str], str]]] = {}
    command = ""
    for line in table.splitlines():
        if line.startswith(" "):
            names, _, value = line.strip().partition(" ")
            sections[command].append((names.split(","), value))
        else:
            command = line
            sections[command] = []
    return sections


def _candidates(
    sections: dict[str, list[tuple[list[str], str]]], before: list[str], current: str
) -> list[str] | None:
    """What can stand where the current word stands."""
    command, value = "axchat", ""
    given: set[str] = set()
    has_argument = False
    for word in before:
        if value or not word.startswith("-"):
            if value and word.startswith("-"):
                return None
            if not value and _below(sections, command):
                command, given = f"{command} {word}", set()
                if command not in sections:
                    return None
            elif not value:
                has_argument = True
            value = ""
            continue
        option = next((it for it in sections[command] if word in it[0]), None)
        if option is None:
            return None
        given.add(option[0][0])
        value = option[1]
    if value:
        is_known = not value.startswith(UNKNOWN) and not current.startswith("-")
        return value.strip("=*").split("|") if is_known else None
    if current.startswith("-"):
        left = (it for it in sections[command] if it[0][0] not in given or it[1].endswith("*"))
        return [name for names, _ in left for name in names]
    argument = next((value for names, value in sections[command] if names == [ARGUMENT]), None)
    if argument is None:
        return _below(sections, command)
    return None if has_argument or argument.startswith(UNKNOWN) else argument.strip("=*").split("|")


def _below(sections: dict[str, list[tuple[list[str], str]]], command: str) -> list[str]:
    """The sub-commands."""
    paths = (path.rpartition(" ") for path in sections)
    return [name for above, _, name in paths if above == command]


def let_typer_answer() -> None:
    """Make Typer know the shells' variables; without ``--show-completion`` it does not by itself."""
    from typer._completion_classes import completion_init

    completion_init()
