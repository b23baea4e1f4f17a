"""What both sides of OpenAI's chat schema need: text for JSON, values that may be anything. Pure."""

from collections.abc import Mapping

END_OF_STREAM = "[DONE]"

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


def without_surrogates(text: str) -> str:
    """The text with each lone surrogate replaced by U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
