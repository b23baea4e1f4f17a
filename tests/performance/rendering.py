"""Drawing a streamed markdown answer, a frame every two tokens of three characters, on a screen of 100x40.

axchat's rows in its region, against Rich's ``Live(Markdown)`` drawn anew for each frame; both in this
process, to a file in memory. Costs are CPU time, which other programs do not disturb; the time of a frame
is on the clock, because a renderer that waits costs no CPU. The answer has headings, lists, code, tables,
quotes, Chinese and emoji.
"""

import io
import os
import pty
import select
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live
from rich.markdown import Markdown

from axchat.ui.answer_screen import AnswerScreen, most_open_rows
from axchat.ui.markdown.stream import MarkdownRows
from axchat.ui.pace import SHORTEST_FRAME_S
from axchat.ui.region import BEGIN_FRAME, Region
from performance.row import Row, Scale, Target, at_least, at_most
from performance.turns import percentile

KEYS = ("rendering/live", "rendering/growth", "rendering/frame-p99", "rendering/screen")
COLUMNS, ROWS = 100, 40
CHARACTERS_PER_TOKEN = 3
TOKENS_PER_FRAME = 2
LONG = 8000
LIVE_LIMIT_S = 300.0
"""Live's cost grows with the square of the length: it is measured at the longest answer below that."""
LENGTHS = {Scale.QUICK: (250, 1000), Scale.FULL: (2000, LONG)}
TIMES = {Scale.QUICK: 3, Scale.FULL: 3}
STREAM_S = {Scale.QUICK: 2.0, Scale.FULL: 10.0}
TOKEN_S = 0.005

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


@dataclass(frozen=True, slots=True)
class Drawn:
    """What it took: CPU seconds, and each frame's milliseconds on the clock."""

    cpu_s: float
    frames_ms: tuple[float, ...]


def answer(tokens: int) -> str:
    """An answer of so many tokens."""
    length = tokens * CHARACTERS_PER_TOKEN
    text = "".join(SECTION.replace("{n}", str(n)).replace("{{", "{").replace("}}", "}") for n in range(200))
    return text[:length]


def pieces(text: str) -> Iterator[str]:
    """What comes between two frames."""
    step = CHARACTERS_PER_TOKEN * TOKENS_PER_FRAME
    return (text[at : at + step] for at in range(0, len(text), step))


def ours(text: str) -> Drawn:
    """Rows of ours, drawn in a region."""
    sink = io.StringIO()

    def write(data: str) -> None:
        sink.write(data)

    region, rows = Region(write), MarkdownRows()
    frames, cpu_began = [], time.process_time()
    for piece in pieces(text):
        began = time.perf_counter()
        rows.feed(piece)
        frame = rows.frame(COLUMNS, most_open_rows(ROWS))
        region.show(frame.finished, frame.open)
        frames.append(1000 * (time.perf_counter() - began))
    region.show(rows.finish(COLUMNS).finished, ())
    region.close()
    return Drawn(time.process_time() - cpu_began, tuple(frames))


def live(text: str) -> float:
    """Rich's own way; CPU seconds."""
    console = Console(
        file=io.StringIO(), width=COLUMNS, height=ROWS, force_terminal=True, legacy_windows=False
    )
    shown, began = "", time.process_time()
    with Live(console=console, auto_refresh=False) as display:
        for piece in pieces(text):
            shown += piece
            display.update(Markdown(shown), refresh=True)
    return time.process_time() - began


def frames_per_s(seconds: float) -> float:
    """Frames a second that ``axchat run`` draws on a terminal, of an answer that comes without a break."""
    ours_end, terminal = pty.openpty()
    tokens = round(seconds / TOKEN_S)
    text = answer(tokens)
    shown = bytearray()
    try:
        with open(terminal, "wb", closefd=False) as stream:
            screen = AnswerScreen(MarkdownRows(), stream)
            began = time.monotonic()
            for token in range(tokens):
                screen.write(text[token * CHARACTERS_PER_TOKEN :][:CHARACTERS_PER_TOKEN])
                while (left := began + (token + 1) * TOKEN_S - time.monotonic()) > 0:
                    if select.select([ours_end], [], [], left)[0]:
                        shown += os.read(ours_end, 65536)
            screen.finish()
    finally:
        os.close(terminal)
        os.close(ours_end)
    return shown.count(BEGIN_FRAME.encode()) / seconds


def compared_length(short: int, long: int, short_s: float) -> int:
    """The longest answer that Live draws in time, in steps of a thousand tokens; the short one at least."""
    lengths = range(long, short, -1000)
    return next((each for each in lengths if short_s * (each / short) ** 2 <= LIVE_LIMIT_S), short)


def live_target(tokens: int, scale: Scale) -> Target:
    """1/50; a quick look, at a short answer, asks as much less as Live's cost grows faster than ours."""
    return at_most(1 / 50 if scale is Scale.FULL else 1 / 50 * LONG / tokens)


def rows(scale: Scale) -> Iterator[Row]:
    """Measure."""
    short, long = LENGTHS[scale]
    ours(answer(50))  # imports are paid once in a process
    live(answer(50))
    short_live = live(answer(short))
    compared = compared_length(short, long, short_live)
    drawn: dict[int, list[Drawn]] = {length: [] for length in sorted({short, compared, long})}
    for _ in range(TIMES[scale]):
        for length, each in drawn.items():
            each.append(ours(answer(length)))
    cpu = {length: statistics.median(each.cpu_s for each in times) for length, times in drawn.items()}
    theirs = short_live if compared == short else live(answer(compared))
    yield Row(
        KEYS[0],
        f"CPU for {compared:,} tokens against Rich `Live(Markdown)`",
        f"{cpu[compared]:.2f} s",
        f"{theirs:.1f} s",
        cpu[compared] / theirs,
        live_target(compared, scale),
        () if compared == long else (f"Live would take more than {LIVE_LIMIT_S:.0f} s for {long:,} tokens.",),
    )
    yield Row(
        KEYS[1],
        f"linear in length: CPU for {long:,} tokens against {short:,}, four times as many",
        f"{cpu[long]:.2f} s",
        f"{cpu[short]:.2f} s",
        cpu[long] / cpu[short],
        at_most(5),
    )
    frames = sorted(statistics.median(each) for each in zip(*(d.frames_ms for d in drawn[long]), strict=True))
    p99 = percentile(frames, 0.99)
    yield Row(
        KEYS[2],
        f"a frame of {long:,} tokens, 99th percentile",
        f"{p99:.2f} ms",
        "",
        p99,
        at_most(10, "ms"),
        (f"The median frame took {statistics.median(frames):.2f} ms.",),
    )
    most = 1 / SHORTEST_FRAME_S
    drawn_per_s = frames_per_s(STREAM_S[scale])
    yield Row(
        KEYS[3],
        f"drawn on a terminal at {1 / TOKEN_S:.0f} tokens/s, of {most:.0f} frames/s at most",
        f"{drawn_per_s:.1f} frames/s",
        "",
        drawn_per_s / most,
        at_least(0.8),
    )
