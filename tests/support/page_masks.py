"""What may differ between an output in the documents and a real one: the rules, and nothing else."""

import re
from collections.abc import Callable, Iterable

_NUMBER = r"\d+(?:[.,]\d+)*"
MASKS: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?", "<moment>"),
    (r"\bpid \d+", "pid <number>"),
    (r"\baxchat \d+\.\d+\.\d+\w*", "axchat <version>"),
    (r'("(?:version|axchat)": ?")\d+\.\d+\.\d+[^"]*', r"\1<version>"),
    (rf"{_NUMBER} ?(?:ms|s|min|h)\b(?: {_NUMBER} ?(?:ms|s|min)\b)*", "<time>"),
    # a row of a table: figures with the unit in another column
    (r"(?m)^[│|].*$", lambda row: re.sub(rf"(?<![\w.-]){_NUMBER}(?![\w.])", "<figure>", row[0])),
    (rf"{_NUMBER} ?(?:tok(?:ens?)?/s|°C|[MG]Hz|%)", "<rate>"),
    (rf"{_NUMBER} ?(?:[KMG]i?B|kB)\b", "<size>"),
    (r',"axchat":\{"queued_duration":\d+\}', ""),  # only where it waited
    # figures of JSON and of Prometheus that are times or rates
    (r'("\w*(?:_s|_ms|_duration|_per_s|_tps|_wait|_seconds)": ?)[\d.e+-]+', r"\1<figure>"),
    (r'("(?:created|pid|port)": ?)\d+', r"\1<number>"),
    (r'("(?:id|digest)": ?)"[^"]+"', r'\1"<name>"'),
    (r"(?m)^(axchat_\w*(?:seconds|bytes|celsius|ratio)\w*(?:\{[^}]*\})?) [\d.e+-]+$", r"\1 <figure>"),
    # columns are as wide as what stands in them
    (r"[─-]{3,}", "---"),
    (r"(?m)[ \t]+$", ""),
    (r"[ \t]+", " "),
)
"""Patterns and what takes their place, one after the other; docs/CONTRIBUTING.md lists them."""


def masked(lines: Iterable[str]) -> str:
    """An output without what varies from run to run."""
    text = "\n".join(lines).strip("\n")
    for pattern, instead in MASKS:
        text = re.sub(pattern, instead, text)
    return text
