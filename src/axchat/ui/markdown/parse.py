"""Markdown as its blocks: markdown-it-py, told to leave nothing out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

CONTINUED = "\ufdd0"
"""Stands in front of a paragraph's second part: whatever that begins with, it is no list and no heading.

A noncharacter: no text holds it, and one that does is shown U+FFFD in its place.
"""


@dataclass(frozen=True, slots=True)
class Block:
    """One block at the top level: its tokens, and its lines from ``first`` to ``end`` (not included)."""

    tokens: tuple[Token, ...]
    first: int
    end: int

    @property
    def kind(self) -> str:
        """As the parser calls it: paragraph_open, bullet_list_open, fence, ..."""
        return self.tokens[0].type


@cache
def _parser() -> MarkdownIt:
    # CommonMark, GitHub's tables and strikes. HTML stays text, and so do definitions of references: both
    # would show nothing of what the model said.
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("reference")


def blocks(text: str) -> list[Block]:
    """The blocks of a text, in order."""
    return split(_parser().parse(text), 0)


def split(tokens: Sequence[Token], level: int) -> list[Block]:
    """The blocks that begin at this level of nesting."""
    found: list[Block] = []
    begun: list[Token] = []
    for token in tokens:
        begun.append(token)
        if token.level == level and token.nesting <= 0:
            opening = begun[0]
            first, end = opening.map or (0, 0)
            found.append(Block(tuple(begun), first, end))
            begun = []
    return found
