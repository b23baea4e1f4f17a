"""Settings that had another name once; the old one is still read. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rename:
    """One change of a name.

    Attributes:
        old: the dotted key as it was.
        new: as it is now.
        since: the version that has the new one.
    """

    old: str
    new: str
    since: str


RENAMED: tuple[Rename, ...] = ()
"""Every renamed key. None was renamed so far: the first one to be comes here."""
