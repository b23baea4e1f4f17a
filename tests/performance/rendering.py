"""Measure what drawing a streamed markdown answer costs, side by side in one run.

``PYTHONPATH=tests python -m performance.rendering [--full]``: answers of 2,000 and of 8,000 tokens, three
characters each, a frame every two tokens (20 tokens a second at ten frames), on a screen of 100x40: axchat's
rows in its region, Rich's ``Live(Markdown)``, and plain writing. Prints CPU seconds, bytes, and ratios. Live
at 8,000 tokens takes minutes: it is measured with ``--full``; without, only at 2,000. The targets: at 8,000
tokens at most 1/50 of Live, and at most five times what 2,000 tokens cost.
"""

import io
import sys
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.live import Live
from rich.markdown import Markdown

from axchat.ui.answer_screen import most_open_rows
from axchat.ui.markdown.stream import MarkdownRows
from axchat.ui.region import Region

COLUMNS, ROWS = 100, 40
CHARACTERS_PER_TOKEN = 3
TOKENS_PER_FRAME = 2
TARGET_RATIO = 1 / 50
TARGET_GROWTH = 5.0

SECTION = """# Section {n}: 標題

A paragraph with **bold**, *italic*, `code` and a [link](https://example.com/{n}), which goes on for some
rows, because people like to read, 日本語の文章も中にあります。それに emoji 🎉, and more to fill it.

- one point that is made here, with some words
- another **point**
  - and one below it
- a third

```python
def section_{n}(x: int) -> str:
    \"\"\"Say something.\"\"\"
    return f"{{x}} and {n}"  # a comment
```

| name | 值 | remark |
|---|---|---|
| first | 你好 | some words |
| second | 3 | more words, and more |

> A quote of one sentence, which is long enough to be wrapped when the screen is not as wide as that.

1. first
2. second
3. third

"""


def answer(tokens: int) -> str:
    """An answer of so many tokens."""
    length = tokens * CHARACTERS_PER_TOKEN
    text = "".join(SECTION.replace("{n}", str(n)).replace("{{", "{").replace("}}", "}") for n in range(200))
    return text[:length]


def pieces(text: str) -> Iterator[str]:
    """What comes between two frames."""
    step = CHARACTERS_PER_TOKEN * TOKENS_PER_FRAME
    return (text[at : at + step] for at in range(0, len(text), step))


def plain(text: str) -> int:
    """Written as it comes."""
    sink = io.StringIO()
    for piece in pieces(text):
        sink.write(piece)
        sink.flush()
    return len(sink.getvalue().encode())


def ours(text: str) -> int:
    """Rows of ours, drawn in a region."""
    sink = io.StringIO()

    def write(data: str) -> None:
        sink.write(data)

    region = Region(write)
    rows = MarkdownRows()
    for piece in pieces(text):
        rows.feed(piece)
        frame = rows.frame(COLUMNS, most_open_rows(ROWS))
        region.show(frame.finished, frame.open)
    region.show(rows.finish(COLUMNS).finished, ())
    region.close()
    return len(sink.getvalue().encode())


def live(text: str) -> int:
    """Rich's own way."""
    sink = io.StringIO()
    console = Console(file=sink, width=COLUMNS, height=ROWS, force_terminal=True, legacy_windows=False)
    shown = ""
    with Live(console=console, auto_refresh=False) as display:
        for piece in pieces(text):
            shown += piece
            display.update(Markdown(shown), refresh=True)
    return len(sink.getvalue().encode())


def measured(draw: Callable[[str], int], text: str) -> tuple[float, int]:
    """CPU seconds and bytes."""
    began = time.process_time()
    written = draw(text)
    return time.process_time() - began, written


def main() -> int:
    """Measure, print, and judge."""
    is_full = "--full" in sys.argv
    ours(answer(50))  # imports are paid once in a process
    spent: dict[tuple[str, int], float] = {}
    print(f"{'':8} {'tokens':>7} {'CPU s':>9} {'ms/frame':>9} {'MB':>8}")
    for tokens in (2000, 8000):
        for draw in (plain, ours, live):
            if draw is live and tokens > 2000 and not is_full:
                continue
            seconds, written = measured(draw, answer(tokens))
            spent[draw.__name__, tokens] = seconds
            frames = tokens / TOKENS_PER_FRAME
            each = seconds / frames * 1000
            print(f"{draw.__name__:8} {tokens:7} {seconds:9.3f} {each:9.3f} {written / 1e6:8.2f}")
    growth = spent["ours", 8000] / spent["ours", 2000]
    print(f"ours, 8,000 against 2,000 tokens: {growth:.1f} times (target: at most {TARGET_GROWTH:.0f})")
    fails = growth > TARGET_GROWTH
    for tokens in (2000, 8000):
        if ("live", tokens) in spent:
            ratio = spent["ours", tokens] / spent["live", tokens]
            print(f"ours against Live at {tokens}: 1/{1 / ratio:.0f}")
            fails |= tokens == 8000 and ratio > TARGET_RATIO
    return int(fails)


if __name__ == "__main__":
    raise SystemExit(main())
