"""Can this system start the model's runner, and does the model fit: libraries, glibc, mount, memory?"""

import shlex
from pathlib import Path

from axchat.doctor.asking import ask
from axchat.doctor.findings import BUSY, MODEL, fail, ok, skip, warn
from axchat.doctor.our_holder import OurHolder, look
from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Context
from axchat.errors import ModelError
from axchat.modeldir.elf import ElfNeeds, as_numbers, elf_needs
from axchat.modeldir.fit import Verdict, judge
from axchat.modeldir.read import ModelDir, arch_for, command_of, read

_RUNNER_LIMIT_BYTES = 32 * 1024 * 1024  # the vendor's runners have 1 to 20 MB
_CACHE_LIMIT_BYTES = 4 * 1024 * 1024
_AXCL_FOLDER = "/usr/lib/axcl"
_PARTIAL = (".incomplete", ".part", ".aria2", ".crdownload", ".tmp")
_PLAUSIBLE_BYTES = 1024 * 1024  # a layer has tens of megabytes; smaller files are not judged
_MIB = 1024 * 1024


def check(probes: Probes, context: Context) -> list[CheckResult]:
    """``model.incomplete``, ``model.noexec``, ``model.libraries``, ``model.glibc``, ``model.memory``.

    Nothing without a model directory, or when it cannot be read at all (told as model.directory).
    """
    if context.model_dir is None:
        return []
    try:
        model = read(probes.located(context.model_dir))
    except ModelError:
        return []
    shown = context.model_dir if model.chosen is None else context.model_dir.parent
    results = [_incomplete(probes, shown), *_memory(probes, shown, look(probes, context))]
    runner = _runner(probes, model, shown)
    if runner is not None:
        results.append(_mount(probes, runner))
        results += _loadable(probes, runner)
    return results


def _runner(probes: Probes, model: ModelDir, shown: Path) -> Path | None:
    """The runner that the script for this machine starts, where the user sees it."""
    try:
        name = command_of(model.script_for(arch_for(probes.uname().machine))).runner
    except ModelError:
        return None  # told as model.script-unusable, or an axllm directory, which names none
    return shown / name if "/" in name and not name.startswith("/") and ".." not in name else None


def _layers(probes: Probes, folder: Path) -> dict[str, int]:
    """Size of every model file in the directory and one level below it."""
    found = {}
    for name in probes.listdir(str(folder)) or []:
        path = folder / name
        below = [] if name.startswith(".") else probes.listdir(str(path)) or []
        for file in [path, *(path / other for other in below)]:
            status = probes.status(str(file))
            if file.suffix == ".axmodel" and status and not status.is_directory:
                found[str(file.relative_to(folder))] = status.size
    return found


def _incomplete(probes: Probes, folder: Path) -> CheckResult:
    cache = folder / ".cache/huggingface/download"
    names = [str(folder / n) for n in probes.listdir(str(folder)) or [] if n.endswith(_PARTIAL)]
    names += [str(cache / n) for n in probes.listdir(str(cache)) or [] if n.endswith(_PARTIAL)]
    again = "fetch it again, finished files are kept: hf download REPOSITORY --local-dir DIRECTORY"
    layers = {name: size for name, size in _layers(probes, folder).items() if "_l" in name}
    sizes = sorted(layers.values())
    usual = sizes[len(sizes) // 2] if sizes else 0
    short = [name for name, size in layers.items() if usual > _PLAUSIBLE_BYTES and size < usual * 0.9]
    if short:
        return fail(
            "model.truncated",
            MODEL,
            f"shorter than the other layers: {', '.join(sorted(short)[:3])}",
            "All layers of a model have about the same size; a download broke off.",
            again,
            files=short[:20],
            usual_bytes=usual,
        )
    if names:
        meaning = "A download did not finish; what it was for may be missing or old."
        summary = f"{len(names)} unfinished downloads lie there"
        return warn("model.incomplete", summary, meaning, again, files=names[:20])
    return ok("model.incomplete", "no unfinished downloads")


def _memory(probes: Probes, folder: Path, holder: OurHolder) -> list[CheckResult]:
    needed = sum(_layers(probes, folder).values()) // _MIB
    cards = ask(probes).report.cards
    left = [c.cmm_total_mib - c.cmm_used_mib for c in cards if c.cmm_total_mib and c.cmm_used_mib is not None]
    if not left or not needed:
        return []
    facts: dict[str, object] = {"needed_mib": needed, "free_mib": left}
    if holder.has_card and holder.model_path:
        # it frees the card by itself before it loads another model
        loaded = probes.located(Path(holder.model_path))
        loaded = loaded.parent if loaded.suffix == ".sh" else loaded
        if loaded == probes.located(folder):
            return [ok("model.memory", f"axchat's holder has it loaded (pid {holder.pid})", **facts)]
        why = f"axchat's holder has {holder.model} on the card and unloads it first"
        return [skip("model.memory", f"not known how much will be free: {why}", **facts)]
    if needed > max(left):
        return [
            fail(
                "model.memory",
                BUSY,
                f"the model's files have {needed} MiB, the card has {max(left)} MiB left",
                "The runner stops at a layer with 'init axmodel(...) failed' or 0x800B0018.",
                "stop what uses the card (card.holders above), or take a smaller model",
                **facts,
            )
        ]
    found = judge(needed, max(left))
    if found.verdict is not Verdict.FITS:
        return [
            warn(
                "model.memory",
                f"the model has {needed} MiB, and {max(left)} MiB are left for it and its buffers",
                f"With KV cache and buffers it is some {found.needed_mib} MiB: the load may stop at a layer.",
                "stop what uses the card (card.holders above), or take a smaller model",
                **facts,
            )
        ]
    return [ok("model.memory", f"{needed} MiB of model for {max(left)} MiB of free card memory", **facts)]


def _mount(probes: Probes, runner: Path) -> CheckResult:
    best, options = "", ""
    for line in (probes.read_text("/proc/mounts") or "").splitlines():
        fields = line.split()
        if len(fields) > 3:
            point = fields[1].replace("\\040", " ").rstrip("/")
            if str(runner).startswith(f"{point}/") and len(point) >= len(best):
                best, options = point, fields[3]
    if "noexec" in options.split(","):
        return fail(
            "model.noexec",
            MODEL,
            f"programs cannot be started from {best or '/'}: it is mounted noexec",
            "The runner gives 'Permission denied' although its executable bit is set.",
            f"copy the model to another disk, or: sudo mount -o remount,exec {shlex.quote(best or '/')}",
            mount=best,
        )
    return ok("model.noexec", "programs can be started where the model lies")


def _loadable(probes: Probes, runner: Path) -> list[CheckResult]:
    needs = elf_needs(probes.read_bytes(str(runner), _RUNNER_LIMIT_BYTES) or b"")
    if needs is None or not needs.interpreter:
        return []
    return [_libraries(probes, runner, needs), _glibc(probes, needs)]


def _libraries(probes: Probes, runner: Path, needs: ElfNeeds) -> CheckResult:
    cache = probes.read_bytes("/etc/ld.so.cache", _CACHE_LIMIT_BYTES)
    if cache is None:
        return skip("model.libraries", "the loader's cache cannot be read", needed=list(needs.libraries))
    machine = probes.uname().machine
    folders = [folder.replace("$ORIGIN", str(runner.parent)) for folder in needs.search]
    folders += [f for f in (probes.variable("LD_LIBRARY_PATH") or "").split(":") if f]
    folders += [f"/lib/{machine}-linux-gnu", f"/usr/lib/{machine}-linux-gnu"]
    folders += ["/lib", "/usr/lib", "/lib64", "/usr/lib64"]
    missing = [
        name
        for name in needs.libraries
        if b"\0" + name.encode() + b"\0" not in cache
        and not any(probes.exists(f"{f}/{name}") for f in folders)
    ]
    facts: dict[str, object] = {"needed": list(needs.libraries), "missing": missing}
    if not missing:
        return ok("model.libraries", f"the runner's {len(needs.libraries)} libraries are there", **facts)
    if all(name.startswith("libopencv") for name in missing):
        hint = f"sudo apt install libopencv-dev; its version must give {missing[0]}"
    elif any(probes.exists(f"{_AXCL_FOLDER}/{name}") for name in missing):
        hint = f"echo {_AXCL_FOLDER} | sudo tee /etc/ld.so.conf.d/axcl.conf && sudo ldconfig"
    elif any(name.startswith("libaxcl") for name in missing):
        hint = "sudo apt install --reinstall axclhost && sudo ldconfig"
    else:
        hint = f"find the package: apt-file search {missing[0]}"
    return fail(
        "model.libraries",
        MODEL,
        f"the runner's library is missing: {', '.join(missing)}",
        "The loader stops with 'error while loading shared libraries'.",
        hint,
        **facts,
    )


def _glibc(probes: Probes, needs: ElfNeeds) -> CheckResult:
    wanted = needs.newest("GLIBC_")
    words = probes.run(["getconf", "GNU_LIBC_VERSION"], 2.0, 4096).output.split()
    has = words[1] if len(words) == 2 and words[0] == "glibc" else None
    facts: dict[str, object] = {"wanted": wanted, "has": has}
    if wanted is None or has is None:
        return skip("model.glibc", "not known which glibc is wanted, or which is here", **facts)
    if as_numbers(has) < as_numbers(wanted):
        return fail(
            "model.glibc",
            MODEL,
            f"the runner wants glibc {wanted}, this system has {has}",
            f"The loader stops with 'version `GLIBC_{wanted}' not found'.",
            "upgrade the system, or build the runner on it: https://github.com/AXERA-TECH/ax-llm",
            **facts,
        )
    return ok("model.glibc", f"the runner wants glibc {wanted}, this system has {has}", **facts)
