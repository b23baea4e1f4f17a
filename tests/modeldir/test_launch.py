"""Argument lists of runners that stay loaded."""

import pytest

from axchat.errors import ModelError, UsageError
from axchat.modeldir.launch import axllm_plan, plan, post_config
from axchat.modeldir.script import parse_script

LEGACY = """\
./main_axcl_x86 --template_filename_axmodel "qwen/l%d.axmodel" --axmodel_num 28 --tokenizer_type 2 \\
--filename_tokenizer_model "http://127.0.0.1:12345" --bos 0 --eos 0 \\
--filename_post_axmodel "qwen/post.axmodel" \\
--live_print 0 --continue 0 --prompt "$1"
"""
CONTEXT = """\
./main_axcl_x86 --system_prompt "You are Qwen." --kvcache_path "./kvcache" --axmodel_num 28 \\
--filename_post_axmodel "./post.axmodel" \\
--tokenizer_type 2 --url_tokenizer_model "http://127.0.0.1:12345" \\
--post_config_path "post_config.json" --devices 0
"""
URL = "http://127.0.0.1:4711"


def options_of(argv: tuple[str, ...]) -> dict[str, str]:
    """Flag to value."""
    return dict(zip(argv[1::2], argv[2::2], strict=True))


def test_a_legacy_script_becomes_a_session() -> None:
    """It asks for prompts, prints as it goes, answers nothing first, and calls our tokenizer."""
    planned = plan(parse_script(LEGACY), "/models/qwen")
    argv = planned.with_tokenizer(URL)

    assert argv[0] == "./main_axcl_x86"
    options = options_of(argv)
    assert options["--filename_tokenizer_model"] == URL
    assert (options["--continue"], options["--live_print"], options["--prompt"]) == ("1", "1", "")
    assert options["--template_filename_axmodel"] == "qwen/l%d.axmodel"


def test_a_local_tokenizer_is_replaced_by_ours() -> None:
    """Whatever type the script names, the runner calls a server, and adds no ids of its own."""
    script = LEGACY.replace("--tokenizer_type 2", "--tokenizer_type 3").replace("--bos 0", "--bos 1")
    options = options_of(
        plan(parse_script(script.replace("http://127.0.0.1:12345", "tokenizer.model")), "/m").with_tokenizer(
            URL
        )
    )

    assert (options["--tokenizer_type"], options["--bos"]) == ("2", "0")
    assert options["--filename_tokenizer_model"] == URL


def test_a_private_start_has_absolute_paths() -> None:
    """Started elsewhere, every file is named in full, and the sampling file is the one beside it."""
    planned = plan(parse_script(CONTEXT), "/models/qwen", is_private=True)
    options = options_of(planned.argv)

    assert planned.argv[0] == "/models/qwen/main_axcl_x86"
    assert options["--filename_post_axmodel"] == "/models/qwen/post.axmodel"
    assert options["--post_config_path"] == "post_config.json"
    assert options["--system_prompt"] == "You are Qwen."
    assert "--continue" not in options


def test_a_cache_file_of_somebody_else_is_not_loaded() -> None:
    """Its tokens are not known, so the runner gets no path to one."""
    assert "--kvcache_path" not in plan(parse_script(CONTEXT), "/m").argv


def test_other_programs_are_refused() -> None:
    """A script for the HTTP server starts no console runner."""
    with pytest.raises(ModelError, match="HTTP server, no console runner"):
        plan(parse_script(CONTEXT.replace("main_axcl_x86", "main_api_axcl_x86")), "/m")


def test_a_script_without_a_tokenizer_is_refused() -> None:
    """There is no option to hand ours over."""
    with pytest.raises(ModelError, match="names no tokenizer"):
        plan(parse_script('./main_axcl_x86 --axmodel_num 2 --prompt "$1"'), "/m")


def test_the_chosen_card_replaces_the_scripts() -> None:
    """Also for a private start; without a choice the script's cards stay."""
    script = parse_script(CONTEXT.replace("--devices 0", "--devices 0,1"))
    assert options_of(plan(script, "/m").argv)["--devices"] == "0,1"
    for is_private in (False, True):
        assert options_of(plan(script, "/m", is_private=is_private, device=1).argv)["--devices"] == "1"
    with pytest.raises(UsageError, match="first card only"):
        plan(parse_script(LEGACY), "/m", device=1)


def test_axllm_gets_the_directory() -> None:
    """Its tokenizer is inside, and its directory is an argument."""
    planned = axllm_plan("/usr/bin/axllm", "/models/q")

    assert planned.argv == ("/usr/bin/axllm", "run", "/models/q")
    assert planned.with_tokenizer(URL) == planned.argv


class TestPostConfig:
    """Sampling values as the runner reads them."""

    def test_a_chosen_value_is_switched_on(self) -> None:
        """Everything that was not chosen stays the directory's."""
        own = {"enable_temperature": False, "temperature": 0.9, "penalty_window": 20}

        assert post_config(own, {"temperature": 0.2}) == {
            "enable_temperature": True,
            "temperature": 0.2,
            "penalty_window": 20,
        }

    def test_a_temperature_of_zero_is_the_likeliest_token(self) -> None:
        """The runner would divide by it; top_k 1 is what the vendor ships for greedy models."""
        values = post_config({"enable_top_p_sampling": True, "temperature": 0.9}, {"temperature": 0})

        assert values["enable_temperature"] is False
        assert (values["enable_top_k_sampling"], values["top_k"]) == (True, 1)
        assert values["enable_top_p_sampling"] is False

    def test_a_chosen_top_k_is_not_overruled(self) -> None:
        """With both switched on the runner uses top_p, so the one that was not chosen goes off."""
        values = post_config({"enable_top_p_sampling": True, "top_p": 0.8}, {"top_k": 5})

        assert values["enable_top_p_sampling"] is False
        assert (values["enable_top_k_sampling"], values["top_k"]) == (True, 5)
