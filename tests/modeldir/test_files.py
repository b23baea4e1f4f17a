"""Which files a model needs and how they are judged, from values alone."""

import pytest

from axchat.modeldir.files import MAX_LAYERS, FileFact, Kind, Need, Role, judge, needs_of
from support.modeldirs import AARCH64, LFS_POINTER, X86_64, elf

PROGRAM = FileFact(Kind.FILE, 100, elf(X86_64), executable=True)
RUNNER = Need(Role.RUNNER, "./main", "the runner")
LAYER = Need(Role.MODEL, "l0.axmodel", "--template_filename_axmodel")


def test_layers_are_counted_out() -> None:
    """The template gives one file per layer, from 0."""
    needs, found = needs_of("./main", {"--template_filename_axmodel": "m/l%d.axmodel", "--axmodel_num": "3"})
    assert [need.name for need in needs] == ["./main", "m/l0.axmodel", "m/l1.axmodel", "m/l2.axmodel"]
    assert found == []


@pytest.mark.parametrize(
    ("template", "count"),
    [
        ("l.axmodel", "2"),
        ("l%d%d", "2"),
        ("l%d%9999999d", "2"),
        ("l%d", ""),
        ("l%d", "0"),
        ("l%d", "-1"),
        ("l%d", "²"),
        ("l%d", "9" * 5000),
        ("l%d", str(MAX_LAYERS + 1)),
    ],
)
def test_a_template_that_makes_no_sense_is_a_problem(template: str, count: str) -> None:
    """Neither a wrong pattern nor a wrong count makes a list of files."""
    needs, [problem] = needs_of(None, {"--template_filename_axmodel": template, "--axmodel_num": count})
    assert needs == []
    assert problem.id == "bad-template"
    assert len(problem.text) < 200


def test_addresses_and_plain_programs_are_no_files() -> None:
    """A tokenizer address is not a file, and a runner without a slash is found on PATH."""
    needs, found = needs_of(
        "axllm", {"--filename_tokenizer_model": "http://127.0.0.1:1", "--live_print": "1"}
    )
    assert (needs, found) == ([], [])


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "~/x"])
def test_paths_that_leave_the_directory_are_not_needs(name: str) -> None:
    """They are reported and never handed on to be looked at."""
    needs, [problem] = needs_of(None, {"--filename_tokens_embed": name})
    assert needs == []
    assert problem.id == "leaves-directory"


def test_the_cache_directory_must_exist() -> None:
    """Nothing creates --kvcache_path; a file there is wrong too."""
    [need], _ = needs_of(None, {"--kvcache_path": "./kvcache"})
    [missing] = judge([(need, FileFact(Kind.MISSING))], "x86_64")
    assert missing.hint == "nothing creates it: mkdir -p ./kvcache"
    [wrong] = judge([(need, FileFact(Kind.FILE, 1, b"x"))], "x86_64")
    assert wrong.id == "wrong-kind"
    assert judge([(need, FileFact(Kind.DIRECTORY))], "x86_64") == []


@pytest.mark.parametrize(
    ("fact", "problem"),
    [
        (FileFact(Kind.FILE, 5, b"layer"), None),
        (FileFact(Kind.MISSING), "file-missing"),
        (FileFact(Kind.UNREADABLE, error="Permission denied"), "unreadable"),
        (FileFact(Kind.DIRECTORY), "wrong-kind"),
        (FileFact(Kind.SPECIAL), "wrong-kind"),
        (FileFact(Kind.FILE), "empty-file"),
        (FileFact(Kind.FILE, 134, LFS_POINTER), "lfs-pointer"),
    ],
)
def test_a_model_file_is_judged(fact: FileFact, problem: str | None) -> None:
    """Each state of a file has its own id."""
    assert [p.id for p in judge([(LAYER, fact)], "x86_64")] == ([problem] if problem else [])


@pytest.mark.parametrize(
    ("head", "machine", "problems"),
    [
        (elf(X86_64), "x86_64", []),
        (elf(X86_64), "AMD64", []),
        (elf(AARCH64), "aarch64", []),
        (elf(AARCH64), "arm64", []),
        (elf(AARCH64), "x86_64", ["wrong-machine"]),
        (elf(AARCH64, big_endian=True), "aarch64", []),
        (elf(0x28), "aarch64", ["wrong-machine"]),
        (elf(0xF3), "aarch64", ["wrong-machine"]),
        (b"#!/bin/sh\n", "aarch64", []),
        (b"<!DOCTYPE html>", "aarch64", ["not-a-program"]),
        (b"\x7fELF", "aarch64", ["not-a-program"]),
    ],
)
def test_a_runner_must_be_a_program_for_this_machine(head: bytes, machine: str, problems: list[str]) -> None:
    """The ELF header names the machine; a script may stand in for a program."""
    fact = FileFact(Kind.FILE, 100, head, executable=True)
    assert [p.id for p in judge([(RUNNER, fact)], machine)] == problems


def test_a_runner_needs_its_executable_bit() -> None:
    """Downloads lose it, and chmod brings it back."""
    fact = FileFact(Kind.FILE, 100, elf(X86_64))
    [problem] = judge([(RUNNER, fact)], "x86_64")
    assert (problem.id, problem.hint) == ("not-executable", "chmod +x ./main")


def test_many_files_with_one_fault_are_one_problem() -> None:
    """28 pointers are one finding with a count, not 28."""
    needs = [Need(Role.MODEL, f"l{n}.axmodel", "--x") for n in range(28)]
    [problem] = judge([(need, FileFact(Kind.FILE, 134, LFS_POINTER)) for need in needs], "x86_64")
    assert problem.text.startswith("28 git-lfs pointers")
    assert "and 25 more" in problem.text
    assert len(problem.names) == 28


def test_a_tokenizer_may_be_a_directory() -> None:
    """Some runners read a directory of tokenizer files."""
    [need], _ = needs_of(None, {"--filename_tokenizer_model": "qwen_tokenizer"})
    assert judge([(need, FileFact(Kind.DIRECTORY))], "x86_64") == []
    assert judge([(RUNNER, PROGRAM)], "x86_64") == []
