"""How far a bench is, in one line; pure."""

from axchat.bench.measure import Progress

CELLS = 20


def progress_line(progress: Progress) -> str:
    """A bar, what is asked now, and how long the rest takes if it goes on like this; "" before the first."""
    if progress.test is None:
        return ""
    done = CELLS * progress.done // progress.total
    left_s = progress.elapsed_s / progress.done * (progress.total - progress.done) if progress.done else None
    left = "" if left_s is None else f", about {left_s:.0f} s left"
    what = "warm-up" if progress.is_warm_up else "request"
    bar = "#" * done + "." * (CELLS - done)
    return f"[{bar}] {progress.done + 1}/{progress.total} {progress.test.name} {what}{left}"
