"""Which engine drives a model directory, from its file names alone."""

from pathlib import Path

_TOKENIZER = "tokenizer.json"


def engine_for(path: Path) -> tuple[str, str]:
    """The engine's name, and what the directory is, for people.

    Args:
        path: a model directory, or one of its run scripts.
    """
    folder = folder_of(path)
    config = folder / "config.json"
    if path == folder and not any(folder.glob("run_*.sh")) and config.is_file() and config.stat().st_size:
        return "session", "an axllm model directory"
    if has_tokenizer_json(folder):
        return "session", "a model directory"
    return "script", f"a model directory without {_TOKENIZER}, so its own tokenizer server is needed"


def folder_of(path: Path) -> Path:
    """The model directory that a directory or one of its run scripts stands for."""
    return path.parent if path.suffix == ".sh" and path.is_file() else path


def has_tokenizer_json(folder: Path) -> bool:
    """Whether axchat's own tokenizer service can serve this model."""
    return (folder / _TOKENIZER).is_file() or any(folder.glob(f"*tokenizer*/{_TOKENIZER}"))
