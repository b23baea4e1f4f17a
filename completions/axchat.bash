# Completion of axchat in bash 4.4 or later. Made by: axchat completion bash

# What may stand behind a command: its sub-commands, its options, and what its arguments are.
_axchat_command() {
    case $1 in
    "axchat")
        subcommands="run chat serve load ps stop bench doctor models history config completion"
        options="--version -V --debug --help -h"
        argument="<free>"
        ;;
    "axchat run")
        subcommands=""
        options="--file -f --model -m --engine -e --device --system -s --continue -c --resume --schema --max-tokens --temperature --top-p --top-k --seed --stop --image --timeout --json --events --extract -x --no-stream --plain --stats --strict --once --keep-alive --quiet -q --yes -y --help -h"
        argument="<free>"
        ;;
    "axchat chat")
        subcommands=""
        options="--model -m --engine -e --device --system -s --continue -c --resume --save --no-save --plain --max-tokens --temperature --top-p --top-k --seed --stop --timeout --once --keep-alive --quiet -q --yes -y --help -h"
        argument="<free>"
        ;;
    "axchat serve")
        subcommands=""
        options="--model -m --engine -e --host --port --device --keep-alive --key-file --insecure --print-systemd --quiet -q --yes -y --help -h"
        argument="<free>"
        ;;
    "axchat load")
        subcommands=""
        options="--model -m --engine -e --device --keep-alive --timeout --quiet -q --yes -y --help -h"
        argument="<free>"
        ;;
    "axchat ps")
        subcommands=""
        options="--device --json --help -h"
        argument="<free>"
        ;;
    "axchat stop")
        subcommands=""
        options="--now --device --quiet -q --help -h"
        argument="<free>"
        ;;
    "axchat bench")
        subcommands="compare list"
        options="--model -m --engine -e --device --n-prompt -p --n-gen -n -pg --n-depth -d --prompt --repetitions -r --warm-up --no-warmup --delay --seed --timeout --output -o --save --overwrite --plot --once --quiet -q --yes -y --help -h"
        argument="<free>"
        ;;
    "axchat bench compare")
        subcommands=""
        options="--threshold --output -o --plot --help -h"
        argument="<file>"
        ;;
    "axchat bench list")
        subcommands=""
        options="--help -h"
        argument="<free>"
        ;;
    "axchat doctor")
        subcommands=""
        options="--explain --model -m --engine -e --only --skip --bundle --fix --verbose -v --json --help -h"
        argument="<free>"
        ;;
    "axchat models")
        subcommands="pull list show add scan default alias rm fit known"
        options="--help -h"
        argument="<free>"
        ;;
    "axchat models pull")
        subcommands=""
        options="--file --yes -y --quiet -q --help -h"
        argument="smollm2"
        ;;
    "axchat models list")
        subcommands=""
        options="--json --help -h"
        argument="<free>"
        ;;
    "axchat models show")
        subcommands=""
        options="--json --help -h"
        argument="<free>"
        ;;
    "axchat models add")
        subcommands=""
        options="--name -n --help -h"
        argument="<file>"
        ;;
    "axchat models scan")
        subcommands=""
        options="--add --json --help -h"
        argument="<file>"
        ;;
    "axchat models default")
        subcommands=""
        options="--json --help -h"
        argument="<free>"
        ;;
    "axchat models alias")
        subcommands=""
        options="--rm --help -h"
        argument="<free>"
        ;;
    "axchat models rm")
        subcommands=""
        options="--files --yes -y --help -h"
        argument="<free>"
        ;;
    "axchat models fit")
        subcommands=""
        options="--free --json --help -h"
        argument="<free>"
        ;;
    "axchat models known")
        subcommands=""
        options="--json --help -h"
        argument="<free>"
        ;;
    "axchat history")
        subcommands="list show search export rm import aside"
        options="--help -h"
        argument="<free>"
        ;;
    "axchat history list")
        subcommands=""
        options="--limit --json --help -h"
        argument="<free>"
        ;;
    "axchat history show")
        subcommands=""
        options="--help -h"
        argument="<free>"
        ;;
    "axchat history search")
        subcommands=""
        options="--limit --json --help -h"
        argument="<free>"
        ;;
    "axchat history export")
        subcommands=""
        options="--format --output -o --force --help -h"
        argument="<free>"
        ;;
    "axchat history rm")
        subcommands=""
        options="--yes -y --help -h"
        argument="<free>"
        ;;
    "axchat history import")
        subcommands=""
        options="--help -h"
        argument="<file>"
        ;;
    "axchat history aside")
        subcommands=""
        options="--help -h"
        argument="<free>"
        ;;
    "axchat config")
        subcommands="show path get set check"
        options="--json --path --help -h"
        argument="<free>"
        ;;
    "axchat config show")
        subcommands=""
        options="--origin --json --help -h"
        argument="<free>"
        ;;
    "axchat config path")
        subcommands=""
        options="--help -h"
        argument="<free>"
        ;;
    "axchat config get")
        subcommands=""
        options="--help -h"
        argument="<free>"
        ;;
    "axchat config set")
        subcommands=""
        options="--help -h"
        argument="<free>"
        ;;
    "axchat config check")
        subcommands=""
        options="--help -h"
        argument="<free>"
        ;;
    "axchat completion")
        subcommands=""
        options="--help -h"
        argument="bash zsh fish"
        ;;
    esac
}

# What the value of an option is: choices, or <file>, or <free>; nothing for a flag.
_axchat_value() {
    case $1 in
    "axchat run --file" | "axchat run -f" | "axchat run --model" | "axchat run -m" | "axchat run --schema" | "axchat run --image") value="<file>" ;;
    "axchat run --engine" | "axchat run -e") value="auto cpu session script axllm-serve vendor-api openai scripted" ;;
    "axchat run --device" | "axchat run --system" | "axchat run -s" | "axchat run --resume" | "axchat run --max-tokens" | "axchat run --temperature" | "axchat run --top-p" | "axchat run --top-k" | "axchat run --seed" | "axchat run --stop" | "axchat run --timeout" | "axchat run --keep-alive") value="<free>" ;;
    "axchat run --extract" | "axchat run -x") value="code last" ;;
    "axchat chat --model" | "axchat chat -m") value="<file>" ;;
    "axchat chat --engine" | "axchat chat -e") value="auto cpu session script axllm-serve vendor-api openai scripted" ;;
    "axchat chat --device" | "axchat chat --system" | "axchat chat -s" | "axchat chat --resume" | "axchat chat --max-tokens" | "axchat chat --temperature" | "axchat chat --top-p" | "axchat chat --top-k" | "axchat chat --seed" | "axchat chat --stop" | "axchat chat --timeout" | "axchat chat --keep-alive") value="<free>" ;;
    "axchat serve --model" | "axchat serve -m" | "axchat serve --key-file") value="<file>" ;;
    "axchat serve --engine" | "axchat serve -e") value="auto cpu session script axllm-serve vendor-api openai scripted" ;;
    "axchat serve --host" | "axchat serve --port" | "axchat serve --device" | "axchat serve --keep-alive") value="<free>" ;;
    "axchat serve --print-systemd") value="user system" ;;
    "axchat load --model" | "axchat load -m") value="<file>" ;;
    "axchat load --engine" | "axchat load -e") value="auto cpu session script axllm-serve vendor-api openai scripted" ;;
    "axchat load --device" | "axchat load --keep-alive" | "axchat load --timeout") value="<free>" ;;
    "axchat ps --device") value="<free>" ;;
    "axchat stop --device") value="<free>" ;;
    "axchat bench --model" | "axchat bench -m" | "axchat bench --plot") value="<file>" ;;
    "axchat bench --engine" | "axchat bench -e") value="auto cpu session script axllm-serve vendor-api openai scripted" ;;
    "axchat bench --device" | "axchat bench --n-prompt" | "axchat bench -p" | "axchat bench --n-gen" | "axchat bench -n" | "axchat bench -pg" | "axchat bench --n-depth" | "axchat bench -d" | "axchat bench --prompt" | "axchat bench --repetitions" | "axchat bench -r" | "axchat bench --warm-up" | "axchat bench --delay" | "axchat bench --seed" | "axchat bench --timeout" | "axchat bench --save") value="<free>" ;;
    "axchat bench --output" | "axchat bench -o") value="table md csv json jsonl" ;;
    "axchat bench compare --threshold") value="<free>" ;;
    "axchat bench compare --output" | "axchat bench compare -o") value="table json" ;;
    "axchat bench compare --plot") value="<file>" ;;
    "axchat doctor --model" | "axchat doctor -m" | "axchat doctor --bundle") value="<file>" ;;
    "axchat doctor --engine" | "axchat doctor -e") value="auto cpu session script axllm-serve vendor-api openai scripted" ;;
    "axchat doctor --only" | "axchat doctor --skip") value="host pci driver card model cpu axchat host.machine host.page-size host.container host.selinux host.suspend host.power host.iommu host.memory host.secure-boot pci.pi5-port pci.device pci.link pci.interrupts pci.pi5-msi pci.driver driver.package driver.build driver.vermagic driver.path driver.modules driver.versions driver.crash driver.firmware card.handshake driver.nodes card.ports card.heartbeat card.answers card.temperature card.last-run card.holders card.memory model.memory model.directory model.files model.script-unusable model.file-missing model.empty-file model.empty-config model.lfs-pointer model.truncated model.incomplete model.unreadable model.wrong-kind model.bad-template model.leaves-directory model.runner-missing model.not-executable model.not-a-program model.wrong-machine model.noexec model.libraries model.glibc model.tokenizer-port model.tokenizer cpu.package cpu.libgomp cpu.instructions cpu.model host.runtime-log host.port-8000 host.proxy axchat.holder axchat.runtime-folder axchat.other-users axchat.config axchat.storage" ;;
    "axchat models pull --file") value="<file>" ;;
    "axchat models add --name" | "axchat models add -n") value="<free>" ;;
    "axchat models alias --rm") value="<free>" ;;
    "axchat models fit --free") value="<free>" ;;
    "axchat history list --limit") value="<free>" ;;
    "axchat history search --limit") value="<free>" ;;
    "axchat history export --format") value="md json" ;;
    "axchat history export --output" | "axchat history export -o") value="<file>" ;;
    esac
}

_axchat() {
    local command=axchat current=${COMP_WORDS[COMP_CWORD]} value="" only_arguments="" word index
    local subcommands options argument IFS=$' \t\n'
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
