import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.chat.code_blocks import CodeBlock, code_blocks


@pytest.mark.parametrize(
    ("markdown", "blocks"),
    [
        ("no code, `code` in a line", []),
        ("```python\nprint(1)\n```", [CodeBlock("python", "print(1)")]),
        ("a\n\n```\none\n\n two\n```\nb\n~~~sh -x\nthree\n~~~", [("", "one\n\n two"), ("sh", "three")]),
        ("````md\n```\ninner\n```\n````", [("md", "```\ninner\n```")]),
        ("~~~\n```\n~~~", [("", "```")]),
        ("```c\nint a;\n", [("c", "int a;")]),
        ("```c", [("c", "")]),
        ("```\r\na\r\n```\r\n", [("", "a")]),
        ("1. so:\n\n   ```sh\n   ls\n     -l\n   ```\n", [("sh", "ls\n  -l")]),
        ("- ```sh\n  ls\n  ```", [("sh", "ls")]),
        ("> ```py\n> a\n>\n> b\n> ```\n", [("py", "a\n\nb")]),
        ("> ```py\n> a\nafter\n```\nb\n```", [("py", "a"), ("", "b")]),
        ("> ```py\n> a\n```\nb\n```", [("py", "a"), ("", "b")]),
        ("``` code `in` a line ```\n", []),
        ("```a\n```b\n```", [("a", "```b")]),
        ("```\na\n``\n```", [("", "a\n``")]),
    ],
)
def test_blocks_are_found(markdown: str, blocks: list[tuple[str, str]]) -> None:
    """Fences of both kinds, nested, indented, quoted and never closed."""
    expected = [block if isinstance(block, CodeBlock) else CodeBlock(*block) for block in blocks]
    assert code_blocks(markdown) == expected


@given(st.lists(st.text(st.characters(exclude_characters="`\n\r", exclude_categories=["Cs"]))))
def test_code_comes_out_as_it_went_in(lines: list[str]) -> None:
    """Whatever stands between two fences is the code, byte for byte."""
    code = "\n".join(lines)
    if lines:
        assert code_blocks(f"before\n```x\n{code}\n```\nafter") == [CodeBlock("x", code)]


@given(st.text(alphabet="`~>-1. ab\n\t"))
def test_any_text_is_read(text: str) -> None:
    """No text is too odd, and no code is made up: every line of code is part of the text."""
    for block in code_blocks(text):
        assert all(line in text for line in block.code.split("\n"))
