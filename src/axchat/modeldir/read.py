"""What is in a vendor's model directory; reads names and small files, executes nothing."""

import json
import shlex
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from axchat.errors import ModelError
from axchat.modeldir.files import FileFact, Kind, Problem, judge, needs_of
from axchat.modeldir.script import ScriptCommand, parse_script

SCRIPT_LIMIT_BYTES = 64 * 1024  # a run script has about 1 kB
CONFIG_LIMIT_BYTES = 1024 * 1024  # an axllm config.json has about 2 kB
HEAD_BYTES = 64  # enough for an ELF header's machine and for a git-lfs pointer's first line

_ARCHES = {"aarch64": "axcl_aarch64", "arm64": "axcl_aarch64", "x86_64": "axcl_x86", "amd64": "axcl_x86"}


class Era(StrEnum):
    """Which kind of vendor directory it is."""

    SCRIPT = "script"
    AXLLM = "axllm"


@dataclass(frozen=True, slots=True)
class ModelDir:
    """A vendor's model directory.

    Attributes:
        path: the directory.
        era: ``script`` (run scripts, config.json empty or absent) or ``axllm`` (config.json with
            model_name).
        scripts: its ``run_*.sh``, by name.
        tokenizer_scripts: its ``*tokenizer*.py``, by name.
        chosen: the script that was named itself instead of the directory, or None.
        config: config.json of the axllm era; empty in the script era.
    """

    path: Path
    era: Era
    scripts: tuple[Path, ...] = ()
    tokenizer_scripts: tuple[Path, ...] = ()
    chosen: Path | None = None
    config: Mapping[str, object] = field(default_factory=dict)

    def script_for(self, arch: str) -> Path:
        """The script for ``axcl_aarch64`` or ``axcl_x86`` (see ``arch_for``).

        Scripts that start the vendor's HTTP server (``api`` in the name) are left out.

        Raises:
            ModelError: none fits, or several do.
        """
        if self.chosen is not None:
            return self.chosen
        fits = self.scripts_for(arch)
        if len(fits) == 1:
            return fits[0]
        if fits:
            names = ", ".join(s.name for s in fits)
            raise ModelError(
                f"several scripts fit {arch}: {names}", hint=f"name one: -m {shlex.quote(str(fits[0]))}"
            )
        others = ", ".join(s.name for s in self.scripts) or "none"
        raise ModelError(
            f"no run_*{arch}*.sh in {self.path}",
            hint=f"scripts there: {others}; download the files for an AXCL card on {arch}",
        )

    def scripts_for(self, arch: str) -> list[Path]:
        """All scripts for it that start no HTTP server."""
        return [s for s in self.scripts if arch in s.name and "api" not in _words_of(s)]


def _words_of(script: Path) -> list[str]:
    return script.stem.replace("-", "_").split("_")


def arch_for(machine: str) -> str:
    """The vendor's word for a machine as ``platform.machine()`` names it.

    Raises:
        ModelError: the vendor has no runner for it.
    """
    arch = _ARCHES.get(machine.lower())
    if arch is None:
        raise ModelError(f"the vendor has no runner for {machine[:40] or 'this machine'}")
    return arch


def read(path: Path) -> ModelDir:
    """What ``path`` holds; it may name a directory or one of its run scripts.

    Raises:
        ModelError: nothing there, not a model directory, or unreadable.
    """
    chosen = path if path.suffix == ".sh" and path.is_file() else None
    folder = path.parent if chosen else path
    names = _names(folder)
    scripts = tuple(folder / n for n in names if n.startswith("run_") and n.endswith(".sh"))
    tokenizers = tuple(folder / n for n in names if "tokenizer" in n and n.endswith(".py"))
    config: Mapping[str, object] = {}
    if "config.json" in names and chosen is None:
        config = _config(folder / "config.json", required=not scripts)
    if isinstance(config.get("model_name"), str):
        return ModelDir(folder, Era.AXLLM, scripts, tokenizers, config=config)
    if not scripts and chosen is None:
        raise ModelError(
            f"not a model directory: {path} has no run_*.sh and no config.json with model_name",
            hint="name the directory that the vendor's download made",
        )
    return ModelDir(folder, Era.SCRIPT, scripts, tokenizers, chosen)


def command_of(script: Path) -> ScriptCommand:
    """The runner command in a script file.

    Raises:
        ModelError: unreadable, or not one runner command; the message names the file.
    """
    text = _text(script, SCRIPT_LIMIT_BYTES)
    try:
        return parse_script(text)
    except ModelError as exc:
        hint = exc.hint.replace("SCRIPT", shlex.quote(str(script))) if exc.hint else None
        raise ModelError(f"{script.name}: {exc.message}", hint=hint) from exc


def problems(model: ModelDir, machine: str, *, unused: Collection[str] = ()) -> list[Problem]:
    """What is wrong with the files the model needs on this machine (``platform.machine()``).

    Empty when nothing was found. Paths that leave the directory are reported and not looked at.
    ``unused`` are options that the runner will not be given.
    """
    try:
        if model.era is Era.AXLLM:
            needs, found = needs_of(None, {f"--{k}": str(v) for k, v in model.config.items()})
        else:
            command = command_of(model.script_for(arch_for(machine)))
            options = {name: value for name, value in command.options.items() if name not in unused}
            needs, found = needs_of(command.runner, options)
    except ModelError as exc:
        return [Problem("script-unusable", exc.message, exc.hint)]
    facts = [(need, look_at(model.path / need.name)) for need in needs]
    return [_from_anywhere(problem, model.path) for problem in found + judge(facts, machine)]


def _from_anywhere(problem: Problem, folder: Path) -> Problem:
    """With a command whose file has its whole path: the user is not in the model directory."""
    for name in problem.names[:1]:
        if problem.hint and problem.hint.endswith(f" {name}"):
            command = problem.hint.removesuffix(name)
            return replace(problem, hint=command + shlex.quote(str(folder / name)))
    return problem


def look_at(path: Path) -> FileFact:
    """Kind, size, first bytes and executable bit of one file; never raises for what it finds."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            return FileFact(Kind.DIRECTORY)
        # Opening a FIFO or a device could wait for ever.
        if not stat.S_ISREG(status.st_mode):
            return FileFact(Kind.SPECIAL)
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return FileFact(Kind.MISSING)
    except OSError as exc:
        return FileFact(Kind.UNREADABLE, error=exc.strerror or str(exc))
    except ValueError as exc:  # a name with a NUL or a lone surrogate
        return FileFact(Kind.UNREADABLE, error=str(exc))
    return FileFact(Kind.FILE, status.st_size, head, bool(status.st_mode & 0o111))


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except FileNotFoundError as exc:
        raise ModelError(f"no such model directory: {folder}") from exc
    except NotADirectoryError as exc:
        hint = "name the directory that holds run_*.sh"
        raise ModelError(f"not a model directory: {folder}", hint=hint) from exc
    except OSError as exc:
        raise ModelError(f"cannot read {folder}: {exc.strerror}") from exc


def _config(path: Path, *, required: bool) -> Mapping[str, object]:
    text = _text(path, CONFIG_LIMIT_BYTES)
    if not text.strip():
        return {}  # the script era ships config.json with 0 bytes
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as exc:
        if not required:
            return {}
        raise ModelError(f"config.json is not valid JSON: {exc}", hint="download it again") from exc
    return value if isinstance(value, dict) else {}


def _text(path: Path, limit: int) -> str:
    fact = look_at(path)
    if fact.kind is not Kind.FILE:
        raise ModelError(f"cannot read {path}: {fact.error or fact.kind}")
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as exc:
        raise ModelError(f"cannot read {path}: {exc.strerror}") from exc
    if len(data) > limit:
        raise ModelError(f"{path} is too large: more than {limit} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError as exc:
        raise ModelError(f"{path} is not text") from exc
