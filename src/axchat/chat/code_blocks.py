"""The fenced code blocks of a markdown text, by CommonMark's rules for fences; pure."""

import re
from dataclasses import dataclass

_BEFORE = re.compile(r"(?P<quotes>(?: {0,3}> ?)*)(?P<indent>\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)*)")
_FENCE = re.compile(r"(?P<marks>`{3,}|~{3,})(?P<info>.*)")
_QUOTE = re.compile(r" {0,3}> ?")


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """One block: ``language`` is the first word behind the fence or "", ``code`` ends without newline."""

    language: str
    code: str


def code_blocks(markdown: str) -> list[CodeBlock]:
    """All blocks in turn; the last may lack its closing fence.

    A fence inside a list or a quote is one too: its indentation, or its ``>``, is taken off every line.
    Unlike CommonMark's it may be indented by more than three blanks: models indent those of lists at will.
    """
    found: list[CodeBlock] = []
    opening: _Opening | None = None
    lines: list[str] = []
    for line in markdown.replace("\r\n", "\n").split("\n"):
        content = None if opening is None else opening.content(line)
        if opening is not None and (content is None or opening.is_closed_by(content)):
            found.append(CodeBlock(opening.language, "\n".join(lines)))
            opening, lines = None, []
            if content is not None:
                continue
        if opening is None:
            opening = _opening(line)
        elif content is not None:
            lines.append(content)
    if opening is not None:
        found.append(CodeBlock(opening.language, "\n".join(lines).removesuffix("\n")))
    return found


@dataclass(frozen=True, slots=True)
class _Opening:
    marks: str
    language: str
    quotes: int
    indent: int

    def content(self, line: str) -> str | None:
        """The line without what stands before the block; None where the quote around it has ended."""
        for _ in range(self.quotes):
            quote = _QUOTE.match(line)
            if quote is None:
                return None
            line = line[quote.end() :]
        blank = len(line) - len(line.lstrip(" "))
        return line[min(blank, self.indent) :]

    def is_closed_by(self, content: str) -> bool:
        """The same character, at least as many of it, and nothing behind."""
        closing = content.strip()
        return len(closing) >= len(self.marks) and not closing.strip(self.marks[0])


def _opening(line: str) -> _Opening | None:
    before = _BEFORE.match(line)
    assert before is not None, "every part of it may be empty"
    fence = _FENCE.fullmatch(line, before.end())
    if fence is None or (fence["marks"].startswith("`") and "`" in fence["info"]):
        return None  # text, or code inside a line
    language = next(iter(fence["info"].split()), "")
    return _Opening(fence["marks"], language, before["quotes"].count(">"), len(before["indent"]))
