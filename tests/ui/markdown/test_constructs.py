"""Each construct of markdown as rows, without their colours."""

import pytest

from axchat.ui.markdown.stream import MarkdownRows
from support.drawn import SGR


def rows(text: str, columns: int = 40) -> list[str]:
    """The rows of a whole answer."""
    answer = MarkdownRows()
    answer.feed(text)
    return [SGR.sub("", row) for row in answer.finish(columns).finished]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# One\n## Two\ntext", ["One", "", "Two", "", "text"]),
        ("One\n===\n\ntext", ["One", "", "text"]),
        ("a\nb  \nc", ["a", "b", "c"]),
        ("**bold** *it* ~~no~~ `code` \\* &amp; &lt;", ["bold it no code * & <"]),
        ("[text](http://x.y) <http://a.b> <m@x.y>", ["text (http://x.y) http://a.b m@x.y"]),
        ("![alt](pic.png) ![](only.png)", ["alt (pic.png) only.png"]),
        ("- a\n- b\n  - c\n    more\n- d", ["• a", "• b", "  • c", "    more", "• d"]),
        ("- a\n\n- b", ["• a", "", "• b"]),
        ("3. a\n4. b", ["3. a", "4. b"]),
        ("9. a\n10. b", [" 9. a", "10. b"]),
        ("- a\n  ```sh\n  ls\n  ```", ["• a", "  ```sh", "  ls", "  ```"]),
        ("> a\n> > b\n\nc", ["│ a", "│", "│ │ b", "", "c"]),
        ("a\n\n***\n\nb", ["a", "", "─" * 40, "", "b"]),
        ("```\na\n\n  b\n```\nc", ["```", "a", "", "  b", "```", "", "c"]),
        ("~~~~ py x\n```\n~~~\n~~~~", ["~~~~py x", "```", "~~~", "~~~~"]),
        ("    indented\n    code", ["```", "indented", "code", "```"]),
        ("|a|b|\n|-|-|\n|1|2|\n|3|", ["a   │ b", "────┼────", "1   │ 2", "3   │"]),
        (
            "|name|n|mid|\n|:-|-:|:-:|\n|a|1|b|\n|cc|12345|d|",
            ["name │     n │ mid", "─────┼───────┼────", "a    │     1 │  b", "cc   │ 12345 │  d"],
        ),
        ("<b>x</b>\n\n<!-- y -->\n\n[r]: http://z", ["<b>x</b>", "", "<!-- y -->", "", "[r]: http://z"]),
        ("a *b", ["a *b"]),
        ("```unclosed\nx", ["```unclosed", "x"]),
        ("", []),
        ("\n\n", []),
    ],
)
def test_a_construct(text: str, expected: list[str]) -> None:
    """It is drawn so, and nothing that was said is missing."""
    assert rows(text) == expected


def test_code_is_not_broken() -> None:
    """A line of code is one row, however long: it copies as it is."""
    line = "x = '" + "y" * 100 + "'"
    assert rows(f"```python\n{line}\n```", 20)[1] == line


def test_a_table_is_as_wide_as_the_screen_allows() -> None:
    """Cells are wrapped; where even that does not fit, each row is a list of fields."""
    table = "| name | what it is |\n|---|---|\n| long one | several words in a cell |\n| 你好 | b |\n"
    assert all(len(row) <= 24 for row in rows(table, 24))
    wide = "|" + "|".join("abcdefgh") + "|\n|" + "-|" * 8 + "\n|" + "|".join("12345678") + "|"
    assert rows(wide, 20)[:3] == ["a: 1", "b: 2", "c: 3"]


def test_what_may_still_change_is_open() -> None:
    """A list's last item, a paragraph, the beginning of a rule: nothing of them is finished."""
    answer = MarkdownRows()
    answer.feed("para\n\n- one\n- two")
    frame = answer.frame(40, 10)
    assert frame.finished == ("para",)
    assert [SGR.sub("", row) for row in frame.open] == ["", "• one", "• two"]


@pytest.mark.parametrize("last", ["-", "2", "2.", "#", "==", "```", "|", ">", "*"])
def test_a_line_that_may_mislead_is_held_back(last: str) -> None:
    """A lone mark is not shown before it is known what it begins."""
    answer = MarkdownRows()
    answer.feed(f"text\n{last}")
    assert [SGR.sub("", row) for row in answer.frame(40, 10).open] == ["text"]


def test_a_tall_paragraph_is_finished_from_above() -> None:
    """Only so many rows stay open, and none is shown twice."""
    answer, finished = MarkdownRows(), []
    words = [f"word{number}" for number in range(100)]
    for word in words:
        answer.feed(word + " ")
        frame = answer.frame(30, 4)
        finished += frame.finished
        assert len(frame.open) <= 4
    finished += answer.finish(30).finished
    assert " ".join(finished).split() == words


def test_a_language_nobody_knows_is_plain() -> None:
    """The code is shown as it is."""
    assert rows("```klingon\nqapla'\n```") == ["```klingon", "qapla'", "```"]


def test_code_has_colours() -> None:
    """A string of several lines keeps its own, line by line."""
    answer = MarkdownRows()
    answer.feed('```python\nx = """a\nb"""\n')
    finished = answer.frame(40, 4).finished
    assert "\x1b[33mb" in finished[2]


def test_an_open_line_of_code_shows_its_end() -> None:
    """A line that is longer than the screen does not look stuck."""
    answer = MarkdownRows()
    answer.feed("```\n" + "x" * 50 + "end")
    assert answer.frame(20, 8).open == ("x" * 20, "x" * 20, "x" * 10 + "end")


def test_code_in_a_list_has_its_colours() -> None:
    """Also over lines: the block is read as a whole."""
    answer = MarkdownRows()
    answer.feed('- a\n  ```python\n  """a\n  b"""\n  ```\n')
    assert "\x1b[33mb" in answer.finish(40).finished[3]
