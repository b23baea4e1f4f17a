"""What may name a model, and names made from paths."""

import itertools
from collections.abc import Collection

from axchat.errors import UsageError
from axchat.models.catalogue import KNOWN

MAX_CHARACTERS = 64

_SEPARATES = frozenset("/\\'\"`$&|;<>()[]{}*?!#~=,%^")
"""What separates folders, or what a shell reads as something else."""

_OF_FILES = (".gguf", ".sh", ".json")


def refuse_name(name: str) -> None:
    """Names that cannot be one are refused.

    Raises:
        UsageError: empty, too long, read as a path or by a shell, or the name of a model to fetch.
    """
    if (wrong := _wrong_with(name)) is not None:
        raise UsageError(f"{name!r} cannot name a model: {wrong}", hint="letters and digits, like qwen3-0.6b")


def derived(path: str) -> str:
    """A name from an absolute path: the directory's, or the GGUF file's without its ending.

    A run script is named after its directory, a revision in the hub's cache after its repository. The name
    may be one that ``refuse_name`` refuses; see ``free``.
    """
    folder, _, own = path.rstrip("/").rpartition("/")
    if own.endswith(".sh"):
        folder, _, own = folder.rpartition("/")
    if folder.endswith("/snapshots"):  # the hub's cache: models--OWNER--NAME/snapshots/REVISION
        own = folder.removesuffix("/snapshots").rpartition("--")[2]
    own = own.removesuffix(".gguf")
    plain = "".join(sign if _is_plain(sign) else "-" for sign in own)
    while plain.lower().endswith(_OF_FILES):
        plain = plain.rpartition(".")[0]
    return plain.lstrip(".-_")[:MAX_CHARACTERS] or "model"


def free(name: str, taken: Collection[str]) -> str:
    """The name, with a number behind it if it is taken or is a model's to fetch."""
    numbered = (f"{name[: MAX_CHARACTERS - 6]}-{number}" for number in itertools.count(2))
    tries = itertools.chain([name], numbered)
    return next(it for it in tries if it not in taken and _wrong_with(it) is None)


def _wrong_with(name: str) -> str | None:
    if not name:
        return "it is empty"
    if len(name) > MAX_CHARACTERS:
        return f"it has more than {MAX_CHARACTERS} characters"
    if name.startswith((".", "-", "_")):
        return f"it begins with {name[0]}"
    if name.lower().endswith(_OF_FILES):
        return "it would be read as a file's"
    bad = next((sign for sign in name if not _is_plain(sign)), None)
    if bad is not None:
        return f"it has {bad!r}"
    if name.lower() in KNOWN:
        return "it is the name of a model to fetch"
    return None


def _is_plain(sign: str) -> bool:
    """Seen on a terminal, and part of a word in a shell."""
    return sign.isprintable() and not sign.isspace() and sign not in _SEPARATES
