"""The completion script for zsh: a function a command, which hands its options to ``_arguments``."""

from collections.abc import Iterator, Sequence

from axchat.cli.command_tree import Command, Option, Value

_HEAD = """\
#compdef axchat
# Completion of axchat in zsh 5. Made by: axchat completion zsh

# Offer names of a kind, which axchat finds on the disk; files, if the second word is files; and the words.
_axchat_names() {
    local -a expl names=(${(f)"$(command axchat __names $1 2>/dev/null </dev/null)"} ${@:3})
    if [[ $2 == files ]]; then
        _alternative 'names:name:compadd -V names -a names' 'files:file:_files'
    else
        _wanted -V names expl name compadd -a names
    fi
}
"""

_TAIL = """
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _axchat "$@"
else
    compdef _axchat axchat
fi
"""


def script(commands: Sequence[Command]) -> str:
    """The script. Pure.

    Args:
        commands: all of them, from ``command_tree.read``.
    """
    by_path = {command.path: command for command in commands}
    lines = [line for command in commands for line in _function(command, by_path)]
    return _HEAD + "".join(f"{line}\n" for line in lines) + _TAIL


def _function(command: Command, by_path: dict[str, Command]) -> Iterator[str]:
    """A command's function."""
    children = [by_path[f"{command.path} {name}"] for name in command.children]
    second = {first: it for argument in command.arguments for first, it in argument.by_first.items()}
    has_states = bool(children or second)
    yield f"\n{_name(command)}() {{"
    if has_states:
        yield '    local curcontext="$curcontext" state line'
        yield "    local -A opt_args"
    specs = [spec for it in command.options for spec in _option(it)]
    if children:
        specs += ["'(-)1: :->command'", "'(-)*:: :->arguments'"]
    else:
        specs += [_argument(it) for it in command.arguments]
    yield f"    _arguments -s -S{' -C' if has_states else ''} : \\"
    yield " \\\n".join(f"        {spec}" for spec in specs)
    if children:
        yield "    case $state in\n    command)\n        local -a subcommands=("
        yield from (f"            {_quoted(f'{it.name}:{it.help}')}" for it in children)
        yield "        )\n        _describe command subcommands\n        ;;"
        yield "    arguments)\n        case $line[1] in"
        yield from (f"        {it.name}) {_name(it)} ;;" for it in children)
        yield "        esac\n        ;;\n    esac"
    if second:
        yield "    [[ $state == second ]] && case $line[1] in"
        for first, it in second.items():
            if it.value is not Value.FREE:
                yield f"    {first}) _arguments : '*{_value(it)}' ;;"
        yield "    esac"
    yield "}"


def _name(command: Command) -> str:
    return "_" + command.path.replace(" ", "_")


def _option(it: Option) -> Iterator[str]:
    """A specification for each of its names; one that is given excludes the others, or may come again."""
    before = "*" if it.is_repeatable else f"({' '.join(it.names)})"
    for name in it.names:
        # = or + : the value is the next word, or behind = or the letter
        mark = "" if it.value is Value.NONE else "=" if name.startswith("--") else "+"
        yield _quoted(f"{before}{name}{mark}[{_escaped(it.help)}]{_value(it)}")


def _argument(it: Option) -> str:
    if it.by_first:
        return _quoted(f":{_escaped(it.label)}:->second")
    return _quoted(f"{'*' if it.is_repeatable else ''}{_value(it)}")


def _value(it: Option) -> str:
    return "" if it.value is Value.NONE else f":{_escaped(it.label)}:{_action(it)}"


def _action(it: Option) -> str:
    words = " ".join(it.choices)
    if it.named or (it.value is Value.FILE and words):  # a space: zsh adds no options of its own
        files = "files" if it.value is Value.FILE else "none"
        return f" _axchat_names {it.named or 'none'} {files} {words}".rstrip()
    # no words rather than a message, beside which zsh lists the only option instead of inserting it
    return {Value.FILE: "_files", Value.CHOICE: f"({words})"}.get(it.value, "( )")


def _escaped(text: str) -> str:
    """Text in a specification."""
    for character in "\\[]:":
        text = text.replace(character, f"\\{character}")
    return text


def _quoted(text: str) -> str:
    escaped = text.replace("'", "'\\''")
    return f"'{escaped}'"
