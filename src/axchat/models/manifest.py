"""What axchat notes beside the files of a model: where they come from, and what they have to be."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from axchat.errors import ModelError
from axchat.models.download import Wanted
from axchat.models.hub_files import HubFile, check_names
from axchat.whole_file import replace_whole

NAME = ".axchat-model.json"
LOCK_NAME = ".axchat-pull.lock"
FORMAT = 1
FOR_ALL = 0o644
"""The note's mode: whoever may read the model may verify it."""
OPTIONS = frozenset({"--include", "--exclude", "--arch"})
"""What a note may hold of the command that it is printed in; each with a value."""
_LIMIT_BYTES = 16 * 1024 * 1024
_PARTIAL = re.compile(r"\.[0-9a-f]{12}\.partial$")


@dataclass(frozen=True, slots=True)
class Manifest:
    """One fetched model.

    Attributes:
        repo: ``ORG/NAME``.
        revision: what was asked for, such as ``main``.
        commit: what that was.
        endpoint: the server.
        options: what was said to ``axchat models pull`` beside the repository, to say it again.
        files: what was chosen, by path.
        seen: size and time of change (ns) of files whose content was found right.
    """

    repo: str
    revision: str
    commit: str
    endpoint: str
    options: tuple[str, ...]
    files: tuple[HubFile, ...]
    seen: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def with_seen(self, path: str, stamp: tuple[int, int]) -> "Manifest":
        """The same, and this file was found right as it is now."""
        return replace(self, seen={**self.seen, path: stamp})


def stamp_of(file: Path) -> tuple[int, int]:
    """What changes when the file does: its size and its time of change in ns.

    Raises:
        OSError: it is not there.
    """
    status = file.stat()
    return status.st_size, status.st_mtime_ns


def wanted(file: HubFile) -> Wanted:
    """What a download has to become."""
    return Wanted(file.name, file.size, file.sha256, file.git_sha1)


def partial_of(target: Path, file: HubFile) -> Path:
    """Where a file is while it is incomplete; another version of it has another name."""
    return target.with_name(f"{target.name}.{(file.sha256 or file.git_sha1)[:12]}.partial")


def is_partial(name: str) -> bool:
    """Whether a name is one of those."""
    return bool(_PARTIAL.search(name))


def write(folder: Path, manifest: Manifest) -> None:
    """Replace the directory's note in one step.

    Raises:
        OSError: the directory cannot be written.
    """
    files = {
        file.path: {
            "size": file.size,
            **({"sha256": file.sha256} if file.sha256 else {"git_sha1": file.git_sha1}),
        }
        for file in manifest.files
    }
    value = {
        "format": FORMAT,
        "repo": manifest.repo,
        "revision": manifest.revision,
        "commit": manifest.commit,
        "endpoint": manifest.endpoint,
        "options": manifest.options,
        "files": files,
        "seen": manifest.seen,
    }
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    replace_whole(folder / NAME, text.encode(), mode=FOR_ALL)


def read(folder: Path) -> Manifest | None:
    """The directory's note; None where there is none.

    Raises:
        ModelError: it is damaged, of a newer axchat, or unreadable.
    """
    path = folder / NAME
    try:
        with path.open("rb") as file:
            data = file.read(_LIMIT_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as exc:
        raise ModelError(f"cannot read {path}: {exc.strerror}") from exc
    try:
        value = json.loads(data)
        if value["format"] != FORMAT:
            raise ModelError(f"{path} is of another version of axchat", hint="update axchat, or pull again")
        return _manifest(value)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as exc:
        raise ModelError(f"{path} is damaged", hint=f"remove it and pull the model again: rm {path}") from exc


def _manifest(value: Any) -> Manifest:
    files = tuple(
        HubFile(str(path), int(fact["size"]), str(fact.get("sha256", "")), str(fact.get("git_sha1", "")))
        for path, fact in value["files"].items()
    )
    check_names(file.path for file in files)
    seen = {str(path): (int(size), int(time)) for path, (size, time) in value["seen"].items()}
    options = tuple(str(each) for each in value["options"])
    if len(options) % 2 or not set(options[::2]) <= OPTIONS:
        raise ValueError("options that a pull does not note")
    repo, revision, commit, endpoint = (str(value[key]) for key in ("repo", "revision", "commit", "endpoint"))
    return Manifest(repo, revision, commit, endpoint, options, files, seen)
