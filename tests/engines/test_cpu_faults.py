"""What went wrong in llama.cpp's process, from its exit status and log."""

import signal
from pathlib import Path

import pytest

from axchat.engines.cpu_faults import died_answering, died_loading, reason_in, refused
from axchat.errors import AxchatError, EngineUnavailable, ModelError, RunnerFailed

# As llama.cpp of xllamacpp 2026.10.11549 logged them.
NOT_WITHIN = "tensor 'blk.16.ffn_down.weight' data is not within the file bounds, model is corrupted"
TRUNCATED = [
    f"0.00.033.957 E llama_model_load: error loading model: {NOT_WITHIN}",
    "0.00.033.989 E llama_model_load_from_file_impl: failed to load model",
    "0.00.033.994 E cmn  common_init_: failed to load model 'trunc.gguf'",
]
GARBAGE = [
    "0.00.004.799 E read: string length 18446744069414584322 exceeds maximum 1073741824",
    "0.00.004.913 E gguf_init_from_reader: failed to read key-value pairs",
]
CAPPED = [
    "0.01.621.727 W srv    load_model: the slot context (16384) exceeds the training context of the model"
]
NO_MEMORY = "insufficient memory (attempted to allocate  90.00 MB)"
MODEL = Path("/m/x.gguf")


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (TRUNCATED, NOT_WITHIN),
        (GARBAGE, "string length 18446744069414584322 exceeds maximum 1073741824"),
        ([*CAPPED, "0.00.00 E srv    init: no room"], "no room"),
        (["terminate called", ""], "terminate called"),
        (CAPPED, None),
        ([], None),
    ],
)
def test_the_telling_line(log: list[str], reason: str | None) -> None:
    """The load error comes first, then any error, then the last words, but for warnings."""
    assert reason_in(log) == reason


@pytest.mark.parametrize(
    ("answer", "log", "kind", "message", "hint"),
    [
        (
            {"error": "import", "message": "libgomp.so.1: cannot open shared object file"},
            [],
            EngineUnavailable,
            "libgomp1",
            "sudo apt install libgomp1",
        ),
        (
            {"error": "import", "message": "No module named 'numpy'"},
            [],
            EngineUnavailable,
            "numpy",
            "axchat[cpu]",
        ),
        ({"error": "version", "message": "no attribute 'ui'"}, [], EngineUnavailable, "'ui'", "axchat[cpu]"),
        (
            {"error": "load", "message": "x"},
            TRUNCATED,
            ModelError,
            "not within the file",
            "download it again",
        ),
        (
            {"error": "load", "message": "x"},
            [f"0.00.120.004 E llama_model_load: error loading model: {NO_MEMORY}"],
            ModelError,
            NO_MEMORY,
            "a smaller cpu.context",
        ),
        (
            {"error": "load", "message": "unknown model architecture"},
            [],
            ModelError,
            "unknown model",
            "-m FILE",
        ),
        ({"port": "seven"}, [], RunnerFailed, "protocol", ""),
    ],
)
def test_a_refusal_is_named(
    answer: dict[str, object], log: list[str], kind: type[AxchatError], message: str, hint: str
) -> None:
    """Each way to fail before the model is loaded has its own error and next step."""
    error = refused(MODEL, answer, log)
    assert type(error) is kind
    assert message in error.message
    assert hint in (error.hint or "")


@pytest.mark.parametrize(
    ("number", "name", "hint"),
    [
        (signal.SIGILL, "SIGILL", "AVX2"),
        (signal.SIGKILL, "SIGKILL", "memory ran out"),
        (signal.SIGSEGV, "SIGSEGV", "another model file"),
    ],
)
def test_a_death_names_the_signal(number: int, name: str, hint: str) -> None:
    """Signal, last log line, what was lost and the next step are all there."""
    loading = died_loading(MODEL, -number, GARBAGE)
    answering = died_answering("x.gguf", -number, 12, GARBAGE)
    for error in (loading, answering):
        assert name in error.message
        assert "string length" in error.message
        assert hint in (error.hint or "")
        assert error.facts["log"] == GARBAGE
    assert "12 characters of the answer arrived, the rest is lost" in answering.message
    assert "the answer is lost" in died_answering("x.gguf", 3, 0, []).message
