"""How the dialect is chosen before a runner starts, and how its first bytes judge the choice."""

import pytest

from axchat.console.choice import confirm, from_config, from_help, from_options, is_vision_config
from axchat.console.dialects import AXLLM, CONTEXT, LEGACY
from axchat.errors import ModelError
from support.console_replay import CAPTURES
from support.context_console import BANNER, log, start

LEGACY_START = log(b"LLM init start", function=b"Init", line=111)


@pytest.mark.parametrize(
    ("options", "dialect"),
    [
        (["--prompt", "--tokenizer_type"], LEGACY),
        (["--continue"], LEGACY),
        (["--devices", "--prompt", "--url_tokenizer_model"], LEGACY),
        (["--filename_image_encoder_axmodedl", "--devices"], LEGACY),
        (["--system_prompt", "--kvcache_path"], CONTEXT),
        (["--url_tokenizer_model", "--devices"], CONTEXT),
        (["--url_tokenizer_model", "--filename_image_encoder_axmodedl", "--devices"], LEGACY),
    ],
)
def test_options_tell_the_dialect(options: list[str], dialect: object) -> None:
    """The options of a run script belong to one protocol, whatever the program is called."""
    assert from_options(options) is dialect


def test_common_options_tell_nothing() -> None:
    """Options that several programs have are an error that lists them."""
    with pytest.raises(ModelError) as refused:
        from_options(["--devices", "--axmodel_num"])

    assert refused.value.facts == {"options": ["--axmodel_num", "--devices"]}


def test_a_recorded_help_is_a_legacy_runner() -> None:
    """The help that the real program prints lists its options."""
    assert from_help((CAPTURES / "legacy" / "32-pty-help.stderr.raw").read_text()) is LEGACY


def test_the_usage_of_axllm_is_known() -> None:
    """Its usage names its modes."""
    assert from_help("Usage:\n  axllm run <model_path>\n  axllm serve <model_path> [--port N]\n") is AXLLM


def test_a_filled_configuration_is_of_axllm() -> None:
    """Directories of its era name model and tokenizer there."""
    assert from_config({"model_name": "AXERA-TECH/Qwen3-1.7B", "tokenizer_type": "Qwen3"}) is AXLLM


@pytest.mark.parametrize("config", [{}, {"model_type": "qwen2", "architectures": []}])
def test_other_configurations_are_refused(config: dict[str, object]) -> None:
    """An empty file of older directories, or one of a training framework, is none of axllm."""
    with pytest.raises(ModelError):
        from_config(config)


@pytest.mark.parametrize(
    ("first", "found"),
    [
        (b"build time: Feb 13 2025 15:44:57\n", LEGACY),
        (LEGACY_START + BANNER + b">> ", LEGACY),
        (LEGACY_START.replace(b"\n", b"\r\n") + BANNER.replace(b"\n", b"\r\n") + b">> ", LEGACY),
        (start(), CONTEXT),
        (start(b"OpenAI API Server starting on http://x"), CONTEXT),
        (b"\x1b[32m08:45:35.615 INF Init:1773 | LLM init start\r\n", AXLLM),
        (b"08:45:35.615 INF Init:1773 | LLM init start\n", AXLLM),
        (LEGACY_START + b"tokenizer_type = 1\n", AXLLM),
        (LEGACY_START + b'"reset" to reset kvcache\n', AXLLM),
    ],
)
def test_first_bytes_prove_one_dialect_and_refute_the_others(first: bytes, found: object) -> None:
    """A line that only one program prints proves it, and the error of a wrong choice names both."""
    for dialect in (LEGACY, CONTEXT, AXLLM):
        if dialect is found:
            assert confirm(dialect, first)
            continue
        with pytest.raises(ModelError, match=f"{dialect.name}.*{found.name}") as refuted:
            confirm(dialect, first)
        assert refuted.value.exit_status == 4


@pytest.mark.parametrize("first", [b"", LEGACY_START, LEGACY_START[:20], LEGACY_START + b"bos_id: -1\n"])
def test_common_lines_leave_it_open(first: bytes) -> None:
    """Lines that several programs print prove nothing yet."""
    assert not any(confirm(dialect, first) for dialect in (LEGACY, CONTEXT, AXLLM))


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (b"Server running on port 8000...\n", "api"),
        (b"OpenAI API Server starting on http://0.0.0.0:8000\n", "serve"),
    ],
)
def test_http_servers_are_no_console(first: bytes, kind: str) -> None:
    """A program that serves HTTP is told as such."""
    with pytest.raises(ModelError, match=kind):
        confirm(CONTEXT, LEGACY_START + first)


@pytest.mark.parametrize(
    ("config", "sees"),
    [
        ({}, False),
        ({"filename_image_encoder_axmodel": "encoder.axmodel"}, False),
        ({"vlm_type": "None"}, False),
        ({"vlm_type": 0}, False),
        ({"vlm_type": None}, False),
        ({"vlm_type": "Qwen3VL"}, True),
        ({"vlm_type": 2}, True),
        ({"VLM_TYPE": "qwen2.5-vl"}, True),
        ({"vlm_type": "none", "VLM_TYPE": "Qwen3VL"}, False),
    ],
)
def test_a_configuration_tells_whether_axllm_takes_pictures(config: dict[str, object], sees: bool) -> None:
    """As the published source reads it; what it does not take it passes over without a word."""
    assert is_vision_config(config) is sees
