"""Emphasis, code, links and breaks inside a block, as styled text."""

from collections.abc import Sequence

from markdown_it.token import Token
from rich.style import Style
from rich.text import Text

from axchat.ui.markdown.parse import CONTINUED

CODE = Style(color="cyan")
LINK = Style(underline=True)
ADDRESS = Style(dim=True)

_STYLES = {
    "strong": Style(bold=True),
    "em": Style(italic=True),
    "s": Style(strike=True),
    "link": LINK,
}


def styled(token: Token, base: Style | None = None) -> Text:
    """The text of an ``inline`` token; a line break of the source is one here.

    A link is its text with its address behind it, where they differ: a terminal's own links would hide it.
    """
    text = Text(end="")
    _append(text, token.children or (), base or Style())
    return text[1:] if text.plain.startswith(CONTINUED) else text


def _append(text: Text, children: Sequence[Token], style: Style) -> None:
    styles = [style]
    links: list[tuple[str, int]] = []
    for child in children:
        name = child.type.removesuffix("_open").removesuffix("_close")
        if child.nesting == 1:
            styles.append(styles[-1] + _STYLES.get(name, Style()))
            if name == "link":
                links.append((str(child.attrs.get("href", "")), len(text)))
        elif child.nesting == -1:
            styles.pop()
            if name == "link":
                _add_address(text, *links.pop())
        elif child.type in {"softbreak", "hardbreak"}:
            text.append("\n")
        elif child.type == "code_inline":
            text.append(child.content, styles[-1] + CODE)
        elif child.type == "image":
            start = len(text)
            _append(text, child.children or (), styles[-1] + LINK)
            _add_address(text, str(child.attrs.get("src", "")), start)
        else:
            text.append(child.content, styles[-1])


def _add_address(text: Text, address: str, start: int) -> None:
    if address and address.removeprefix("mailto:") != text.plain[start:]:
        text.append(f" ({address})" if len(text) > start else address, ADDRESS)
