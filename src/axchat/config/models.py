"""Which tables ``[models."NAME"]`` are a model's, by the names it goes by. Pure."""

from collections.abc import Iterable, Sequence
from posixpath import basename, dirname, splitext

MODELS = "models"
"""The table of the tables of one model each."""


def names_of(typed: str, path: str, also: Sequence[str] = ()) -> tuple[str, ...]:
    """What a model is called, the name that the user chose first.

    Args:
        typed: the model as it was named: a known name, an alias, a path.
        path: its directory, run script or file, absolute; the same as ``typed`` for a known name.
        also: further names: the registered one, aliases.
    """
    base = basename(path.rstrip("/"))
    stem, ending = splitext(base)
    if ending == ".sh":  # a model directory's run script
        base = basename(dirname(path))
    names = [typed, *also, base, *([stem] if ending.lower() == ".gguf" else [])]
    return tuple(dict.fromkeys(name for name in names if name))


def matching(names: Sequence[str], sections: Iterable[str]) -> tuple[str, ...]:
    """The sections that are of a model with these names, the nearest one last: it wins."""
    there = set(sections)
    return tuple(name for name in reversed(names) if name in there)
