"""Can the CPU engine run here: its package, the library it needs, the instructions, the small model?"""

from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Context, Status

SMALL_MODEL = ("models", "smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")  # under the data directory
_PACKAGE = "xllamacpp"
_ENGINE = 9  # exit status, docs/exit-codes.md
_X86 = frozenset({"x86_64", "amd64"})
_GOMP = "libgomp.so.1"
_LIBRARY_DIRS = ("/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib")
_CACHE_LIMIT_BYTES = 4 * 1024 * 1024  # a desktop's ld.so.cache has about 200 kB
_GGUF = b"GGUF"


def check(probes: Probes, context: Context) -> list[CheckResult]:
    """``cpu.package``, ``cpu.libgomp``, ``cpu.instructions`` and ``cpu.model``.

    The engine is optional beside a card: what it lacks is a failure only with ``--engine cpu``, and
    without its package the rest is left out.
    """
    wanted = context.engine == "cpu"
    if not probes.has_module(_PACKAGE):
        return [_no_package(wanted=wanted)]
    bad = Status.FAIL if wanted else Status.WARN
    return [
        CheckResult("cpu.package", Status.OK, f"{_PACKAGE} is installed"),
        _libgomp(probes, bad),
        _instructions(probes, bad),
        _model(probes, context),
    ]


def _no_package(*, wanted: bool) -> CheckResult:
    return CheckResult(
        "cpu.package",
        Status.FAIL if wanted else Status.SKIP,
        f"the CPU engine is not installed (no Python package {_PACKAGE})",
        "It is optional: it answers without a card.",
        "pip install 'axchat[cpu]'",
        exit_status=_ENGINE,
    )


def _libgomp(probes: Probes, bad: Status) -> CheckResult:
    cache = probes.read_bytes("/etc/ld.so.cache", _CACHE_LIMIT_BYTES) or b""
    machine = probes.uname().machine
    folders = [f"{folder}/{machine}-linux-gnu" for folder in _LIBRARY_DIRS[:2]] + list(_LIBRARY_DIRS)
    if _GOMP.encode() + b"\0" in cache or any(probes.exists(f"{folder}/{_GOMP}") for folder in folders):
        return CheckResult("cpu.libgomp", Status.OK, f"{_GOMP} is there")
    return CheckResult(
        "cpu.libgomp",
        bad,
        f"{_GOMP} is missing",
        f"{_PACKAGE} needs this system library (GNU OpenMP) and cannot be loaded without it.",
        "sudo apt install libgomp1",
        exit_status=_ENGINE,
    )


def _instructions(probes: Probes, bad: Status) -> CheckResult:
    machine = probes.uname().machine
    if machine not in _X86:
        return CheckResult("cpu.instructions", Status.OK, f"{machine}: no special instructions needed")
    lines = (probes.read_text("/proc/cpuinfo") or "").splitlines()
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), None)
    if flags is None:
        return CheckResult("cpu.instructions", Status.SKIP, "/proc/cpuinfo does not tell what the CPU can do")
    if "avx2" in flags:
        return CheckResult("cpu.instructions", Status.OK, "the CPU has AVX2")
    return CheckResult(
        "cpu.instructions",
        bad,
        "the CPU has no AVX2",
        f"{_PACKAGE} for x86-64 is built with AVX2 and would die of an illegal instruction.",
        "use a card, or an OpenAI-compatible address: axchat run --engine openai",
        exit_status=_ENGINE,
    )


def _model(probes: Probes, context: Context) -> CheckResult:
    path = str(context.data_dir.joinpath(*SMALL_MODEL))
    facts: dict[str, object] = {"path": path}
    head = probes.read_bytes(path, len(_GGUF))
    if head == _GGUF:
        return CheckResult("cpu.model", Status.OK, "the small model is there", facts=facts)
    if head is None:
        summary, meaning = "the small model is not there", "Any other GGUF file does as well: -m FILE.gguf."
    else:
        summary, meaning = f"{path} is not a GGUF file", "A download that was cut short, or another file."
    return CheckResult("cpu.model", Status.WARN, summary, meaning, "axchat models pull smollm2", facts)
