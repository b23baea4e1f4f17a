"""What the CPU engine needs."""

from dataclasses import replace

import pytest

from axchat.doctor.checks import cpu_engine
from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.probes import Uname
from axchat.doctor.result import Context, Status
from support.machines import CONTEXT, board, by_id, having, only

MODEL = str(CONTEXT.data_dir.joinpath(*cpu_engine.SMALL_MODEL))
WANTED = replace(CONTEXT, engine="cpu")


def x86(flags: str = "fpu sse4_2 avx avx2 fma") -> FakeProbes:
    """An x86-64 machine with everything the engine needs."""
    files = {
        "/etc/ld.so.cache": b"glibc-ld.so.cache1.1\0libgomp.so.1\0/lib/x86_64-linux-gnu/libgomp.so.1\0",
        "/proc/cpuinfo": f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t: spectre\n",
        MODEL: b"GGUF\x03\0\0\0",
    }
    return FakeProbes(files=files, modules=frozenset({"xllamacpp"}), kernel=Uname("6.1.0", "x86_64"))


def test_everything_there_passes() -> None:
    """Package, library, instructions and model."""
    found = cpu_engine.check(x86(), WANTED)
    assert {r.status for r in found} == {Status.OK}
    assert [r.id for r in found] == ["cpu.package", "cpu.libgomp", "cpu.instructions", "cpu.model"]


def test_a_missing_package_counts_only_when_the_engine_is_wanted() -> None:
    """Beside a card the engine is optional."""
    beside = only(cpu_engine.check(board(), CONTEXT))
    assert beside.status is Status.SKIP
    wanted = only(cpu_engine.check(board(), WANTED))
    assert (wanted.status, wanted.exit_status) == (Status.FAIL, 9)
    assert wanted.hint == "pip install 'axchat[cpu]'"


@pytest.mark.parametrize(("context", "status"), [(CONTEXT, Status.WARN), (WANTED, Status.FAIL)])
def test_a_missing_libgomp_is_named_with_its_package(context: Context, status: Status) -> None:
    """Xllamacpp cannot be loaded without this system library."""
    probes = having(x86(), {"/etc/ld.so.cache": b"libgomp.so.10\0libgompx.so.1\0"})
    result = by_id(cpu_engine.check(probes, context))["cpu.libgomp"]
    assert (result.status, result.exit_status) == (status, 9)
    assert result.hint == "sudo apt install libgomp1"


@pytest.mark.parametrize("path", ["/usr/lib/libgomp.so.1", "/usr/lib/x86_64-linux-gnu/libgomp.so.1"])
def test_libgomp_is_found_without_a_loader_cache(path: str) -> None:
    """Some systems have no ld.so.cache."""
    probes = having(x86(), {"/etc/ld.so.cache": b"", path: b"\x7fELF"})
    assert by_id(cpu_engine.check(probes, WANTED))["cpu.libgomp"].status is Status.OK


@pytest.mark.parametrize(("context", "status"), [(CONTEXT, Status.WARN), (WANTED, Status.FAIL)])
def test_an_x86_cpu_without_avx2_is_named(context: Context, status: Status) -> None:
    """The wheel would end the process with an illegal instruction."""
    result = by_id(cpu_engine.check(x86("fpu avx"), context))["cpu.instructions"]
    assert (result.status, result.exit_status) == (status, 9)


def test_an_unreadable_cpuinfo_proves_nothing() -> None:
    """Without flags the instructions are not judged."""
    probes = having(x86(), {"/proc/cpuinfo": "processor : 0\n"})
    assert by_id(cpu_engine.check(probes, WANTED))["cpu.instructions"].status is Status.SKIP


def test_arm_needs_no_special_instructions() -> None:
    """The aarch64 wheel runs on every ARMv8."""
    probes = replace(x86("fpu"), kernel=Uname("6.12", "aarch64"))
    assert by_id(cpu_engine.check(probes, WANTED))["cpu.instructions"].status is Status.OK


def test_a_missing_or_damaged_model_is_a_warning() -> None:
    """The command that fetches it is the hint; any other GGUF file does as well."""
    for content, part in ((None, "not there"), (b"<htm", "not a GGUF"), (b"", "not a GGUF")):
        probes = x86()
        files = {p: c for p, c in probes.files.items() if p != MODEL}
        probes = replace(probes, files=files if content is None else {**files, MODEL: content})
        result = by_id(cpu_engine.check(probes, WANTED))["cpu.model"]
        assert result.status is Status.WARN
        assert part in result.summary
        assert result.hint == "axchat models pull smollm2"
