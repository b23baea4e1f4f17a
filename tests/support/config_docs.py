"""Writes the table of settings from the schema: ``python -m support.config_docs`` in ``tests/``."""

from collections.abc import Iterator
from pathlib import Path

from axchat.config.renames import RENAMED
from axchat.config.schema import Option, options
from axchat.config.values import toml

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"

MARK = "<!-- python -m support.config_docs in tests/ writes what follows -->\n"
"""What is above it on the page is written by hand."""

_KINDS = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def table() -> str:
    """All settings, and the old names of those that were renamed."""
    return "".join(f"| {' | '.join(cells)} |\n" for cells in _rows()) + "".join(_old_names())


def _rows() -> Iterator[tuple[str, ...]]:
    yield "key", "type", "default", "environment", "one model", "what"
    yield ("---",) * 6
    for option in options():
        default = "" if option.default is None else f"`{toml(option.default)}`"
        own = "yes" if option.per_model else ""
        doc = option.doc.replace("|", "\\|").replace("<", "&lt;")
        yield f"`{option.key}`", _type(option), default, f"`{option.env}`", own, doc


def _type(option: Option) -> str:
    if option.words:
        return "one of " + ", ".join(f"`{word}`" for word in option.words)
    least = "" if option.at_least is None else f", at least {option.at_least:g}"
    return _KINDS[option.kind] + least


def _old_names() -> Iterator[str]:
    if RENAMED:
        yield "\n| old name | is now | since |\n| --- | --- | --- |\n"
        for rename in RENAMED:
            yield f"| `{rename.old}` | `{rename.new}` | {rename.since} |\n"


def page() -> str:
    """The whole page: what is written by hand, and the table."""
    written, mark, _old = PAGE.read_text(encoding="utf-8").partition(MARK)
    return f"{written}{mark}\n{table()}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
