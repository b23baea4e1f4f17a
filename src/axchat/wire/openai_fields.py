"""Values in a JSON object of another program, which may be anything. Pure."""

from collections.abc import Mapping

# What a counter or a clock can say; more (1e400 parses to infinity) is garbage.
_LARGEST_NUMBER = 2**53


def mapping_of(value: object) -> Mapping[str, object]:
    """The object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def number_of(value: object) -> float | None:
    """The number, from nought on; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _LARGEST_NUMBER else None


def count_of(value: object) -> int | None:
    """The whole number, from nought on; None for anything else."""
    number = number_of(value)
    return None if number is None or number != int(number) else int(number)
