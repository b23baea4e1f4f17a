"""How a download looks: a bar on a terminal, two plain lines elsewhere. Writes to stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from axchat.models.download import Progress
from axchat.models.sizes import size_shown

_WORDS = {"check": "checking", "download": "downloading", "unpack": "unpacking"}
_OTHER_COLUMNS = 60
"""What the word before the title, a short bar and the figures take."""


@contextmanager
def download_progress(stream: TextIO, title: str, *, plain: bool) -> Iterator[Callable[[Progress], None]]:
    """Gives the callback that ``models.fetch.fetch`` reports to; the drawing ends with the block.

    Args:
        stream: where notices go (stderr).
        title: what is being fetched, one line.
        plain: no terminal, or one without cursor movement: a line at the start and one at the end.
    """
    with (_lines if plain else _bar)(stream, title) as report:
        yield report


@contextmanager
def _lines(stream: TextIO, title: str) -> Iterator[Callable[[Progress], None]]:
    seen: list[Progress] = []

    def report(progress: Progress) -> None:
        if not seen or seen[-1].stage != progress.stage:
            print(
                f"{_WORDS.get(progress.stage, progress.stage)} {title}: {size_shown(progress.total)}",
                file=stream,
                flush=True,
            )
        seen[:] = [progress]

    yield report
    if seen:
        print(f"{title}: done", file=stream, flush=True)


@contextmanager
def _bar(stream: TextIO, title: str) -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        ProgressColumn,
        Task,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{size_shown(int(speed))}/s", "progress.data.speed")

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        Speed(),
        TimeRemainingColumn(),
    )
    console = Console(file=stream, highlight=False)
    shown = _shortened(title, console.width - _OTHER_COLUMNS)
    with Bars(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def report(progress: Progress) -> None:
            task = tasks.get(progress.stage)
            if task is None:
                word = _WORDS.get(progress.stage, progress.stage)
                # what an earlier run fetched is no speed of this one
                task = tasks[progress.stage] = bars.add_task(
                    f"{word} {shown}", total=progress.total, completed=progress.done
                )
            bars.update(task, completed=progress.done, total=progress.total)

        yield report


def _shortened(title: str, room: int) -> str:
    """The title's end, which tells models apart, where the whole would wrap the line."""
    return title if len(title) <= room else f"…{title[len(title) - room + 1 :]}" if room > 1 else "…"
