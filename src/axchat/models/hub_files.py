"""A repository's list of files as values, and which lists are refused. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from axchat.errors import ModelError

MAX_FILES = 20_000
"""The largest vendor repository has some 150; a list beyond this is no model."""
_MAX_NAME_BYTES = 200  # 255 on Linux, less what a partial file's name adds
_MAX_PATH_BYTES = 1000
OUR_FILES = ".axchat-"
"""Names that begin so are axchat's own, in a model's directory."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of a repository.

    Attributes:
        path: relative, with slashes.
        size: bytes.
        sha256: hex; known for large files (git-lfs, Xet), else "".
        git_sha1: the blob's name in git, hex; "" where it is unknown. Of a large file it names the pointer
            and proves nothing.
    """

    path: str
    size: int
    sha256: str = ""
    git_sha1: str = ""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The path without its last part; "" at the top."""
        return self.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a server has of a repository at one commit.

    Attributes:
        repo: ``ORG/NAME``.
        revision: what was asked for.
        commit: what that is now.
        endpoint: the server.
        files: all of them, by path.
    """

    repo: str
    revision: str
    commit: str
    endpoint: str
    files: tuple[HubFile, ...]


def check_names(paths: Iterable[str]) -> None:
    """Refuse a list with a name that could leave the model's directory, or that a terminal would obey.

    Raises:
        ModelError: for the first such name, or for too many.
    """
    seen: set[str] = set()
    for number, path in enumerate(paths):
        if number >= MAX_FILES:
            raise ModelError(f"the repository has more than {MAX_FILES} files: it is no model")
        fault = _fault(path) or ("is there twice" if path in seen else "")
        if fault:
            raise ModelError(
                f"the repository has a file whose name {fault}: {path[:120]!r}",
                hint="nothing was fetched; no honest repository has such a name",
            )
        seen.add(path)


def _fault(path: str) -> str:
    parts = path.split("/")
    try:
        encoded = path.encode()
    except UnicodeEncodeError:
        return "is not text"
    if not path.isprintable() or "\\" in path:
        return "has control characters or backslashes"
    if ".." in parts or "." in parts or "" in parts:
        return "leaves its directory"
    if len(encoded) > _MAX_PATH_BYTES or any(len(part.encode()) > _MAX_NAME_BYTES for part in parts):
        return "is too long"
    if any(part.startswith(OUR_FILES) or part == ".git" for part in parts):
        return "is not its own"
    return ""


def total(files: Iterable[HubFile]) -> int:
    """Bytes of all of them."""
    return sum(file.size for file in files)


def counted(number: int) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} file" if number == 1 else f"{number} files"
