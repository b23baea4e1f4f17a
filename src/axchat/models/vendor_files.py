"""Which files of a vendor's repository a host with a card needs. Pure: decides by names.

Layouts as in public listings: huggingface.co/AXERA-TECH/Qwen2.5-1.5B-Instruct-GPTQ-Int4/tree/main
(``main_prefill`` is the program for the chip itself); docs.m5stack.com, llm-8850: Qwen3-0.6B (a directory for
the AX630C beside that for the AX650; ``main_ax650``, ``main_axcl_aarch64``, ``main_axcl_x86``),
InternVL3-1B (pictures, a demo, runners for x86 only), Qwen3-VL-4B-Instruct-GPTQ-Int4-axmodel (``*-ax8850``,
films); AXERA-TECH/Qwen2.5-7B-Instruct-TensorParallel (``main_tp_x86``). The newer form is flat, with a
config.json.
"""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from axchat.models.hub_files import HubFile

# The chips on the cards that AXCL drives; model directories carry their names.
OUR_CHIPS = frozenset({"ax650", "ax650a", "ax650n", "ax650c", "ax8850", "ax8850n"})
_CHIP = re.compile(r"ax\d{3,4}[a-z]?")
_ARCHES = {
    "aarch64": "axcl_aarch64",
    "arm64": "axcl_aarch64",
    "x86": "axcl_x86",
    "x64": "axcl_x86",
    "amd64": "axcl_x86",
}
_PROGRAM = re.compile(r"(main|axllm)(?![a-z])", re.IGNORECASE)
_TEXTS = frozenset({".py", ".sh", ".txt", ".md", ".json", ".c", ".cpp", ".h", ".axmodel", ".bin", ".so"})
_MEDIA = frozenset(
    {".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".svg", ".mp4", ".avi", ".mkv", ".mov", ".webm"}
    | {".wav", ".mp3", ".flac", ".pdf"}
)
_FOREIGN = frozenset({".safetensors", ".pt", ".pth", ".onnx", ".h5", ".msgpack", ".tflite", ".gguf", ".npz"})
_PACKED = frozenset({".zip", ".gz", ".tar", ".7z", ".rar", ".whl", ".deb", ".ipynb", ".pyc"})
_LAYER = re.compile(r"(^|[_.-])l(ayer)?_?\d+[_.-](.*\.)?axmodel$", re.IGNORECASE)

ANOTHER_CHIP = "for another chip"
ANOTHER_HOST = "for another host"
ON_CHIP = "programs for the chip itself"
EXAMPLE = "examples and pictures"
FOREIGN = "weights of other programs"
FURNITURE = "the repository's own"


def is_vendors(files: Iterable[HubFile]) -> bool:
    """Whether it is a repository of axmodels."""
    return any(file.path.endswith(".axmodel") for file in files)


def chips_in(text: str) -> set[str]:
    """The Axera chips that a name speaks of, lower-case."""
    return {word for word in _words(text) if _CHIP.fullmatch(word)}


def why_not(path: str, arch: str) -> str:
    """Why a host does not need the file, in a few words; "" when it does.

    Args:
        path: in the repository.
        arch: ``axcl_aarch64`` or ``axcl_x86``.
    """
    name = PurePosixPath(path).name
    words = [word for part in PurePosixPath(path).parts for word in _words(part)]
    chips = chips_in(path)
    if chips and not chips & OUR_CHIPS:
        return ANOTHER_CHIP
    arches = {_ARCHES[word] for word in words if word in _ARCHES}
    if arches:
        return "" if arch in arches else ANOTHER_HOST
    program = is_program(name)
    if (program or name.endswith(".sh")) and "axcl" not in words:
        own = _words(name)
        if chips_in(name) or (program and own[0] == "main"):
            return ON_CHIP
    return _by_suffix(path, name)


def _by_suffix(path: str, name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    if name.startswith(".git") or "__pycache__" in path:
        return FURNITURE
    if suffix in _MEDIA or suffix in _PACKED or (suffix == ".py" and "tokeniz" not in path.lower()):
        return EXAMPLE
    return FOREIGN if suffix in _FOREIGN else ""


def is_program(name: str) -> bool:
    """Whether a file is a runner program, by its name."""
    return bool(_PROGRAM.match(name)) and PurePosixPath(name).suffix.lower() not in _TEXTS


def is_executable(path: str) -> bool:
    """Whether the file has to be executable; a hub does not keep that bit."""
    return is_program(PurePosixPath(path).name) or path.endswith(".sh")


def starts(file: HubFile) -> bool:
    """Whether a model directory begins with this file: a run script, or a config.json that is not empty."""
    script = file.name.startswith("run_") and file.name.endswith(".sh")
    return script or (file.name == "config.json" and file.size > 0)


def variants(files: Iterable[HubFile]) -> dict[str, list[HubFile]]:
    """The models in it, by their folder: each has layers of its own. The top is "".

    A folder's files are all those below it; at the top only its own axmodels and embeddings, because the
    rest (programs, scripts, tokenizer) serves every model.
    """
    listed = list(files)
    begins = {file.folder for file in listed if starts(file)}
    roots = {_root(file.folder, begins) for file in listed if _LAYER.search(file.name)}
    return {
        root: [file for file in listed if (below(file.path, root) if root else _is_weight_at_top(file))]
        for root in sorted(roots)
    }


def _root(folder: str, begins: set[str]) -> str:
    """The outermost folder above the layers that starts by itself, such as ``int4`` of ``int4/x-ax650``."""
    parts = folder.split("/")
    above = ["/".join(parts[:count]) for count in range(1, len(parts))]
    return next((each for each in above if each in begins), folder)


def _is_weight_at_top(file: HubFile) -> bool:
    return not file.folder and file.path.endswith((".axmodel", ".bin"))


def below(path: str, folder: str) -> bool:
    """Whether a path is in a folder, at any depth."""
    return not folder or path.startswith(f"{folder}/")


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^a-z0-9]+", text.lower()) if word]
