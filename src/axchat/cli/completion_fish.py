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
        spelt = " ".join(map(_spelt, it.names))
        yield f"{start} {spelt}{_value(it)} -d {_quoted(it.help)}"
        yield from (f"{start} {spelt}{names}" for names in _names(it))
    for number, it in enumerate(command.arguments):
        at = start if it.is_repeatable else _start(f'"{command.path}" {number}')
        yield from (f"{at}{stands}" for stands in (_value(it), *_names(it)) if stands)
        for first, second in it.by_first.items():
            at = _start(f'"{command.path}" {number} {first}')
            yield from (f"{at}{stands}" for stands in (_value(second), *_names(second)) if stands)


def _start(where: str) -> str:
    return f"complete -c axchat -n '__axchat_at {where}'"


def _spelt(name: str) -> str:
    """An option as ``complete`` takes it: long, short, or long behind one dash."""
    if name.startswith("--"):
        return f"-l {name[2:]}"
    return f"-s {name[1:]}" if len(name) == 2 else f"-o {name[1:]}"


def _value(it: Option) -> str:
    """What stands there and never changes: files or none, and words."""
    return _kind(it) + (f" -a {_quoted(' '.join(it.choices))}" if it.choices else "")


def _names(it: Option) -> Iterator[str]:
    """Names on the disk, in the order in which axchat tells them; on their own, for it may be absent."""
    if it.named:
        yield f"{_kind(it)} -k -a '(command axchat __names {it.named} 2>/dev/null </dev/null)'"


def _kind(it: Option) -> str:
    if it.value is Value.NONE:
        return ""
    files = " -F" if it.value is Value.FILE else ""
    return files if not it.names else f" -r{files}" if files else " -x"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
