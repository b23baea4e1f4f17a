"""A histogram in one line; pure."""

from collections.abc import Sequence

from axchat.bench.stats import histogram, percentile

BLOCKS = " ▁▂▃▄▅▆▇█"
"""From none to the most."""

ASCII = " .:-=+*#@"
"""The same, for a terminal that knows nothing else."""

CELLS = 24


def drawn(seconds: Sequence[float], blocks: str | None = None) -> str:
    """The least, how often which value came, and the 99th percentile; what is above counts in the last cell.

    Values are seconds and are shown as milliseconds.
    """
    signs = ASCII if blocks is None else blocks
    top = percentile(sorted(seconds), 99)
    counts = histogram((min(value, top) for value in seconds), CELLS)
    most = max(counts)
    cells = "".join(signs[-(-count * (len(signs) - 1) // most)] for count in counts)
    above = f", at most {1000 * max(seconds):.1f}" if max(seconds) > top else ""
    return f"{1000 * min(seconds):.1f} |{cells}| {1000 * top:.1f} ms{above}"
