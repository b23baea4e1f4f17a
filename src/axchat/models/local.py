"""What a model on this machine is, from names, scripts, config.json and first bytes; nothing is started."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from axchat.errors import ModelError
from axchat.modeldir.eras import engine_for, folder_of, has_tokenizer_json
from axchat.modeldir.files import Kind, Need, Problem, needs_of
from axchat.modeldir.gguf import HEAD_BYTES, facts_of
from axchat.modeldir.read import Era, ModelDir, arch_for, command_of, look_at, problems, read
from axchat.modeldir.script import ScriptCommand
from axchat.models import name_facts
from axchat.models.name_facts import Named
from axchat.models.stated import Stated

MIB = 2**20

_ON_THE_CARD = ".axmodel"
"""The embedding (``*.bin``) stays in the host's memory; see ``modeldir.fit``."""


@dataclass(frozen=True, slots=True)
class Local:
    """A model directory, run script or GGUF file; None and empty where nothing is known.

    Attributes:
        path: as it was named.
        kind: ``script`` or ``axllm`` for the era of a vendor directory, ``gguf``, or ``none``.
        engine: what ``auto`` takes for it.
        dialect: of the runner: ``legacy``, ``context``, ``axllm``; ``gguf`` for a file.
        runner: the program that the script for this machine starts.
        scripts: run scripts, by name.
        model_name: as config.json or the GGUF file has it.
        tokenizer: where the tokenizer is.
        layers: how many.
        quantisation, chunk, prefill, context: see ``name_facts``; a GGUF file states them itself.
        weights_bytes: of the files that go to the card.
        size_bytes: of all files that the runner is given.
        devices: cards that the script or config.json names.
        problems: what is wrong with the files on this machine.
    """

    path: Path
    kind: str = "none"
    engine: str | None = None
    dialect: str | None = None
    runner: str | None = None
    scripts: tuple[str, ...] = ()
    model_name: str | None = None
    tokenizer: str | None = None
    layers: int | None = None
    quantisation: Stated[str] | None = None
    chunk: Stated[int] | None = None
    prefill: Stated[int] | None = None
    context: Stated[int] | None = None
    weights_bytes: int | None = None
    size_bytes: int | None = None
    devices: str | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def weights_mib(self) -> int | None:
        """Weights for the card, rounded up."""
        return None if self.weights_bytes is None else -(-self.weights_bytes // MIB)

    @property
    def is_for_the_card(self) -> bool:
        """Whether it is a vendor's directory, which the CPU cannot run."""
        return self.kind in set(Era)


def look(path: Path, machine: str) -> Local:
    """The facts about a model; never raises for what it finds.

    Args:
        path: a directory, one of its run scripts, or a GGUF file.
        machine: as ``platform.machine()``.
    """
    if path.suffix != ".sh" and look_at(path).kind is Kind.FILE:
        return _gguf(path)
    try:
        directory = read(path)
    except ModelError as exc:
        return Local(path, problems=(Problem("unusable", exc.message, exc.hint),))
    return _directory(path, directory, machine)


def _gguf(path: Path) -> Local:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            size = path.stat().st_size
    except OSError as exc:
        return Local(path, problems=(Problem("unreadable", f"cannot read {path}: {exc.strerror}"),))
    facts = facts_of(head)
    if facts.architecture is None:
        wrong = Problem("unusable", f"not a GGUF file: {path}", "name a model directory or a GGUF file")
        return Local(path, size_bytes=size, problems=(wrong,))
    itself = "the file itself"
    named = name_facts.quantisation([("file", path.name)])
    return Local(
        path,
        kind="gguf",
        engine="cpu",
        dialect="gguf",
        model_name=facts.name,
        tokenizer="in the file",
        quantisation=Stated(facts.quantization, itself) if facts.quantization else named,
        context=Stated(facts.context_tokens, itself) if facts.context_tokens else None,
        size_bytes=size,
    )


def _directory(path: Path, directory: ModelDir, machine: str) -> Local:
    command, options = _started(directory, machine)
    needs = needs_of(command.runner if command else None, options)[0] if options else []
    names = _names(directory, options, path)
    sizes = _sizes(directory.path, needs)
    layers = options.get("--axmodel_num", "")
    model_name = directory.config.get("model_name")
    return Local(
        path,
        kind=directory.era.value,
        engine=engine_for(path)[0],
        dialect=_dialect(directory, command),
        runner=command.runner if command else None,
        scripts=tuple(script.name for script in directory.scripts),
        model_name=model_name if isinstance(model_name, str) else None,
        tokenizer=_tokenizer(directory, command),
        layers=int(layers) if layers.isascii() and layers.isdigit() and len(layers) < 6 else None,
        quantisation=name_facts.quantisation(names),
        chunk=name_facts.chunk(names),
        prefill=name_facts.longest_prefill(names),
        context=name_facts.context(names),
        weights_bytes=_sum(size for name, size in sizes.items() if name.endswith(_ON_THE_CARD)),
        size_bytes=_sum(sizes.values()),
        devices=_devices(directory.config) or options.get("--devices"),
        problems=tuple(problems(directory, machine)),
    )


def _started(directory: ModelDir, machine: str) -> tuple[ScriptCommand | None, Mapping[str, str]]:
    """The command of the script for this machine and its options, or those of config.json."""
    if directory.era is Era.AXLLM:
        return None, {f"--{key}": str(value) for key, value in directory.config.items()}
    try:
        command = command_of(directory.script_for(arch_for(machine)))
    except ModelError:  # none fits, or several do: told as a problem of the directory
        return None, {}
    return command, command.options


def _names(directory: ModelDir, options: Mapping[str, str], path: Path) -> list[Named]:
    names = [("layers", options.get("--template_filename_axmodel", ""))]
    names += [("script", path.name)] if path.suffix == ".sh" else []
    names += [("model in config.json", str(directory.config.get("model_name", "")))]
    names += [("directory", _own_name(directory.path))]
    if len(directory.scripts) == 1:
        names.append(("script", directory.scripts[0].name))
    return names


def _own_name(folder: Path) -> str:
    """A directory's name; in the hub's cache it is a revision, and the repository stands above."""
    above = folder.parent
    return above.parent.name if above.name == "snapshots" else folder.absolute().name


def _sizes(folder: Path, needs: Sequence[Need]) -> dict[str, int]:
    """Bytes of the files that are there, by name; each once."""
    found = {need.name: look_at(folder / need.name) for need in needs}
    return {name: fact.size for name, fact in found.items() if fact.kind is Kind.FILE}


def _sum(sizes: Iterable[int]) -> int | None:
    return sum(sizes) or None


def _dialect(directory: ModelDir, command: ScriptCommand | None) -> str | None:
    if directory.era is Era.AXLLM:
        return "axllm"
    if command is None:
        return None
    return "vendor-api" if command.is_api else command.dialect.value if command.dialect else None


def _tokenizer(directory: ModelDir, command: ScriptCommand | None) -> str | None:
    if directory.era is Era.AXLLM:
        name, kind = directory.config.get("url_tokenizer_model"), directory.config.get("tokenizer_type")
        return f"{name}, {kind}" if isinstance(name, str) and isinstance(kind, str) else None
    if has_tokenizer_json(folder_of(directory.chosen or directory.path)):
        return "tokenizer.json, served by axchat"
    if directory.tokenizer_scripts:
        return f"{directory.tokenizer_scripts[0].name}, the vendor's server"
    return command.tokenizer.url if command and command.tokenizer else None


def _devices(config: Mapping[str, object]) -> str | None:
    devices = config.get("devices")
    return ",".join(map(str, devices)) if isinstance(devices, list) and devices else None
