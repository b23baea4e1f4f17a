"""Which names somebody who mistyped one may have meant. Pure."""

from collections.abc import Iterable


def nearest_names(name: str, known: Iterable[str], most: int = 1, *, alike: float = 0.6) -> list[str]:
    """The known names that look like this one, whatever their case, the likeliest first.

    Args:
        name: as typed.
        known: what there is.
        most: how many to give.
        alike: how alike they are at least, from 0 to 1, as ``difflib`` measures it.
    """
    from difflib import get_close_matches  # only who made a mistake pays for it

    by_lower = {each.lower(): each for each in known}
    return [by_lower[each] for each in get_close_matches(name.lower(), by_lower, most, alike)]
