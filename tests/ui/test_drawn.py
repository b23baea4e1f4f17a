"""What is on a terminal when an answer was drawn there, frame by frame."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from axchat.ui.markdown.stream import MarkdownRows
from axchat.ui.plain_rows import PlainRows
from axchat.ui.rendering import new_rows
from axchat.ui.rows import AnswerRows
from axchat.ui.thoughts import Thoughts
from support.drawn import SGR, Screen, cut, drawn
from ui.hostile import CONTEXT, HOSTILE

TEXT = """# 標題 one

A paragraph with **bold**, *it*, `code` and a [link](https://example.com/a), then a long run of words that
goes over several rows, so that it has to be wrapped somewhere in the middle of it, and then goes on and on
until there are more than eight rows in forty columns, which needs many words to be said, and more than that.

- one
- two **x**
  - nested 中文字符测试中文字符测试中文字符测试
  - ```
    code in a list
    ```
- three 🎉

1. first
2. second

```python
def f(x):
    \"\"\"doc
    more\"\"\"
    return x  # done, and a long comment that goes on beyond the screen's edge for sure, at any width at all
```

A paragraph before code.

```sh
ls -l
```
```
again
```

| name | 值 | long |
|------|----|------|
| a | 你好 | some words that are long enough to be wrapped |
| b | c | x |

> quoted text that is long enough to be wrapped at forty columns, yes
> second

<div>html</div> & &amp; \\* [ref]: http://x.y

Title
=====

last line
soft
"""

MAKERS: dict[str, Callable[[], AnswerRows]] = {
    "markdown": MarkdownRows,
    "plain": PlainRows,
    "thoughts": lambda: new_rows(Thoughts.SHOW, is_plain=False, clock=lambda: 0.0),
}
ALPHABET = "ab \n\t#*_`~|->[]()!1.\x1b[]0;mH\x07\x9b\u202e\u0301字🎉\r\ue000<"
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060\u2066-\u2069\ufeff"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)


@pytest.mark.parametrize("size", [(40, 12), (100, 40)])
@pytest.mark.parametrize("seed", range(6))
def test_any_cut_gives_the_same_screen(seed: int, size: tuple[int, int]) -> None:
    """Screen and scrollback hold what they would if all had come at once: nothing twice, nothing lost."""
    at_once = drawn(MarkdownRows(), iter([TEXT]), Screen(*size))
    assert drawn(MarkdownRows(), cut(TEXT, seed), Screen(*size)) == at_once
    assert at_once[0] == "標題 one"
    assert at_once[-2:] == ["last line", "soft"]


def test_every_visible_word_is_shown_once() -> None:
    """Markup may go, words may not: also HTML, references and entities are there."""
    shown = " ".join(drawn(MarkdownRows(), cut(TEXT, 1), Screen(100, 40)))
    for word in ("<div>html</div>", "[ref]: http://x.y", "(https://example.com/a)", "& & *", "Title"):
        assert shown.count(word) == 1, word


def harmless(make: Callable[[], AnswerRows], text: str, seed: int) -> Screen:
    """Draw a hostile text below an earlier one, and look whether it did anything but be shown."""
    screen = Screen(40, 12)
    screen.write("earlier text\r\n")
    modes, title = set(screen.emulator.mode), screen.emulator.title
    rows: list[str] = []
    drawn(make(), cut(text, seed, max(30, len(text) // 50)), screen, rows.append)
    for row in rows:
        bare = SGR.sub("", row)
        assert not FORBIDDEN.search(bare), ascii(bare)
        assert "\n" not in bare
    assert screen.lines[0] == "earlier text"
    assert (set(screen.emulator.mode), screen.emulator.title) == (modes, title)
    return screen


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_answers_are_only_text(name: str, maker: str) -> None:
    """In every construct of markdown: no mode, no title, no earlier text changes, only colours come out."""
    harmless(MAKERS[maker], CONTEXT.replace("{}", HOSTILE[name]), len(name))


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(st.sampled_from(ALPHABET), max_size=120),
    seed=st.integers(0, 1000),
)
def test_random_text_is_only_text(text: str, seed: int) -> None:
    """Whatever comes, cut anywhere: the same screen as at once, and nothing but text."""
    screen = harmless(MarkdownRows, text, seed)
    assert screen.lines[1:] == harmless(MarkdownRows, text, 0).lines[1:]


def test_a_character_that_is_none_is_not_swallowed() -> None:
    """U+FDD0, which marks the second part of a paragraph here, stands as U+FFFD where a model says it."""
    assert drawn(MarkdownRows(), iter(["\ufdd0a\ufdd0b"]), Screen(40, 12)) == ["\ufffda\ufffdb"]
