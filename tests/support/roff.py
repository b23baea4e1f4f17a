"""Text as man pages have it: requests of man(7), a few of them. Pure."""

import re
import textwrap

_ESCAPES = {
    "\\": "\\e",
    "-": "\\-",  # a hyphen that can be copied from the page as it is typed
    "'": "\\(aq",
    "`": "\\(ga",
    "^": "\\(ha",
    "~": "\\(ti",
    '"': "\\(dq",
}
_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[([^]]+)\]\([^)]+\)")


def plain(text: str) -> str:
    """Text without marks, in one line."""
    return "".join(_ESCAPES.get(character, character) for character in " ".join(text.split()))


def filled(written: str) -> str:
    """Lines of at most 78 characters; none that begins as a request does."""
    lines = textwrap.wrap(written, 78, break_long_words=False, break_on_hyphens=False)
    return "".join(f"\\&{line}\n" if line.startswith(".") else f"{line}\n" for line in lines)


def text(marked: str) -> str:
    """Text in which `code` is bold."""
    parts = _CODE.split(marked)  # text and code in turn
    return "".join(bold(part) if n % 2 else plain(f"x{part}x")[1:-1] for n, part in enumerate(parts))


def bold(words: str) -> str:
    """What is typed as it is."""
    return f"\\fB{plain(words)}\\fR"


def italic(words: str) -> str:
    """What stands for something else."""
    return f"\\fI{plain(words)}\\fR"


def without_links(markdown: str) -> str:
    """Markdown's text; a bar in a table's cell is escaped."""
    return _LINK.sub(r"\1", markdown).replace("\\|", "|")


def section(title: str, body: str) -> str:
    """A section of requests and text lines."""
    return f".SH {title}\n{body}"


def part(title: str, body: str) -> str:
    """A part of a section."""
    return f".SS {plain(title)}\n{body}"


def item(tag: str, about: str) -> str:
    """Something, which is requests' text already, and what it is."""
    return f".TP\n{tag}\n{filled(text(about))}"


def paragraphs(help_text: str) -> str:
    """Paragraphs with an empty line between them."""
    return ".PP\n".join(filled(text(it)) for it in help_text.strip().split("\n\n"))
