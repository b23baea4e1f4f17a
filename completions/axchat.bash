# Completion of axchat in bash 4.4 or later. Made by: axchat completion bash

# What may stand behind a command: its sub-commands, its options, and what its arguments are. <file> stands
# for paths, another word in <> for names that axchat finds on the disk.
_axchat_command() {
    case $1 in
    "axchat")
        subcommands="run chat serve load ps stop bench doctor models history config completion"
        options="--version -V --debug --help -h"
        arguments=() thereafter=""
        ;;
    "axchat run")
        subcommands=""
        options="--file -f --model -m --engine -e --device --system -s --continue -c --resume --schema --max-tokens --temperature --top-p --top-k --seed --stop --image --timeout --json --events --extract -x --no-stream --plain --stats --strict --once --keep-alive --quiet -q --yes -y --help -h"
        arguments=() thereafter="<free>"
        ;;
    "axchat chat")
        subcommands=""
        options="--model -m --engine -e --device --system -s --continue -c --resume --save --no-save --plain --max-tokens --temperature --top-p --top-k --seed --stop --timeout --once --keep-alive --quiet -q --yes -y --help -h"
        arguments=() thereafter=""
        ;;
    "axchat serve")
        subcommands=""
        options="--model -m --engine -e --host --port --device --keep-alive --key-file --insecure --print-systemd --quiet -q --yes -y --help -h"
        arguments=() thereafter=""
        ;;
    "axchat load")
        subcommands=""
        options="--model -m --engine -e --device --keep-alive --timeout --quiet -q --yes -y --help -h"
        arguments=() thereafter=""
        ;;
    "axchat ps")
        subcommands=""
        options="--device --json --help -h"
        arguments=() thereafter=""
        ;;
    "axchat stop")
        subcommands=""
        options="--now --device --quiet -q --help -h"
        arguments=() thereafter=""
        ;;
    "axchat bench")
        subcommands="compare list"
        options="--model -m --engine -e --device --n-prompt -p --n-gen -n -pg --n-depth -d --prompt --repetitions -r --warm-up --no-warmup --delay --seed --timeout --output -o --save --overwrite --plot --once --quiet -q --yes -y --help -h"
        arguments=() thereafter=""
        ;;
    "axchat bench compare")
        subcommands=""
        options="--threshold --output -o --plot --help -h"
        arguments=("<benches> <file>" "<benches> <file>") thereafter=""
        ;;
    "axchat bench list")
        subcommands=""
        options="--help -h"
        arguments=() thereafter=""
        ;;
    "axchat doctor")
        subcommands=""
        options="--explain --model -m --engine -e --only --skip --bundle --fix --verbose -v --json --help -h"
        arguments=() thereafter="<free>"
        ;;
    "axchat models")
        subcommands="list known show pull verify scan add alias default fit rm"
        options="--help -h"
        arguments=() thereafter=""
        ;;
    "axchat models list")
        subcommands=""
        options="--json --help -h"
        arguments=() thereafter=""
        ;;
    "axchat models known")
        subcommands=""
        options="--json --help -h"
        arguments=("qwen3-0.6b qwen3-1.7b qwen3-4b qwen2.5-1.5b-instruct qwen2.5-1.5b-instruct-gptq-int4 qwen2.5-7b-instruct qwen2.5-7b-instruct-gptq-int4 deepseek-r1-distill-qwen-1.5b-gptq-int4 deepseek-r1-distill-qwen-7b-gptq-int4 minicpm4-0.5b smollm2-360m-instruct gemma-4-e2b-it gemma-4-e2b-it-gptq-int4") thereafter=""
        ;;
    "axchat models show")
        subcommands=""
        options="--json --help -h"
        arguments=("<models> smollm2 qwen3-0.6b qwen3-1.7b qwen3-4b qwen2.5-1.5b-instruct qwen2.5-1.5b-instruct-gptq-int4 qwen2.5-7b-instruct qwen2.5-7b-instruct-gptq-int4 deepseek-r1-distill-qwen-1.5b-gptq-int4 deepseek-r1-distill-qwen-7b-gptq-int4 minicpm4-0.5b smollm2-360m-instruct gemma-4-e2b-it gemma-4-e2b-it-gptq-int4 <file>") thereafter=""
        ;;
    "axchat models pull")
        subcommands=""
        options="--revision --to --include --exclude --file --arch --dry-run -n --yes -y --quiet -q --help -h"
        arguments=("smollm2 AXERA-TECH/Qwen3-0.6B AXERA-TECH/Qwen3-1.7B AXERA-TECH/Qwen3-4B AXERA-TECH/Qwen2.5-1.5B-Instruct AXERA-TECH/Qwen2.5-1.5B-Instruct-GPTQ-Int4 AXERA-TECH/Qwen2.5-7B-Instruct AXERA-TECH/Qwen2.5-7B-Instruct-GPTQ-Int4 AXERA-TECH/DeepSeek-R1-Distill-Qwen-1.5B-GPTQ-Int4 AXERA-TECH/DeepSeek-R1-Distill-Qwen-7B-GPTQ-Int4 AXERA-TECH/MiniCPM4-0.5B AXERA-TECH/SmolLM2-360M-Instruct AXERA-TECH/gemma-4-E2B-it AXERA-TECH/gemma-4-E2B-it-GPTQ-INT4") thereafter=""
        ;;
    "axchat models verify")
        subcommands=""
        options="--repo --offline --json --quiet -q --help -h"
        arguments=("smollm2 AXERA-TECH/Qwen3-0.6B AXERA-TECH/Qwen3-1.7B AXERA-TECH/Qwen3-4B AXERA-TECH/Qwen2.5-1.5B-Instruct AXERA-TECH/Qwen2.5-1.5B-Instruct-GPTQ-Int4 AXERA-TECH/Qwen2.5-7B-Instruct AXERA-TECH/Qwen2.5-7B-Instruct-GPTQ-Int4 AXERA-TECH/DeepSeek-R1-Distill-Qwen-1.5B-GPTQ-Int4 AXERA-TECH/DeepSeek-R1-Distill-Qwen-7B-GPTQ-Int4 AXERA-TECH/MiniCPM4-0.5B AXERA-TECH/SmolLM2-360M-Instruct AXERA-TECH/gemma-4-E2B-it AXERA-TECH/gemma-4-E2B-it-GPTQ-INT4 <file>") thereafter=""
        ;;
    "axchat models scan")
        subcommands=""
        options="--add --json --help -h"
        arguments=() thereafter="<file>"
        ;;
    "axchat models add")
        subcommands=""
        options="--name -n --help -h"
        arguments=("<file>") thereafter=""
        ;;
    "axchat models alias")
        subcommands=""
        options="--rm --help -h"
        arguments=("<free>" "<models>") thereafter=""
        ;;
    "axchat models default")
        subcommands=""
        options="--json --help -h"
        arguments=("<models> smollm2 <file>") thereafter=""
        ;;
    "axchat models fit")
        subcommands=""
        options="--free --json --help -h"
        arguments=("<models> qwen3-0.6b qwen3-1.7b qwen3-4b qwen2.5-1.5b-instruct qwen2.5-1.5b-instruct-gptq-int4 qwen2.5-7b-instruct qwen2.5-7b-instruct-gptq-int4 deepseek-r1-distill-qwen-1.5b-gptq-int4 deepseek-r1-distill-qwen-7b-gptq-int4 minicpm4-0.5b smollm2-360m-instruct gemma-4-e2b-it gemma-4-e2b-it-gptq-int4 <file>") thereafter=""
        ;;
    "axchat models rm")
        subcommands=""
        options="--files --yes -y --help -h"
        arguments=("<own-names> smollm2") thereafter=""
        ;;
    "axchat history")
        subcommands="list show search export rm import aside"
        options="--help -h"
        arguments=() thereafter=""
        ;;
    "axchat history list")
        subcommands=""
        options="--limit --json --help -h"
        arguments=() thereafter=""
        ;;
    "axchat history show")
        subcommands=""
        options="--help -h"
        arguments=("<conversations>") thereafter=""
        ;;
    "axchat history search")
        subcommands=""
        options="--limit --json --help -h"
        arguments=() thereafter="<free>"
        ;;
    "axchat history export")
        subcommands=""
        options="--format --output -o --force --help -h"
        arguments=("<conversations>") thereafter=""
        ;;
    "axchat history rm")
        subcommands=""
        options="--yes -y --help -h"
        arguments=() thereafter="<conversations>"
        ;;
    "axchat history import")
        subcommands=""
        options="--help -h"
        arguments=("<file>") thereafter=""
        ;;
    "axchat history aside")
        subcommands=""
        options="--help -h"
        arguments=() thereafter=""
        ;;
    "axchat config")
        subcommands="show path get check set unset edit migrate"
        options="--json --path --help -h"
        arguments=() thereafter=""
        ;;
    "axchat config show")
        subcommands=""
        options="--origin --model -m --json --help -h"
        arguments=() thereafter=""
        ;;
    "axchat config path")
        subcommands=""
        options="--help -h"
        arguments=() thereafter=""
        ;;
    "axchat config get")
        subcommands=""
        options="--model -m --help -h"
        arguments=("model engine system device timeout_s cpu.threads cpu.context keep_alive holder socket history_tokens axllm.program tokenizer.start tokenizer.python chat.keys chat.thoughts history.keep history.run history.path serve.max_queue serve.max_wait_s serve.key_file serve.origins serve.any_model serve.reasoning openai.url openai.model openai.key_file") thereafter=""
        ;;
    "axchat config check")
        subcommands=""
        options="--help -h"
        arguments=() thereafter=""
        ;;
    "axchat config set")
        subcommands=""
        options="--system --help -h"
        arguments=("model engine system device timeout_s cpu.threads cpu.context keep_alive holder socket history_tokens axllm.program tokenizer.start tokenizer.python chat.keys chat.thoughts history.keep history.run history.path serve.max_queue serve.max_wait_s serve.key_file serve.origins serve.any_model serve.reasoning openai.url openai.model openai.key_file" "<free>") thereafter=""
        ;;
    "axchat config unset")
        subcommands=""
        options="--system --help -h"
        arguments=("model engine system device timeout_s cpu.threads cpu.context keep_alive holder socket history_tokens axllm.program tokenizer.start tokenizer.python chat.keys chat.thoughts history.keep history.run history.path serve.max_queue serve.max_wait_s serve.key_file serve.origins serve.any_model serve.reasoning openai.url openai.model openai.key_file") thereafter=""
        ;;
    "axchat config edit")
        subcommands=""
        options="--system --help -h"
        arguments=() thereafter=""
        ;;
    "axchat config migrate")
        subcommands=""
        options="--system --help -h"
        arguments=() thereafter=""
        ;;
    "axchat completion")
        subcommands=""
        options="--help -h"
        arguments=("bash zsh fish") thereafter=""
        ;;
    esac
}

# What the value of an option is; nothing for a flag, <free> for what no shell knows.
_axchat_value() {
    case $1 in
    "axchat run --file" | "axchat run -f" | "axchat run --schema" | "axchat run --image") value="<file>" ;;
    "axchat run --model" | "axchat run -m") value="<models> smollm2 <file>" ;;
    "axchat run --engine" | "axchat run -e") value="auto cpu session script axllm-serve vendor-api openai scripted" ;;
    "axchat run --device" | "axchat run --system" | "axchat run -s" | "axchat run --max-tokens" | "axchat run --temperature" | "axchat run --top-p" | "axchat run --top-k" | "axchat run --seed" | "axchat run --stop" | "axchat run --timeout" | "axchat run --keep-alive") value="<free>" ;;
    "axchat run --resume") value="<conversations>" ;;
    "axchat run --extract" | "axchat run -x") value="code last" ;;
    "axchat chat --model" | "axchat chat -m") value="<models> smollm2 <file>" ;;
    "axchat chat --engine" | "axchat chat -e") value="auto cpu session script axllm-serve vendor-api openai scripted" ;;
    "axchat chat --device" | "axchat chat --system" | "axchat chat -s" | "axchat chat --max-tokens" | "axchat chat --temperature" | "axchat chat --top-p" | "axchat chat --top-k" | "axchat chat --seed" | "axchat chat --stop" | "axchat chat --timeout" | "axchat chat --keep-alive") value="<free>" ;;
    "axchat chat --resume") value="<conversations>" ;;
    "axchat serve --model" | "axchat serve -m") value="<models> smollm2 <file>" ;;
    "axchat serve --engine" | "axchat serve -e") value="auto cpu session script axllm-serve vendor-api openai scripted" ;;
    "axchat serve --host" | "axchat serve --port" | "axchat serve --device" | "axchat serve --keep-alive") value="<free>" ;;
    "axchat serve --key-file") value="<file>" ;;
    "axchat serve --print-systemd") value="user system" ;;
    "axchat load --model" | "axchat load -m") value="<models> smollm2 <file>" ;;
    "axchat load --engine" | "axchat load -e") value="auto cpu session script axllm-serve vendor-api openai scripted" ;;
    "axchat load --device" | "axchat load --keep-alive" | "axchat load --timeout") value="<free>" ;;
    "axchat ps --device") value="<free>" ;;
    "axchat stop --device") value="<free>" ;;
    "axchat bench --model" | "axchat bench -m") value="<models> smollm2 <file>" ;;
    "axchat bench --engine" | "axchat bench -e") value="auto cpu session script axllm-serve vendor-api openai scripted" ;;
    "axchat bench --device" | "axchat bench --n-prompt" | "axchat bench -p" | "axchat bench --n-gen" | "axchat bench -n" | "axchat bench -pg" | "axchat bench --n-depth" | "axchat bench -d" | "axchat bench --prompt" | "axchat bench --repetitions" | "axchat bench -r" | "axchat bench --warm-up" | "axchat bench --delay" | "axchat bench --seed" | "axchat bench --timeout") value="<free>" ;;
    "axchat bench --output" | "axchat bench -o") value="table md csv json jsonl" ;;
    "axchat bench --save") value="<benches>" ;;
    "axchat bench --plot") value="<file>" ;;
    "axchat bench compare --threshold") value="<free>" ;;
    "axchat bench compare --output" | "axchat bench compare -o") value="table json" ;;
    "axchat bench compare --plot") value="<file>" ;;
    "axchat doctor --model" | "axchat doctor -m") value="<models> smollm2 <file>" ;;
    "axchat doctor --engine" | "axchat doctor -e") value="auto cpu session script axllm-serve vendor-api openai scripted" ;;
    "axchat doctor --only" | "axchat doctor --skip") value="host pci driver card model cpu axchat host.machine host.page-size host.container host.selinux host.suspend host.power host.iommu host.memory host.secure-boot pci.pi5-port pci.device pci.link pci.interrupts pci.pi5-msi pci.driver driver.package driver.build driver.vermagic driver.path driver.modules driver.versions driver.crash driver.firmware card.handshake driver.nodes card.ports card.heartbeat card.answers card.temperature card.last-run card.holders card.memory model.memory model.directory model.files model.script-unusable model.file-missing model.empty-file model.empty-config model.lfs-pointer model.truncated model.incomplete model.unreadable model.wrong-kind model.bad-template model.leaves-directory model.runner-missing model.not-executable model.not-a-program model.wrong-machine model.noexec model.libraries model.glibc model.tokenizer-port model.tokenizer cpu.package cpu.libgomp cpu.instructions cpu.model host.runtime-log host.port-8000 host.proxy axchat.holder axchat.runtime-folder axchat.other-users axchat.config axchat.storage" ;;
    "axchat doctor --bundle") value="<file>" ;;
    "axchat models pull --revision" | "axchat models pull --include" | "axchat models pull --exclude") value="<free>" ;;
    "axchat models pull --to" | "axchat models pull --file") value="<file>" ;;
    "axchat models pull --arch") value="aarch64 x86_64" ;;
    "axchat models verify --repo") value="<free>" ;;
    "axchat models add --name" | "axchat models add -n") value="<free>" ;;
    "axchat models alias --rm") value="<aliases>" ;;
    "axchat models fit --free") value="<free>" ;;
    "axchat history list --limit") value="<free>" ;;
    "axchat history search --limit") value="<free>" ;;
    "axchat history export --format") value="md json" ;;
    "axchat history export --output" | "axchat history export -o") value="<file>" ;;
    "axchat config show --model" | "axchat config show -m") value="<models> smollm2 <file>" ;;
    "axchat config get --model" | "axchat config get -m") value="<models> smollm2 <file>" ;;
    esac
}

# What a second argument is that depends on the first.
_axchat_second() {
    case $1 in
    "axchat config set model") arguments[1]="<models> smollm2 <file>" ;;
    "axchat config set engine") arguments[1]="auto cpu session script axllm-serve vendor-api openai scripted" ;;
    "axchat config set holder") arguments[1]="true false" ;;
    "axchat config set socket") arguments[1]="<file>" ;;
    "axchat config set axllm.program") arguments[1]="<file>" ;;
    "axchat config set tokenizer.start") arguments[1]="true false" ;;
    "axchat config set tokenizer.python") arguments[1]="<file>" ;;
    "axchat config set chat.keys") arguments[1]="emacs vi" ;;
    "axchat config set chat.thoughts") arguments[1]="show hide off" ;;
    "axchat config set history.keep") arguments[1]="true false" ;;
    "axchat config set history.run") arguments[1]="true false" ;;
    "axchat config set history.path") arguments[1]="<file>" ;;
    "axchat config set serve.key_file") arguments[1]="<file>" ;;
    "axchat config set serve.any_model") arguments[1]="true false" ;;
    "axchat config set serve.reasoning") arguments[1]="split inline" ;;
    "axchat config set openai.key_file") arguments[1]="<file>" ;;
    esac
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
