"""Measure every row, say which targets are missed, write the document. Started by ``run.py``."""

import argparse
import datetime
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from performance.machine import machine, versions
from performance.page import Group, line, page
from performance.row import Scale
from performance.suite import MEASURES, UnknownKey, chosen, measured
from performance.surroundings import surroundings
from performance.verdict import missed

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
DOCUMENT = ROOT / "docs" / "performance.md"
MISSING = ROOT / ".performance" / "missing-peers.json"


def say(text: str, end: str = "\n") -> None:
    """Tell whoever waits."""
    print(text, end=end, file=sys.stderr, flush=True)


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """The command line's."""
    parser = argparse.ArgumentParser(prog="run.py", description="Measure how fast axchat is.")
    parser.add_argument("--only", nargs="+", default=[], metavar="KEY", help="rows, or groups of them")
    parser.add_argument("--quick", action="store_true", help="each group for seconds; writes nothing")
    parser.add_argument("--output", type=Path, metavar="FILE", help=f"default: {DOCUMENT.relative_to(ROOT)}")
    parser.add_argument("--list", action="store_true", help="the keys of all rows")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Measure; 0 when all targets are met, 1 when not, 2 for a wrong command line."""
    options = arguments(given)
    try:
        work = chosen(MEASURES, options.only)
    except UnknownKey as error:
        say(f"error: no row {error} (--list names them)")
        return 2
    if options.list:
        print("\n".join(key for _, keys in work for key in keys))
        return 0
    scale = Scale.QUICK if options.quick else Scale.FULL
    # A part, or a quick look, is no reason to replace the document.
    output = options.output or (None if options.quick or options.only else DOCUMENT)
    missing = json.loads(MISSING.read_text()) if MISSING.is_file() else {}
    groups: list[Group] = []
    at, facts = datetime.datetime.now(datetime.UTC), machine()
    with surroundings(TESTS) as place:
        for number, (measure, keys) in enumerate(work, 1):
            say(f"[{number}/{len(work)}] {measure.title}: {', '.join(keys)} ... ", end="")
            group = measured(measure, keys, scale, fetch_model=place.fetch_model, missing=missing)
            say(f"{group.seconds:.1f} s")
            print("\n".join(line(row) for row in group.rows), flush=True)
            groups.append(group)
    if output:
        output.write_text(page(groups, facts, versions(), at))
        say(f"wrote {output}")
    lines = missed(row for group in groups for row in group.rows)
    for each in lines:
        say(f"missed: {each}")
    return int(bool(lines))


if __name__ == "__main__":
    raise SystemExit(main())
