"""Which files a model needs, and what is wrong with them. Pure: facts about files come in as values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

LFS_MARK = b"version https://git-lfs.github.com/spec/v1"
MAX_LAYERS = 1000  # the largest published model has 94; a wrong number must not make a long list

_ELF = b"\x7fELF"
_MACHINES = {0xB7: "aarch64", 0x3E: "x86_64", 0x28: "arm (32 bit)", 0x03: "x86 (32 bit)"}
_ALIASES = {"arm64": "aarch64", "amd64": "x86_64"}
_LAYERS = "--template_filename_axmodel"
_DIRECTORIES = frozenset({"--kvcache_path"})
_OTHER_FILES = frozenset({"--url_tokenizer_model", "--post_config_path", "--model_config_path"})
_SHOWN = 3  # names in one message


class Kind(StrEnum):
    """What is at a path."""

    FILE = "file"
    DIRECTORY = "directory"
    SPECIAL = "special file"
    MISSING = "missing"
    UNREADABLE = "unreadable"


class Role(StrEnum):
    """What a model needs a path for."""

    RUNNER = "runner"
    MODEL = "model file"
    DIRECTORY = "directory"


@dataclass(frozen=True, slots=True)
class FileFact:
    """One path as found; ``head`` is its first bytes, ``error`` says why it is unreadable."""

    kind: Kind
    size: int = 0
    head: bytes = b""
    executable: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """A path relative to the model directory, and the option (or the runner) that names it."""

    role: Role
    name: str
    option: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: stable id, one line, next command or None, paths concerned."""

    id: str
    text: str
    hint: str | None = None
    names: tuple[str, ...] = ()


def needs_of(runner: str | None, options: Mapping[str, str]) -> tuple[list[Need], list[Problem]]:
    """The files that a runner and its options name, and what is wrong with the names themselves.

    A runner without a slash is looked up on PATH by the shell and is no need. ``options`` are flags
    with dashes; keys of an axllm config.json with dashes put before them do as well.
    """
    needs = [Need(Role.RUNNER, runner, "the runner")] if runner and "/" in runner else []
    found = []
    for option, value in options.items():
        if option in _DIRECTORIES:
            needs.append(Need(Role.DIRECTORY, value, option))
        elif option == _LAYERS:
            names, problem = _layer_names(value, options.get("--axmodel_num", ""))
            needs += [Need(Role.MODEL, name, option) for name in names]
            found += [problem] if problem else []
        elif (option.startswith("--filename_") or option in _OTHER_FILES) and not _is_address(value):
            needs.append(Need(Role.MODEL, value, option))
    outside = [need for need in needs if _leaves(need.name)]
    for need in outside:
        text = f"{need.option} names a path outside the model directory: {need.name[:80]}"
        hint = "a downloaded script should only use its own files; read it before you run it"
        found.append(Problem("leaves-directory", text, hint, (need.name,)))
    return [need for need in needs if need not in outside and need.name], found


def _layer_names(template: str, count: str) -> tuple[list[str], Problem | None]:
    if template.count("%d") != 1 or "%" in template.replace("%d", ""):
        return [], Problem(
            "bad-template", f"{_LAYERS} {template[:80]!r} has no single %d for the layer number"
        )
    if not (count.isascii() and count.isdigit() and len(count) < 6 and 0 < int(count) <= MAX_LAYERS):
        return [], Problem("bad-template", f"--axmodel_num {count[:20]!r} is not a number of layers")
    return [template.replace("%d", str(layer)) for layer in range(int(count))], None


def names_path(option: str, value: str) -> bool:
    """Whether a runner's option names a file or directory rather than an address or a value."""
    is_file = option.startswith("--filename_") or option in _OTHER_FILES or option == _LAYERS
    return option in _DIRECTORIES or (is_file and bool(value) and not _is_address(value))


def _is_address(value: str) -> bool:
    return value.lower().startswith(("http://", "https://"))


def _leaves(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or name.startswith("~")


def judge(facts: Iterable[tuple[Need, FileFact]], machine: str) -> list[Problem]:
    """What is wrong with the files; one problem of a kind, however many files have it."""
    by_id: dict[str, list[Need]] = {}
    found = []
    for need, fact in facts:
        problem = _problem_id(need, fact)
        if problem:
            by_id.setdefault(problem, []).append(need)
        elif need.role is Role.RUNNER:
            found += _runner_problems(need, fact, machine)
    return [_told(problem, needs) for problem, needs in by_id.items()] + found


def _problem_id(need: Need, fact: FileFact) -> str | None:
    if fact.kind is Kind.MISSING:
        return "runner-missing" if need.role is Role.RUNNER else "file-missing"
    if fact.kind is Kind.UNREADABLE:
        return "unreadable"
    if need.role is Role.DIRECTORY:
        return None if fact.kind is Kind.DIRECTORY else "wrong-kind"
    # A tokenizer may be a directory of files.
    if fact.kind is Kind.DIRECTORY and "tokenizer" in need.option:
        return None
    if fact.kind is not Kind.FILE:
        return "wrong-kind"
    if fact.size == 0:
        return "empty-file"
    return "lfs-pointer" if fact.head.startswith(LFS_MARK) else None


def _told(problem: str, needs: list[Need]) -> Problem:
    names = tuple(need.name for need in needs)
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    one = len(names) == 1
    texts: dict[str, tuple[str, str | None]] = {
        "runner-missing": ("the runner is missing", "download it again, from the vendor's repository"),
        "file-missing": (
            "a file is missing" if one else f"{len(names)} files are missing",
            "download it again",
        ),
        "unreadable": ("this user cannot read", "check owner and mode: ls -l"),
        "wrong-kind": ("not of the kind that the runner expects", None),
        "empty-file": ("a file is empty" if one else f"{len(names)} files are empty", "download it again"),
        "lfs-pointer": (
            "a git-lfs pointer instead of the file"
            if one
            else f"{len(names)} git-lfs pointers instead of files",
            "fetch the files: git lfs pull",
        ),
    }
    text, hint = texts[problem]
    if problem == "file-missing" and needs[0].role is Role.DIRECTORY and one:
        hint = f"nothing creates it: mkdir -p {names[0]}"
    return Problem(problem, f"{text}: {shown}", hint, names)


def _runner_problems(need: Need, fact: FileFact, machine: str) -> list[Problem]:
    found = []
    if not fact.executable:
        text = f"the runner is not executable: {need.name}"
        found.append(Problem("not-executable", text, f"chmod +x {need.name}", (need.name,)))
    host = _ALIASES.get(machine.lower(), machine.lower())
    built_for = _machine_of(fact.head)
    if built_for is None and not fact.head.startswith(b"#!"):
        text = f"the runner is not a program: {need.name}"
        found.append(Problem("not-a-program", text, "download it again", (need.name,)))
    elif built_for is not None and built_for != host:
        text = f"the runner is built for {built_for}, this machine is {host}: {need.name}"
        found.append(Problem("wrong-machine", text, f"download the runner for {host}", (need.name,)))
    return found


def _machine_of(head: bytes) -> str | None:
    """The machine an ELF file is built for, None for anything else."""
    if not head.startswith(_ELF) or len(head) < 20:
        return None
    number = int.from_bytes(head[18:20], "big" if head[5] == 2 else "little")
    return _MACHINES.get(number, f"ELF machine 0x{number:x}")
