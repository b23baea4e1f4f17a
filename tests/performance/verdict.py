"""Whether a run is good: which rows missed their target, and why."""

from collections.abc import Iterable

from performance.row import Row


def reason(row: Row) -> str:
    """Why a row is not good, in one line."""
    if row.failure:
        return f"{row.key}: not measured: {row.failure}"
    sides = f" ({row.ours} against {row.theirs})" if row.theirs else f" ({row.ours})"
    return f"{row.key}: {row.shown_value}{sides}, target {row.target}"


def missed(rows: Iterable[Row]) -> list[str]:
    """A line for each row that missed its target or was not measured; empty where all is well."""
    return [reason(row) for row in rows if not row.is_met]
