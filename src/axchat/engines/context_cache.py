"""Which tokens a stateful runner's KV cache holds, so that only the new ones are sent. Pure.

A ``context`` runner embeds only the ``diff`` of an ``/encode`` reply; it must be what follows the tokens
in its cache (runner-console part I, section 4).
"""

from collections.abc import Sequence
from itertools import takewhile


class ContextCache:
    """The ids in a runner's cache, or that they are not known.

    Attributes:
        ids: what the cache holds, in order; None when it is not known, until the next ``reset_to``.
    """

    def __init__(self) -> None:
        self.ids: tuple[int, ...] | None = None

    def reset_to(self, ids: Sequence[int]) -> None:
        """The runner dropped its cache and read these ids."""
        self.ids = tuple(ids)

    def lose(self) -> None:
        """Something happened that leaves the content of the cache unknown."""
        self.ids = None

    def diff(self, ids: Sequence[int]) -> tuple[int, ...] | None:
        """What must be added to make the cache hold ``ids``; None when only a reset can."""
        held = self.ids
        if held is None or len(ids) <= len(held) or tuple(ids[: len(held)]) != held:
            return None
        return tuple(ids[len(held) :])

    def after(self, prompt: Sequence[int], answer: Sequence[int], used: int | None) -> None:
        """Take the end of a turn.

        Args:
            prompt: all ids of the prompt.
            answer: every id that the runner generated, in order.
            used: how many ids the runner says its cache holds; None in builds that do not say it.
        """
        whole = (*prompt, *answer)
        known = used is not None and len(prompt) <= used <= len(whole)
        self.ids = whole[:used] if known else None


def common_prefix(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    """The ids that two prompts begin with alike."""
    return tuple(a for a, b in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
