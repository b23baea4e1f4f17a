from pathlib import Path

from axchat.repl.builtins import TABLE

_DOCUMENT = Path(__file__).parents[2] / "docs" / "chat.md"


def test_the_document_lists_the_commands_as_the_help_does() -> None:
    """docs/chat.md has one row per command, in the same order and words."""
    expected = ["| command | does |", "| --- | --- |"]
    expected += [f"| `{_cell(one.usage)}` | {_cell(one.summary)} |" for one in TABLE.commands]
    lines = _DOCUMENT.read_text("utf-8").splitlines()
    at = lines.index(expected[0])
    assert lines[at : at + len(expected)] == expected
    assert lines[at + len(expected)] == ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
