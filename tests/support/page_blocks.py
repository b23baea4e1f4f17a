"""The commands that a page of the documents shows, read from its ``console`` and ``sh`` blocks.

The convention is told in docs/CONTRIBUTING.md, "Commands in the documents".
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
CONSOLE, SHELL = "console", "sh"
_WITH = re.compile(r"<!-- with: (.+?) -->", re.DOTALL)
_STATUS = re.compile(r"#.*\bexit status (\d+)\s*$")
_CHAT = re.compile(r"axchat chat\b[^|<>]*$")
_PROMPT, _CONTINUED = "$ ", "> "
_COMMAND = re.compile(r"(?:\$ |sudo |axchat |curl |pip |python3? (?:-[mc] |\S+\.py)|export |\w+=\S+ axchat )")


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a block.

    Attributes:
        text: as a shell takes it; may have several lines.
        output: the lines that are shown below it; of an ``sh`` block none.
        status: the exit status that an ``sh`` block promises; None in a ``console`` block, which shows it
            with ``echo $?`` where it matters.
    """

    text: str
    output: tuple[str, ...] = ()
    status: int | None = None

    @property
    def typed(self) -> tuple[str, ...]:
        """What its output shows behind the prompt of a chat."""
        if not _CHAT.match(self.text):
            return ()
        return tuple(line.removeprefix("> ") for line in self.output if line.startswith("> "))


@dataclass(frozen=True, slots=True)
class Block:
    """Commands that share a shell: what one exports, the next one has.

    Attributes:
        kind: ``console`` or ``sh``.
        first, end: the lines of the page between its fences, from 0, ``end`` not among them.
        needs: what has to be there, from the comments above it; stays for the rest of the page.
    """

    kind: str
    first: int
    end: int
    needs: tuple[tuple[str, ...], ...]
    commands: tuple[Command, ...]


def pages() -> list[Path]:
    """README.md and every page of docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a page that hold commands, in order."""
    needs: list[tuple[str, ...]] = []
    for token in MarkdownIt().parse(text):
        if token.type == "html_block" and (found := _WITH.search(token.content)):
            needs += [tuple(shlex.split(need)) for need in found[1].split(";")]
        elif token.type == "fence" and token.info.strip() in (CONSOLE, SHELL):
            assert token.map is not None
            kind = token.info.strip()
            read = shown if kind == CONSOLE else statements
            commands = tuple(read(token.content.splitlines()))
            yield Block(kind, token.map[0] + 1, token.map[1] - 1, tuple(needs), commands)
            needs = []


def shown(lines: Iterable[str]) -> Iterator[Command]:
    """The commands behind ``$``, each with the output below it.

    Raises:
        ValueError: the block does not begin with a command.
    """
    text, output = "", list[str]()
    for line in lines:
        if text and not is_whole(text):
            text += "\n" + line.removeprefix(_CONTINUED)
        elif line.startswith(_PROMPT):
            if text:
                yield Command(text, tuple(output))
            text, output = line.removeprefix(_PROMPT), []
        elif text:
            output.append(line)
        else:
            raise ValueError(f"a console block begins with a command, not with: {line}")
    if text:
        yield Command(text, tuple(output))


def statements(lines: Iterable[str]) -> Iterator[Command]:
    """The commands of an ``sh`` block; comments may end a line or have one to themselves."""
    text = ""
    for line in lines:
        text = f"{text}\n{line}" if text else line
        if not is_whole(text):
            continue
        if shlex.split(text, comments=True):
            found = _STATUS.search(text)
            yield Command(text, status=int(found[1]) if found else 0)
        text = ""


def is_whole(text: str) -> bool:
    """Whether no quote is open and no backslash continues the last line."""
    try:
        shlex.split(text, comments=True)
    except ValueError:
        return False
    return not text.endswith("\\")


def unmarked(text: str) -> Iterator[str]:
    """Lines that look like commands in blocks of another kind, where nothing would run them."""
    for token in MarkdownIt().parse(text):
        if token.type in ("code_block", "fence") and not _is_ours(token):
            yield from (line for line in token.content.splitlines() if _COMMAND.match(line))


def _is_ours(token: Token) -> bool:
    return token.type == "fence" and token.info.strip() in (CONSOLE, SHELL)


def written(block: Block, outputs: Iterable[tuple[str, ...]]) -> list[str]:
    """The lines of a console block with other outputs."""
    lines = list[str]()
    for command, output in zip(block.commands, outputs, strict=True):
        first, *more = command.text.split("\n")
        lines += [_PROMPT + first, *(_CONTINUED + line for line in more), *output]
    return lines
