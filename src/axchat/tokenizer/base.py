"""The port of a tokenizer, and of what a turn tells the service that axchat runs in the vendor's place."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

NO_ID = -1
"""What the vendor's servers answer for a token that a vocabulary lacks (facts, vendor tokenizer servers)."""


class Detokenizer(Protocol):
    """Ids in, text out, over one answer; a character never comes out before it is whole."""

    def add(self, ids: Sequence[int]) -> str:
        """Return the text that ``ids`` complete; bytes that can never be UTF-8 come as surrogateescape."""
        ...

    def finish(self) -> str:
        """Return what was held back; the answer is over."""
        ...


class Tokenizer(Protocol):
    """A model's vocabulary."""

    @property
    def bos_id(self) -> int:
        """The id that begins a text, or ``NO_ID``."""
        ...

    @property
    def eos_id(self) -> int:
        """The id that ends an answer, or ``NO_ID``."""
        ...

    @property
    def eos_ids(self) -> frozenset[int]:
        """Every id that ends an answer."""
        ...

    @property
    def added(self) -> dict[str, int]:
        """Spelling to id of the tokens that are matched as a whole before the vocabulary is asked."""
        ...

    @property
    def special(self) -> frozenset[str]:
        """The spellings among ``added`` that are never shown."""
        ...

    def encode(self, text: str) -> list[int]:
        """Return the ids of ``text``; added tokens' spellings become their ids, nothing is put around."""
        ...

    def encode_plain(self, text: str) -> list[int]:
        """Return the ids of ``text`` with every spelling taken as ordinary text."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ``ids``: what a new detokenizer gives for all of them."""
        ...

    def detokenizer(self) -> Detokenizer:
        """Return a new incremental detokenizer, at the start of an answer."""
        ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """The ids handed to the runner for a placeholder.

    ``token_ids`` is the whole prompt (never empty: the runner dies of an empty list); ``diff`` what is new
    since the KV cache's content, which is all that a context runner embeds; None means all of it.
    """

    token_ids: Sequence[int]
    diff: Sequence[int] | None = None


class Hold(Enum):
    """A turn's answer that keeps the runner waiting until ``release``."""

    HOLD = "hold"


HOLD = Hold.HOLD


class Turn(Protocol):
    """What an engine does when the runner asks; called on the service's thread, must return quickly."""

    def prompt(self, text: str, last_reply: str | None) -> Prompt | Hold | None:
        """Return the ids for the line that was typed; None when the line is a stranger's."""
        ...

    def decoded(self, ids: tuple[int, ...]) -> str | Hold:
        """Take a /decode body and return what to tell the runner, usually "" ; may send SIGINT first."""
        ...
