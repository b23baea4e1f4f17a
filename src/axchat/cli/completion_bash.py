"""The completion script for bash: three tables as ``case``, and a function that walks the line's words."""

from collections.abc import Iterator, Sequence

from axchat.cli.command_tree import Command, Option, Value

_HEAD = """\
# Completion of axchat in bash 4.4 or later. Made by: axchat completion bash

# What may stand behind a command: its sub-commands, its options, and what its arguments are. <file> stands
# for paths, another word in <> for names that axchat finds on the disk.
_axchat_command() {
    case $1 in
"""

_VALUES = """\
    esac
}

# What the value of an option is; nothing for a flag, <free> for what no shell knows.
_axchat_value() {
    case $1 in
"""

_SECOND = """\
    esac
}

# What a second argument is that depends on the first.
_axchat_second() {
    case $1 in
"""

_WALK = r"""    esac
}

# What the shell will make of a word that is being typed, and the quote that is open at its end; runs nothing.
_axchat_unquote() {
    local index character
    unquoted="" quote=""
    for ((index = 0; index < ${#1}; index++)); do
        character=${1:index:1}
        if [[ $quote == "'" ]]; then
            [[ $character == "'" ]] && quote="" || unquoted+=$character
        elif [[ $character == '"' ]]; then
            [[ $quote ]] && quote="" || quote='"'
        elif [[ $character == "'" && ! $quote ]]; then
            quote="'"
        elif [[ $character == "\\" && (! $quote || ${1:index+1:1} == [\"\\\$\`]) ]]; then
            ((++index))
            unquoted+=${1:index:1}
        else
            unquoted+=$character
        fi
    done
}

# Words, quoted so that the shell makes them of what is inserted behind this quote.
_axchat_reply() {
    local open=$1 word
    shift
    for word; do
        case $open in
        "'") word=${word//"'"/"'\\''"} ;;
        '"')
            word=${word//"\\"/"\\\\"} word=${word//'"'/'\"'} word=${word//'$'/'\$'} word=${word//'`'/'\`'}
            word=${word//'!'/"\"'!'\""} # it is history even there
            ;;
        *) printf -v word %q "$word" ;;
        esac
        [[ $open && $word == *"$open" ]] && word+=$open # readline adds none behind another
        COMPREPLY+=("$word")
    done
}

# Offer those of the words and files that begin as what is typed, and replace what readline replaces.
_axchat_offer() {
    local typed=$1 replaced=$2 value=$3 word file unquoted quote
    local -a known=() found=()
    for word in $value; do
        case $word in
        "<file>" | "<free>") ;;
        "<"*)
            word=${word//[<>]/}
            mapfile -t -O ${#known[@]} known < <(command axchat __names "$word" 2>/dev/null </dev/null)
            ;;
        *) known+=("$word") ;;
        esac
    done
    _axchat_unquote "${typed%"$replaced"}"
    local before=$unquoted open=$quote
    _axchat_unquote "$typed"
    for word in "${known[@]}"; do
        [[ ${word:0:${#unquoted}} == "$unquoted" ]] && found+=("${word:${#before}}")
    done
    if [[ " $value " == *" <file> "* ]]; then
        if ((!${#found[@]})); then
            compopt -o default
            return
        fi
        while IFS= read -r file; do
            [[ -d $file ]] && file+=/ && compopt -o nospace
            found+=("${file:${#before}}")
        done < <(compgen -f -- "$unquoted")
    fi
    [[ $value == "<"* ]] && compopt -o nosort
    _axchat_reply "$open" "${found[@]}"
}

_axchat() {
    local command=axchat value="" only_arguments="" word gap index count=0 IFS=$' \t\n'
    local line=${COMP_LINE:0:COMP_POINT} subcommands options thereafter
    local -a words=() arguments
    COMPREPLY=()
    # bash makes several words of one that holds = or :
    for ((index = 0; index <= COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]} gap=${line%%[![:space:]]*}
        line=${line#"$gap"}
        ((index == COMP_CWORD)) && word=$line # up to the cursor
        line=${line#"$word"}
        if [[ $gap || $index == 0 ]]; then
            words+=("$word")
        else
            words[-1]+=$word
        fi
    done
    _axchat_command "$command"
    for word in "${words[@]:1:${#words[@]}-2}"; do
        if [[ $value ]]; then
            value=""
        elif [[ ! $only_arguments && $word == -- ]]; then
            only_arguments=yes
        elif [[ ! $only_arguments && $word == -* ]]; then
            _axchat_value "$command $word"
        elif [[ ! $only_arguments && " $subcommands " == *" $word "* ]]; then
            command+=" $word"
            _axchat_command "$command"
        else
            ((count++)) || _axchat_second "$command $word"
        fi
    done
    word=${words[-1]}
    if [[ $value ]]; then
        :
    elif [[ ! $only_arguments && $word == --*=* ]]; then
        _axchat_value "$command ${word%%=*}"
        word=${word#*=}
    elif [[ ! $only_arguments && $word == -* ]]; then
        value=$options
    else
        value=${subcommands:-${arguments[count]-$thereafter}}
    fi
    _axchat_offer "$word" "$2" "$value"
}

complete -F _axchat axchat
"""


def script(commands: Sequence[Command]) -> str:
    """The script. Pure.

    Args:
        commands: all of them, from ``command_tree.read``.
    """
    known = [line for command in commands for line in _command(command)]
    values = [line for command in commands for line in _values(command)]
    second = [
        f'    "{command.path} {first}") arguments[1]="{_value(it)}" ;;'
        for command in commands
        for argument in command.arguments
        for first, it in argument.by_first.items()
        if it.value is not Value.FREE
    ]
    return f"{_HEAD}{_lines(known)}{_VALUES}{_lines(values)}{_SECOND}{_lines(second)}{_WALK}"


def _command(command: Command) -> Iterator[str]:
    """What may stand behind a command."""
    once = [_value(it) for it in command.arguments if not it.is_repeatable]
    again = [_value(it) for it in command.arguments if it.is_repeatable]
    yield f'    "{command.path}")'
    yield f'        subcommands="{" ".join(command.children)}"'
    yield f'        options="{" ".join(name for it in command.options for name in it.names)}"'
    yield f"        arguments=({' '.join(_quoted(it) for it in once)}) thereafter={_quoted(''.join(again))}"
    yield "        ;;"


def _values(command: Command) -> Iterator[str]:
    """What the values of a command's options are, those of one kind together."""
    by_value: dict[str, list[str]] = {}
    for it in command.options:
        if it.value is not Value.NONE:
            by_value.setdefault(_value(it), []).extend(f'"{command.path} {name}"' for name in it.names)
    for value, names in by_value.items():
        yield f'    {" | ".join(names)}) value="{value}" ;;'


def _value(it: Option) -> str:
    named = [f"<{it.named}>"] if it.named else []
    rest = {Value.FILE: ["<file>"], Value.FREE: [] if named else ["<free>"]}.get(it.value, [])
    return " ".join([*named, *it.choices, *rest])


def _quoted(text: str) -> str:
    return f'"{text}"'


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
