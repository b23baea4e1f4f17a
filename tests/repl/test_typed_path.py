import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.repl.typed_path import readings


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("a.txt", ("a.txt",)),
        (" my notes.txt ", ("my notes.txt",)),
        ("'my notes.txt'", ("my notes.txt", "'my notes.txt'")),
        ('"a"', ("a", '"a"')),
        (r"my\ notes.txt", (r"my\ notes.txt", "my notes.txt")),
        ("it's", ("it's",)),
        ("'", ("'",)),
        ("''", ("''",)),
        ("", ()),
    ],
)
def test_a_typed_path_is_read_each_way_it_may_be_meant(text: str, paths: tuple[str, ...]) -> None:
    """Quotes and backslashes may be the terminal's or the file's; blanks are part of the path."""
    assert readings(text) == paths


@given(st.text())
def test_the_path_itself_is_always_among_them(text: str) -> None:
    """No file is out of reach because of how it is called."""
    assert (text.strip() in readings(text)) is bool(text.strip())
