"""The completion script for fish: one ``complete`` a sub-command, option or argument, with its help."""

from collections.abc import Iterator, Sequence

from axchat.cli.command_tree import Command, Option, Value

_HEAD = """\
# Completion of axchat in fish 3.1 or later. Made by: axchat completion fish

function __axchat_at --description 'Whether the words before the cursor lead to this command'
    set -l command axchat
    set -l is_value 0
    for word in (commandline -opc)[2..-1]
        if test $is_value = 1
            set is_value 0
            continue
        end
        switch "$command $word"
"""

_WALK = """\
                set command "$command $word"
"""

_TAIL = """\
                set is_value 1
        end
    end
    test "$command" = "$argv"
end

complete -c axchat -f
"""


def script(commands: Sequence[Command]) -> str:
    """The script. Pure.

    Args:
        commands: all of them, from ``command_tree.read``.
    """
    by_path = {command.path: command for command in commands}
    groups = [command for command in commands if command.children]
    steps = [f"'{group.path} {child}'" for group in groups for child in group.children]
    with_values = [
        f"'{group.path} {name}'"
        for group in groups
        for it in group.options
        if it.value is not Value.NONE
        for name in it.names
    ]
    walk = f"{_cases(steps)}{_WALK}{_cases(with_values)}"
    lines = [line for command in commands for line in _lines(command, by_path)]
    return f"{_HEAD}{walk}{_TAIL}" + "".join(f"{line}\n" for line in lines)


def _cases(words: Sequence[str]) -> str:
    return f"            case {' '.join(words)}\n"


def _lines(command: Command, by_path: dict[str, Command]) -> Iterator[str]:
    """What is completed behind a command."""
    start = f"complete -c axchat -n '__axchat_at {command.path}'"
    for child in command.children:
        yield f"{start} -a {child} -d {_quoted(by_path[f'{command.path} {child}'].help)}"
    for it in command.options:
        yield f"{start} {' '.join(map(_spelt, it.names))}{_value(it)} -d {_quoted(it.help)}"
    for it in command.arguments[:1]:
        if it.value in (Value.CHOICE, Value.FILE):
            yield f"{start}{_value(it)}"


def _spelt(name: str) -> str:
    """An option as ``complete`` takes it: long, short, or long behind one dash."""
    if name.startswith("--"):
        return f"-l {name[2:]}"
    return f"-s {name[1:]}" if len(name) == 2 else f"-o {name[1:]}"


def _value(it: Option) -> str:
    is_option = bool(it.names)
    if it.value is Value.CHOICE:
        return f"{' -x' if is_option else ''} -a {_quoted(' '.join(it.choices))}"
    if it.value is Value.FILE:
        return " -r -F" if is_option else " -F"
    return " -x" if it.value is Value.FREE else ""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
