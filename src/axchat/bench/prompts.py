"""Prompts of an exact number of tokens, by the model's own template and vocabulary; pure."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from axchat.errors import UsageError

WORDS = """
time year people way day man thing woman life child world school state family student group country
problem hand part place case week company system program question work number night point home water
room mother area money story fact month lot right study book eye job word business issue side kind
head house service friend father power hour game line end member law car city name team minute idea
"""
"""Common words: one token each in nearly every vocabulary."""

FILLERS = (" a", " 1", ".", " the", "!", "a")
"""One token each in some vocabulary."""

Count = Callable[[str], int | None]
"""How many tokens a request has whose last message is this text; None where nobody knows."""


@dataclass(frozen=True, slots=True)
class SizedPrompt:
    """A text, and how many tokens a request with it has, template and earlier messages included."""

    text: str
    tokens: int


def prompt_of(tokens: int, count: Count, seed: str) -> SizedPrompt:
    """A text that makes its request so many tokens long; another seed gives another text from its first word.

    Args:
        tokens: wanted, all of the request's.
        count: counts, exactly.
        seed: of the words.

    Raises:
        UsageError: the engine cannot count, the template alone is longer, or no text has that size.
    """
    said = random.Random(seed).choices(WORDS.split(), k=max(1, tokens))  # noqa: S311  it only has to differ
    least = _counted(count, said[0])
    if least > tokens:
        raise UsageError(
            f"a prompt cannot have {tokens} tokens: with one word and its chat template it has {least}",
            hint=f"ask for {least} tokens or more",
        )

    def first(many: int) -> str:
        return " ".join(said[:many])

    # every word has a token at least, and what is missing behind the last whole one is filled up
    text = first(
        _most(lambda many: _counted(count, first(many)) <= tokens, min(len(said), 1 + tokens - least))
    )
    for filler in FILLERS:
        if (sized := _filled(text, filler, tokens, count)) is not None:
            return sized
    raise UsageError(
        f"no prompt of exactly {tokens} tokens was found for this vocabulary",
        hint="try another size, or --prompt TEXT",
    )


def _most(fits: Callable[[int], bool], most: int) -> int:
    """The largest number from 1 to ``most`` that fits, where 1 does."""
    low, high = 1, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _filled(text: str, filler: str, tokens: int, count: Count) -> SizedPrompt | None:
    """The text with as many fillers as make it exactly so long; None where they do not."""
    many, seen = 0, set[int]()
    while many not in seen and many >= 0:
        seen.add(many)
        filled = text + many * filler
        found = _counted(count, filled)
        if found == tokens:
            return SizedPrompt(filled, found)
        many += tokens - found
    return None


def _counted(count: Count, text: str) -> int:
    tokens = count(text)
    if tokens is None:
        raise UsageError(
            "this engine cannot count a prompt's tokens, so it cannot be asked for a size",
            hint="measure a text of your own: axchat bench --prompt TEXT",
        )
    return tokens
