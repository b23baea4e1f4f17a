"""What is said and how it should be sampled: frozen values that every layer may hold."""

from dataclasses import dataclass, fields, replace
from enum import StrEnum


class Role(StrEnum):
    """Who says a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation; ``text`` is exactly what was said, ``images`` are paths of files."""

    role: Role
    text: str
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is sampled; None leaves a value to the engine.

    ``max_tokens`` counts answer tokens, ``temperature`` and ``top_p`` are floats as in OpenAI's API.
    """

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] | None = None

    def over(self, usual: "Sampling") -> "Sampling":
        """These values, and the usual ones where nothing is chosen."""
        return replace(usual, **self.chosen())  # type: ignore[arg-type]  # our own fields

    def chosen(self) -> dict[str, object]:
        """The values that are not left to the engine, by field name."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in values.items() if value is not None}
