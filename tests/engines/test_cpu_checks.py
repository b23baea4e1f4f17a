"""What is checked before llama.cpp is started."""

from pathlib import Path

import pytest

from axchat.engines.cpu_checks import Machine, check_machine, check_model_file, flags_in, look_at_machine
from axchat.errors import EngineUnavailable, ModelError

GOOD = Machine("x86_64", frozenset({"sse2", "avx2"}), has_package=True)


@pytest.mark.parametrize(
    "machine",
    [
        GOOD,
        Machine("AMD64", frozenset({"avx2"}), has_package=True),
        Machine("aarch64", frozenset(), has_package=True),
        Machine("x86_64", frozenset(), has_package=True),
    ],
    ids=["x86", "amd64", "arm", "flags unknown"],
)
def test_a_machine_that_can(machine: Machine) -> None:
    """AVX2 is asked of x86 only, and only where the kernel tells the flags."""
    check_machine(machine)


@pytest.mark.parametrize(
    ("machine", "message", "hint"),
    [
        (Machine("x86_64", frozenset({"sse2"}), has_package=True), "needs AVX2", "--engine"),
        (Machine("aarch64", frozenset(), has_package=False), "xllamacpp is not installed", "axchat[cpu]"),
        (Machine("riscv64", frozenset(), has_package=True), "no build for riscv64", ""),
    ],
)
def test_a_machine_that_cannot(machine: Machine, message: str, hint: str) -> None:
    """What is missing is named, with what mends it."""
    with pytest.raises(EngineUnavailable, match=message) as caught:
        check_machine(machine)
    assert hint in (caught.value.hint or "")


def test_flags_are_those_of_the_first_cpu() -> None:
    """The flags line of /proc/cpuinfo is read; ARM has none."""
    assert flags_in("processor\t: 0\nflags\t\t: fpu avx2\nflags\t\t: other\n") == {"fpu", "avx2"}
    assert flags_in("processor\t: 0\nFeatures\t: fp asimd\n") == frozenset()


def test_this_machine_is_looked_at() -> None:
    """The look at this machine names its architecture."""
    assert look_at_machine().arch


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"GGUF\x03\x00", "cut off after 6 bytes"),
        (b"<!DOCTYPE html>", "not a GGUF file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git-lfs pointer"),
    ],
)
def test_a_file_that_is_no_model(tmp_path: Path, content: bytes, message: str) -> None:
    """What a failed download leaves behind is told apart."""
    path = tmp_path / "m.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=message) as caught:
        check_model_file(path)
    assert caught.value.hint


def test_no_file(tmp_path: Path) -> None:
    """A missing file and a directory are named."""
    with pytest.raises(ModelError, match="no such model file"):
        check_model_file(tmp_path / "m.gguf")
    with pytest.raises(ModelError, match="is a directory"):
        check_model_file(tmp_path)


def test_a_header_passes(tmp_path: Path) -> None:
    """A file that begins as a GGUF does is left to llama.cpp."""
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF" + bytes(20))
    check_model_file(path)
