"""What must be true before llama.cpp is started: the package, the instruction set, the model file."""

import importlib.util
import platform
from dataclasses import dataclass
from pathlib import Path

from axchat.errors import EngineUnavailable, ModelError
from axchat.modeldir.files import LFS_MARK, FileFact, Kind
from axchat.modeldir.read import look_at

_CPUINFO = Path("/proc/cpuinfo")
_X86_64 = frozenset({"x86_64", "amd64"})
_WHEEL_ARCHES = _X86_64 | {"aarch64", "arm64"}
_MAGIC = b"GGUF"
# Magic, version, number of tensors, number of metadata entries (ggml docs/gguf.md).
_HEADER_BYTES = 24

INSTALL_HINT = "pip install 'axchat[cpu]'"
LIBGOMP_HINT = "sudo apt install libgomp1"
ANOTHER_FILE = "name another file with -m FILE.gguf, or get the small one: axchat models pull smollm2"


@dataclass(frozen=True, slots=True)
class Machine:
    """What the CPU engine needs to know of the machine.

    Attributes:
        arch: as ``platform.machine()`` says.
        flags: the CPU's flags from /proc/cpuinfo; empty when unknown.
        has_package: whether xllamacpp is installed.
    """

    arch: str
    flags: frozenset[str]
    has_package: bool


def look_at_machine() -> Machine:
    """This machine; imports nothing and starts nothing."""
    try:
        text = _CPUINFO.read_text(errors="replace")
    except OSError:  # no /proc in this container: the check of the flags is left out
        text = ""
    return Machine(platform.machine(), flags_in(text), importlib.util.find_spec("xllamacpp") is not None)


def flags_in(cpuinfo: str) -> frozenset[str]:
    """The flags of the first CPU in the text of /proc/cpuinfo (x86 only; ARM calls them Features)."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "flags":
            return frozenset(value.split())
    return frozenset()


def check_machine(machine: Machine) -> None:
    """Raise what stands in the way of the engine on this machine, with what mends it.

    Raises:
        EngineUnavailable: no wheel for this machine, no AVX2 (the wheel would die of SIGILL), or
            xllamacpp is not installed.
    """
    arch = machine.arch.lower()
    if arch not in _WHEEL_ARCHES:
        raise EngineUnavailable(f"the cpu engine has no build for {machine.arch or 'this machine'}")
    if arch in _X86_64 and machine.flags and "avx2" not in machine.flags:
        raise EngineUnavailable(
            "the cpu engine needs AVX2, which this CPU does not have", hint="use another --engine"
        )
    if not machine.has_package:
        raise EngineUnavailable("the cpu engine's package xllamacpp is not installed", hint=INSTALL_HINT)


def check_model_file(path: Path) -> None:
    """Raise what is wrong with a GGUF file as far as its first bytes tell; llama.cpp finds the rest.

    Raises:
        ModelError: missing, unreadable, not a GGUF, a git-lfs pointer, or cut off in its header.
    """
    error = problem_of(path, look_at(path))
    if error is not None:
        raise error


def problem_of(path: Path, fact: FileFact) -> ModelError | None:
    """What is wrong with a model file of which this is known; None when nothing is."""
    if fact.kind is Kind.MISSING:
        return ModelError(f"no such model file: {path}", hint=ANOTHER_FILE)
    if fact.kind is Kind.DIRECTORY:
        return ModelError(f"{path} is a directory, not a GGUF file", hint="name the .gguf file in it")
    if fact.kind is not Kind.FILE:
        return ModelError(f"cannot read the model file {path}: {fact.error or fact.kind}")
    if fact.head.startswith(LFS_MARK):
        return ModelError(
            f"{path} is a git-lfs pointer; the model itself was not downloaded",
            hint=f"git lfs pull --include {path.name}",
        )
    if fact.size == 0:
        return ModelError(f"{path} is empty", hint="download it again")
    if not fact.head.startswith(_MAGIC):
        return ModelError(f"{path} is not a GGUF file", hint=ANOTHER_FILE)
    if fact.size < _HEADER_BYTES:
        return ModelError(f"{path} is cut off after {fact.size} bytes", hint="download it again")
    return None
