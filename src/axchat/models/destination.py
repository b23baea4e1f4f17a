"""Where a fetched repository goes, and the command that fetches it again."""

import shlex
from pathlib import Path

from axchat.models.manifest import Manifest
from axchat.models.selecting import Wishes


def default_folder(repo: str, data_dir: Path) -> Path:
    """``DATA_DIR/models/ORG/NAME``."""
    return data_dir / "models" / repo


def options_of(wishes: Wishes, arch: str | None, pattern: str) -> list[str]:
    """The options that choose the same again; those of two choices may be put behind each other.

    Args:
        wishes: what was said about the files.
        arch: as given to ``--arch``, or None.
        pattern: what names the chosen GGUF; "" for none.
    """
    patterns = [*wishes.include, *([pattern] if pattern and pattern not in wishes.include else [])]
    options = [part for each in patterns for part in ("--include", each)]
    options += [part for each in wishes.exclude for part in ("--exclude", each)]
    return options + (["--arch", arch] if arch else [])


def again(manifest: Manifest, folder: Path, data_dir: Path) -> str:
    """The command that makes the directory whole: it fetches only what is wrong."""
    words = ["axchat", "models", "pull", manifest.repo]
    # A commit when the newest is not meant; main moves on, and the same version is what is wanted here.
    words += ["--revision", manifest.commit]
    words += [] if folder == default_folder(manifest.repo, data_dir) else ["--to", str(folder)]
    return shlex.join([*words, *manifest.options])
