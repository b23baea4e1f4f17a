"""Where a fetched repository goes, and the command that fetches it again."""

import shlex
from pathlib import Path

from axchat.models.manifest import Manifest
from axchat.models.selecting import Wishes


def default_folder(repo: str, data_dir: Path) -> Path:
    """``DATA_DIR/models/ORG/NAME``."""
    return data_dir / "models" / repo


def options_of(wishes: Wishes, arch: str | None) -> list[str]:
    """The options that a choice was made with.

    Args:
        wishes: what was said about the files.
        arch: as given to ``--arch``, or None.
    """
    options = [part for pattern in wishes.include for part in ("--include", pattern)]
    options += [part for pattern in wishes.exclude for part in ("--exclude", pattern)]
    options += ["--file", wishes.named] if wishes.named else []
    return options + (["--arch", arch] if arch else [])


def again(manifest: Manifest, folder: Path, data_dir: Path) -> str:
    """The command that makes the directory whole: it fetches only what is wrong."""
    words = ["axchat", "models", "pull", manifest.repo]
    # A commit when the newest is not meant; main moves on, and the same version is what is wanted here.
    words += ["--revision", manifest.commit]
    words += [] if folder == default_folder(manifest.repo, data_dir) else ["--to", str(folder)]
    return shlex.join([*words, *manifest.options])
