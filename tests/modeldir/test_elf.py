"""What a program asks of the loader."""

import sys
from pathlib import Path

import pytest

from axchat.modeldir.elf import as_numbers, elf_needs
from support.elf_files import elf_program
from support.modeldirs import AARCH64

VERSIONS = {"libc.so.6": ("GLIBC_2.17", "GLIBC_2.34", "GLIBC_2.4"), "libstdc++.so.6": ("GLIBCXX_3.4.30",)}


@pytest.mark.parametrize("order", ["<", ">"])
def test_libraries_versions_and_folders_are_read(order: str) -> None:
    """Both byte orders; names, version names by library, the program's own folders, its loader."""
    content = elf_program(AARCH64, ["libaxcl_rt.so", "libc.so.6"], VERSIONS, "$ORIGIN/lib:/opt/lib", order)
    needs = elf_needs(content)
    assert needs is not None
    assert needs.interpreter == "/lib/ld-linux-aarch64.so.1"
    assert needs.libraries == ("libaxcl_rt.so", "libc.so.6")
    assert needs.search == ("$ORIGIN/lib", "/opt/lib")
    assert dict(needs.versions) == VERSIONS
    assert (needs.newest("GLIBC_"), needs.newest("GLIBCXX_")) == ("2.34", "3.4.30")
    assert needs.newest("CXXABI_") is None


def test_versions_are_compared_as_numbers() -> None:
    """2.4 is older than 2.34."""
    assert as_numbers("2.4") < as_numbers("2.34") < as_numbers("3")


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"#!/bin/sh\n" * 20, b"\x7fELF\x01" + bytes(80)])
def test_other_files_are_no_program(content: bytes) -> None:
    """Scripts, 32-bit programs, stumps."""
    assert elf_needs(content) is None


def test_every_stump_of_a_program_is_read_without_a_crash() -> None:
    """A download that was cut short anywhere."""
    content = elf_program(AARCH64, ["libaxcl_rt.so"], VERSIONS)
    for end in range(len(content)):
        elf_needs(content[:end])


def test_damaged_numbers_do_no_harm() -> None:
    """Any byte may be wrong; the reading ends."""
    content = elf_program(AARCH64, ["libaxcl_rt.so"], VERSIONS)
    for at in range(16, len(content)):
        elf_needs(content[:at] + b"\xff" + content[at + 1 :])


def test_a_real_program_is_read() -> None:
    """The Python that runs this test needs a C library."""
    needs = elf_needs(Path(sys.executable).resolve().read_bytes())
    if needs is not None and needs.interpreter:
        assert any(name.startswith(("libc.", "libpython", "libm.", "ld-")) for name in needs.libraries)
