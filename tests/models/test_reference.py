"""Names and addresses of repositories, as people type and paste them."""

import pytest

from axchat.errors import UsageError
from axchat.models.reference import DEFAULT_ENDPOINT, Reference, checked_revision, endpoint_of, parse

NAME = "AXERA-TECH/Qwen2.5-1.5B-Instruct"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (NAME, Reference(NAME)),
        (f" {NAME} ", Reference(NAME)),
        ("bartowski/Qwen_Qwen3-GGUF:Q4_K_M", Reference("bartowski/Qwen_Qwen3-GGUF", quant="Q4_K_M")),
        (f"https://huggingface.co/{NAME}", Reference(NAME)),
        (f"https://huggingface.co/{NAME}/", Reference(NAME)),
        (f"https://huggingface.co/{NAME}?library=x#top", Reference(NAME)),
        (f"https://hf-mirror.com/{NAME}/tree/v1/qwen", Reference(NAME, "v1")),
        (f"https://huggingface.co/{NAME}/tree/refs%2Fpr%2F1", Reference(NAME, "refs/pr/1")),
        (f"https://huggingface.co/{NAME}/blob/main/a/b%20c.gguf", Reference(NAME, "main", "a/b c.gguf")),
        (f"https://huggingface.co/{NAME}/resolve/v1/x.gguf?download=true", Reference(NAME, "v1", "x.gguf")),
        (f"hf.co/{NAME}:Q8_0", Reference(NAME, quant="Q8_0")),
        (f"http://mirror.lan:8080/{NAME}", Reference(NAME)),
    ],
)
def test_what_is_meant(text: str, meant: Reference) -> None:
    """Names, the addresses that a browser shows, and Ollama's form are understood."""
    assert parse(text, "http://mirror.lan:8080") == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "a/b/c",
        "./models/qwen",
        "../x/y",
        "a/..",
        "-a/b",
        "a/b c",
        "a/b:",
        "a/b:Q4/..",
        "a/\x1b[31m",
        "https://huggingface.co/",
        "https://huggingface.co/AXERA-TECH",
        "https://huggingface.co/datasets/a/b",
        "https://huggingface.co/..%2f../x",
        "https://[::1/x/y",
    ],
)
def test_what_is_no_repository(text: str) -> None:
    """Paths, other pages and names that leave a directory are refused."""
    with pytest.raises(UsageError):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        f"modelscope:{NAME}",
        f"modelscope://{NAME}",
        f"https://modelscope.cn/models/{NAME}/files",
        f"https://www.modelscope.cn/{NAME}",
        f"modelscope.cn/models/{NAME}",
    ],
)
def test_modelscope_is_explained(text: str) -> None:
    """Its names are named as what they are, with the command for either hub."""
    with pytest.raises(UsageError, match="ModelScope") as caught:
        parse(text)
    assert f"axchat models pull {NAME}" in (caught.value.hint or "")
    assert f"modelscope download --model {NAME} --local_dir DIR" in (caught.value.hint or "")


def test_another_server_is_named_as_a_mirror() -> None:
    """An address of a server that is not asked says how to ask it."""
    with pytest.raises(UsageError, match=r"hub\.example") as caught:
        parse(f"https://hub.example/{NAME}")
    assert f"HF_ENDPOINT=https://hub.example axchat models pull {NAME}" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("value", "endpoint"),
    [
        (None, DEFAULT_ENDPOINT),
        ("", DEFAULT_ENDPOINT),
        (" ", DEFAULT_ENDPOINT),
        ("https://hf-mirror.com/", "https://hf-mirror.com"),
        ("http://127.0.0.1:8080/hub", "http://127.0.0.1:8080/hub"),
    ],
)
def test_the_server_to_ask(value: str | None, endpoint: str) -> None:
    """HF_ENDPOINT names it; without it Hugging Face is asked."""
    assert endpoint_of(value) == endpoint


@pytest.mark.parametrize(
    "value",
    ["hf-mirror.com", "ftp://x", "https://", "http://x:99999", "http://u:p@x", "http://x?y", "http://a b"],
)
def test_no_server(value: str) -> None:
    """What is no plain http address is refused before anything is asked."""
    with pytest.raises(UsageError, match="HF_ENDPOINT"):
        endpoint_of(value)


def test_revisions() -> None:
    """Branches, tags, commits and pull requests pass; what git forbids does not."""
    for fine in ("main", "v1.0", "refs/pr/3", "0" * 40, None):
        assert checked_revision(fine) == fine
    for wrong in ("", "a b", "a..b", "a:b", "x\x07", "x" * 201):
        with pytest.raises(UsageError, match="not a revision"):
            checked_revision(wrong)
