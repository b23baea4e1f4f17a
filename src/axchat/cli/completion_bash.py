"""The completion script for bash: two tables as ``case``, and a function that walks the line's words."""

from collections.abc import Sequence

from axchat.cli.command_tree import Command, Value

_HEAD = """\
# Completion of axchat in bash 4.4 or later. Made by: axchat completion bash

# What may stand behind a command: its sub-commands, its options, and what its arguments are.
_axchat_command() {
    case $1 in
"""

_VALUES = """\
    esac
}

# What the value of an option is: choices, or <file>, or <free>; nothing for a flag.
_axchat_value() {
    case $1 in
"""

_WALK = """\
    esac
}

_axchat() {
    local command=axchat current=${COMP_WORDS[COMP_CWORD]} value="" only_arguments="" word index
    local subcommands options argument IFS=$' \\t\\n'
    COMPREPLY=()
    _axchat_command "$command"
    for ((index = 1; index < COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        if [[ $word == "=" ]]; then # bash makes three words of --option=value
            continue
        elif [[ $value ]]; then
            value=""
        elif [[ $only_arguments ]]; then
            continue
        elif [[ $word == -- ]]; then
            only_arguments=yes
        elif [[ $word == -* ]]; then
            _axchat_value "$command $word"
        elif [[ " $subcommands " == *" $word "* ]]; then
            command+=" $word"
            _axchat_command "$command"
        fi
    done
    [[ $current == "=" ]] && current=""
    if [[ ! $value && ! $only_arguments && $current == -* ]]; then
        value=$options
    elif [[ ! $value ]]; then
        value=${subcommands:-$argument}
    fi
    case $value in
    "<free>") ;;
    "<file>") compopt -o default ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$value" -- "$current") ;;
    esac
}

complete -F _axchat axchat
"""


def script(commands: Sequence[Command]) -> str:
    """The script. Pure.

    Args:
        commands: all of them, from ``command_tree.read``.
    """
    known, values = [], []
    for command in commands:
        argument = command.arguments[0] if command.arguments else None
        known += [
            f'    "{command.path}")',
            f'        subcommands="{" ".join(command.children)}"',
            f'        options="{" ".join(name for it in command.options for name in it.names)}"',
            f'        argument="{_value(argument.value, argument.choices) if argument else "<free>"}"',
            "        ;;",
        ]
        by_value: dict[str, list[str]] = {}
        for it in command.options:
            if it.value is not Value.NONE:
                patterns = by_value.setdefault(_value(it.value, it.choices), [])
                patterns += [f'"{command.path} {name}"' for name in it.names]
        values += [f'    {" | ".join(names)}) value="{value}" ;;' for value, names in by_value.items()]
    return f"{_HEAD}{_lines(known)}{_VALUES}{_lines(values)}{_WALK}"


def _value(value: Value, choices: Sequence[str]) -> str:
    return " ".join(choices) if value is Value.CHOICE else f"<{value.name.lower()}>"


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
