"""The completion script for fish: one ``complete`` a sub-command, option or argument, with its help."""

from collections.abc import Iterator, Sequence

from axchat.cli.command_tree import Command, Option, Value

_HEAD = """\
# Completion of axchat in fish 3.1 or later. Made by: axchat completion fish

function __axchat_at --description 'Is the cursor behind this command, so many arguments, and this first one?'
    set -l command axchat
    set -l arguments
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
            case '* -*'
            case '*'
                set -a arguments $word
        end
    end
    test "$command" = "$argv[1]"
    and test (count $argv) -lt 2 -o (count $arguments) = "$argv[2]"
    and test (count $argv) -lt 3 -o "$arguments[1]" = "$argv[3]"
end

complete -c axchat -f
"""


def script(commands: Sequence[Command]) -> str:
    """The script. Pure.

    Args:
        commands: all of them, from ``command_tree.read``.
    """
    by_path = {command.path: command for command in commands}
    steps = [f"'{command.path} {child}'" for command in commands for child in command.children]
    with_values = [
        f"'{command.path} {name}'"
        for command in commands
        for it in command.options
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
    start = _start(f'"{command.path}"')
    for child in command.children:
        yield f"{start} -a {child} -d {_quoted(by_path[f'{command.path} {child}'].help)}"
    for it in command.options:
        yield f"{start} {' '.join(map(_spelt, it.names))}{_value(it)} -d {_quoted(it.help)}"
    for number, it in enumerate(command.arguments):
        at = start if it.is_repeatable else _start(f'"{command.path}" {number}')
        if it.value is not Value.FREE or it.named:
            yield f"{at}{_value(it)}"
        for first, second in it.by_first.items():
            if second.value is not Value.FREE:
                at = _start(f'"{command.path}" {number} {first}')
                yield f"{at}{_value(second)}"


def _start(where: str) -> str:
    return f"complete -c axchat -n '__axchat_at {where}'"


def _spelt(name: str) -> str:
    """An option as ``complete`` takes it: long, short, or long behind one dash."""
    if name.startswith("--"):
        return f"-l {name[2:]}"
    return f"-s {name[1:]}" if len(name) == 2 else f"-o {name[1:]}"


def _value(it: Option) -> str:
    """What stands there: files or none, words, and names in the order in which axchat tells them."""
    if it.value is Value.NONE:
        return ""
    files = " -F" if it.value is Value.FILE else ""
    takes = ("" if not it.names else " -r" if files else " -x") + files
    names = f"(command axchat __names {it.named} 2>/dev/null </dev/null)" if it.named else ""
    words = " ".join([*([names] if names else []), *it.choices])
    return takes + (" -k" if names else "") + (f" -a {_quoted(words)}" if words else "")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
