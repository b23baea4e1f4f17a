"""A value and who says so."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Stated(Generic[T_co]):
    """A value with its source.

    Attributes:
        value: as stated, or calculated from it.
        source: an address, a document, or what on this machine says so.
        derived: how it was calculated; empty where it is as stated.
    """

    value: T_co
    source: str
    derived: str = ""

    @property
    def text(self) -> str:
        """The value with its source behind it."""
        told = f"{self.derived}; {self.source}" if self.derived else self.source
        return f"{self.value} ({told})"

    def as_json(self) -> dict[str, object]:
        """The same, ready for JSON."""
        return {"value": self.value, "source": self.source, "derived": self.derived or None}
