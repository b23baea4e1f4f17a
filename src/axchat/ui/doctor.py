"""Shows what the doctor found: for people, and as JSON."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from axchat.doctor.result import CheckResult, Status, exit_status

if TYPE_CHECKING:
    from rich.console import Console

_MARKS = {
    Status.OK: ("ok  ", "green"),
    Status.WARN: ("warn", "yellow"),
    Status.FAIL: ("FAIL", "bold red"),
    Status.SKIP: ("skip", "dim"),
}
_ID_WIDTH = 18  # the longest id that is not a rare model.<problem>
_INDENT = " " * 6


def render(results: Sequence[CheckResult], console: "Console") -> None:
    """Print one line per check and, below warnings and failures, what it means and the next command.

    Lines are not wrapped, so that a command can be copied whole.
    """
    from rich.text import Text

    for result in results:
        mark, style = _MARKS[result.status]
        line = Text.assemble((mark, style), "  ", (f"{_safe(result.id):<{_ID_WIDTH}}", "bold"), "  ")
        line.append(_safe(result.summary))
        console.print(line, soft_wrap=True)
        if result.status in (Status.WARN, Status.FAIL):
            if result.meaning:
                console.print(Text(_INDENT + _safe(result.meaning)), soft_wrap=True)
            if result.hint:
                console.print(Text(f"{_INDENT}-> {_safe(result.hint)}", "cyan"), soft_wrap=True)
    console.print(Text(_verdict(results)), soft_wrap=True)


def as_json(results: Sequence[CheckResult]) -> str:
    """The findings as one JSON object: ``exit_status`` and ``checks``; ASCII only."""
    checks = [
        {
            "id": result.id,
            "status": str(result.status),
            "summary": result.summary,
            "meaning": result.meaning,
            "hint": result.hint,
            "facts": dict(result.facts),
        }
        for result in results
    ]
    return json.dumps({"exit_status": exit_status(results), "checks": checks}, indent=2)


def _verdict(results: Sequence[CheckResult]) -> str:
    first = next((result for result in results if result.status is Status.FAIL), None)
    if first is not None:
        return f"first failure: {_safe(first.id)}; mend it before what stands below it"
    warnings = sum(result.status is Status.WARN for result in results)
    if warnings:
        return f"nothing failed, {warnings} warning{'s' if warnings > 1 else ''}"
    return "nothing failed"


def _safe(text: str) -> str:
    """Escape sequences, in names of downloaded files or in a program's output, made visible."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
