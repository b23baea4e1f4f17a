"""Run scripts as values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.errors import ModelError
from axchat.modeldir.script import Dialect, parse_script

LEGACY = """\
./main_axcl_aarch64 \\
--template_filename_axmodel "qwen2.5-1.5b-ax650/qwen2_p128_l%d_together.axmodel" \\
--axmodel_num 28 \\
--tokenizer_type 2 \\
--filename_tokenizer_model "http://127.0.0.1:12345" \\
--bos 0 --eos 0 \\
--filename_post_axmodel "qwen2.5-1.5b-ax650/qwen2_post.axmodel" \\
--filename_tokens_embed "qwen2.5-1.5b-ax650/model.embed_tokens.weight.bfloat16.bin" \\
--tokens_embed_num 151936 \\
--tokens_embed_size 1536 \\
--use_mmap_load_embed 1 \\
--live_print 1 \\
--continue 1 \\
--prompt "$1"
"""

CONTEXT = """\
#!/bin/bash
./main_axcl_x86 --system_prompt "You are Qwen, a helpful assistant." --kvcache_path "./kvcache" \\
    --template_filename_axmodel "qwen-ctx-ax650/l%d.axmodel" --axmodel_num 28 --tokenizer_type 2 \\
    --url_tokenizer_model "http://localhost:12300" --live_print 0 --devices 0
"""


def test_a_legacy_script_is_read() -> None:
    """Runner, options, prompt place, tokenizer address and dialect of the legacy form."""
    command = parse_script(LEGACY)
    assert command.runner == "./main_axcl_aarch64"
    assert list(command.options)[:2] == ["--template_filename_axmodel", "--axmodel_num"]
    assert command.options["--eos"] == "0"
    assert command.parameters == {1: "--prompt"}
    assert command.prompt_option == "--prompt"
    assert command.tokenizer == (
        "--filename_tokenizer_model",
        "http://127.0.0.1:12345",
        "127.0.0.1",
        12345,
    )
    assert command.dialect is Dialect.LEGACY
    assert (command.live_print, command.continues) == (True, True)


def test_a_context_script_is_read() -> None:
    """The context form has a system prompt, its own tokenizer option and no script argument."""
    command = parse_script(CONTEXT)
    assert command.options["--system_prompt"] == "You are Qwen, a helpful assistant."
    assert command.dialect is Dialect.CONTEXT
    assert command.prompt_option is None
    assert (command.live_print, command.continues) == (False, None)
    assert command.tokenizer is not None
    assert (command.tokenizer.host, command.tokenizer.port) == ("localhost", 12300)


def test_the_argument_list_fills_in_and_replaces() -> None:
    """Script arguments become empty, changes replace or add options, everything else stays in order."""
    command = parse_script(LEGACY)
    argv = command.argv({"--live_print": "0", "--devices": "0"})
    assert argv[0] == "./main_axcl_aarch64"
    assert argv[argv.index("--prompt") + 1] == ""
    assert argv[argv.index("--live_print") + 1] == "0"
    assert argv[-2:] == ["--devices", "0"]
    assert command.argv({"--prompt": "$1 costs 5"})[-1] == "$1 costs 5"
    assert command.options["--prompt"] == "$1"


def test_arguments_inside_and_beside_the_prompt_are_told_apart() -> None:
    """A picture is the second argument, a port may be the first; only a whole $1 is the prompt."""
    command = parse_script('./main --url "http://h:$1" --prompt "$2" --image "$3"')
    assert command.parameters == {1: "--url", 2: "--prompt", 3: "--image"}
    assert command.prompt_option is None


def test_a_quoted_dollar_is_text() -> None:
    """A prompt in single quotes is not the script's argument."""
    command = parse_script("./main --prompt 'costs $1'")
    assert command.options["--prompt"] == "costs $1"
    assert command.argv()[-1] == "costs $1"


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ('./main -p "$1" --axmodel_num 1', Dialect.LEGACY),
        ("./main --url_tokenizer_model http://localhost:1 --prompt x", Dialect.LEGACY),
        ("./main_axcl_x86 --devices 0 --live_print 1", None),
        ("./main_api_axcl_x86 --system_prompt x --url_tokenizer_model http://localhost:1", None),
    ],
)
def test_the_dialect_is_guessed_from_the_options(text: str, dialect: Dialect | None) -> None:
    """A prompt option means legacy; the HTTP server and options that say nothing give None."""
    assert parse_script(text).dialect is dialect


@pytest.mark.parametrize("value", ["tokenizer.model", "qwen3_tokenizer.txt"])
def test_a_tokenizer_file_is_no_address(value: str) -> None:
    """Runners with a built-in tokenizer name a file."""
    assert parse_script(f"./main --filename_tokenizer_model {value}").tokenizer is None


def test_an_address_without_port_has_the_port_of_http() -> None:
    """Port 80 is what the runner's HTTP client takes."""
    tokenizer = parse_script("./main --url_tokenizer_model HTTP://[::1]").tokenizer
    assert tokenizer is not None
    assert (tokenizer.host, tokenizer.port) == ("::1", 80)


def test_options_may_carry_their_value_or_have_none() -> None:
    """--flag=value, --flag followed by a flag, and negative numbers are read as written."""
    command = parse_script("./main --a=1=2 --b --c -1 --d")
    assert command.options == {"--a": "1=2", "--b": "", "--c": "-1", "--d": ""}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "./main",
        "cd models\n./main --a 1",
        "python3 tokenizer.py --port 1",
        "exec ./main --a 1",
        "--a 1",
        '"" --a 1',
        "$1 --a 1",
        "./main --a 1 2",
        "./main --a ${100}",
        "./main --url_tokenizer_model http://localhost:99999999",
        "./main --url_tokenizer_model http://",
        "./main --url_tokenizer_model http://[1",
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
        "<!DOCTYPE html>\n<html></html>",
    ],
)
def test_what_is_no_runner_command_is_refused(text: str) -> None:
    """Other commands, several commands and damaged files raise ModelError."""
    with pytest.raises(ModelError):
        parse_script(text)


@given(st.text() | st.text(alphabet="./main--ab= $1\"'\\\nhttp:[]", max_size=80))
def test_any_text_gives_a_command_or_an_error(text: str) -> None:
    """Garbage is refused with a ModelError and never anything else."""
    try:
        command = parse_script(text)
    except ModelError:
        return
    assert command.runner
    assert command.argv()[0] == command.runner
