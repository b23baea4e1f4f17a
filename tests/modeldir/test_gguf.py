"""The beginning of a GGUF file tells what model it is; a broken one tells nothing, quietly."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.modeldir.gguf import HEAD_BYTES, GgufFacts, facts_of, plain_values


def text(value: str) -> bytes:
    """A string as GGUF writes it."""
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def gguf(*entries: tuple[str, int, bytes], version: int = 3) -> bytes:
    """A file's head with these entries: key, type of the value, its bytes."""
    head = b"GGUF" + struct.pack("<IQQ", version, 0, len(entries))
    return head + b"".join(text(key) + struct.pack("<I", kind) + raw for key, kind, raw in entries)


QWEN = gguf(
    ("general.architecture", 8, text("qwen3")),
    ("general.name", 8, text("Qwen3 0.6B")),
    ("general.tags", 9, struct.pack("<IQ", 8, 2) + text("chat") + text("text")),
    ("some.floats", 9, struct.pack("<IQ", 6, 2) + struct.pack("<ff", 1.0, 2.0)),
    ("general.size_label", 8, text("0.6B")),
    ("qwen3.context_length", 4, struct.pack("<I", 40960)),
    ("general.file_type", 4, struct.pack("<I", 15)),
    ("general.flag", 7, b"\x01"),
)


def test_facts() -> None:
    """Family, size, quantization and context stand in plain values; lists between them are passed over."""
    assert facts_of(QWEN) == GgufFacts("qwen3", "0.6B", "Q4_K_M", 40960, "Qwen3 0.6B")
    assert plain_values(QWEN)["general.flag"] is True


def test_unknown_facts_are_none() -> None:
    """A file type that we have no name for and values of another type are not guessed at."""
    odd = gguf(("general.file_type", 4, struct.pack("<I", 999)), ("general.name", 4, struct.pack("<I", 1)))
    assert facts_of(odd) == GgufFacts()


def test_numbers_that_are_none_are_left_out() -> None:
    """A value goes into JSON, which has no infinity."""
    head = gguf(
        ("a", 6, struct.pack("<f", float("nan"))), ("b", 12, struct.pack("<d", float("inf"))), ("c", 0, b"1")
    )
    assert plain_values(head) == {"c": ord("1")}


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GGUF",
        b"GGML" + QWEN[4:],
        gguf(version=1),
        gguf(("a", 99, b"")),
        gguf(("a", 9, struct.pack("<IQ", 9, 1))),
        gguf(("a", 9, struct.pack("<IQ", 10, 2**63))),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 2**64 - 1) + struct.pack("<Q", 2**64 - 1),
    ],
)
def test_a_broken_head_tells_nothing(head: bytes) -> None:
    """No GGUF, an unknown version or type, and lengths beyond the file give no facts and no error."""
    assert facts_of(head) == GgufFacts()


@given(st.integers(0, len(QWEN)))
def test_a_cut_head_tells_what_it_still_has(length: int) -> None:
    """What was read before the cut is as in the whole file."""
    assert plain_values(QWEN[:length]).items() <= plain_values(QWEN).items()


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(tail: bytes) -> None:
    """A file from the internet may hold anything behind its magic."""
    plain_values(b"GGUF" + struct.pack("<IQQ", 3, 0, 50) + tail)


@pytest.mark.model
def test_the_small_model(small_model: Path) -> None:
    """The model that axchat fetches says what it is within the bytes that are read."""
    with small_model.open("rb") as file:
        facts = facts_of(file.read(HEAD_BYTES))
    assert (facts.architecture, facts.size_label, facts.quantization) == ("llama", "135M", "Q4_1")
    assert facts.context_tokens == 8192
