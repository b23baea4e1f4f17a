"""What a bench will measure, in which order, and how often; pure. The vocabulary is llama-bench's."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from axchat.errors import UsageError
from axchat.messages import Sampling

DEFAULT_REPETITIONS = 5
"""As llama-bench; enough for a deviation, few enough for a card at 4 tokens a second."""

DEFAULT_WARM_UPS = 1
"""The first request after a load pays for things that later ones do not."""

DEFAULT_PROMPT_TOKENS = 128
"""Not llama-bench's 512: many builds for these cards take 128 at most, and old ones read 10 a second."""

DEFAULT_ANSWER_TOKENS = 128
"""As llama-bench's tg128."""

DEFAULT_PROMPT = "Write a very long and detailed story about a lighthouse keeper, with many chapters."
"""Makes every chat model talk for longer than the default token limit."""

MOST_TOKENS = 1_000_000
"""No card's context comes near; a slip of the keyboard does."""


class Kind(StrEnum):
    """What a test is about."""

    PROMPT = "pp"
    ANSWER = "tg"
    BOTH = "pg"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class BenchTest:
    """One line of the report.

    Attributes:
        kind: ``PROMPT`` reads a prompt and says one token; ``ANSWER`` answers a short prompt; ``BOTH`` does
            both; ``TEXT`` asks ``text`` as it is.
        n_prompt: tokens of the prompt, template included; 0 where its size does not matter.
        n_gen: the most tokens of the answer; None where the engine cannot be told.
        n_depth: tokens that the conversation has before.
        text: the user's own prompt, for ``TEXT``.
        number: which of those it is, from 1.
    """

    kind: Kind
    n_prompt: int = 0
    n_gen: int | None = None
    n_depth: int = 0
    text: str | None = None
    number: int = 0

    @property
    def name(self) -> str:
        """As llama-bench calls it: ``pp512``, ``tg128``, ``pp512+tg128``, ``tg128 @ d512``."""
        said = f"tg{self.n_gen}" if self.n_gen is not None else "tg"
        names = {
            Kind.PROMPT: f"pp{self.n_prompt}",
            Kind.ANSWER: said,
            Kind.BOTH: f"pp{self.n_prompt}+{said}",
            Kind.TEXT: f"prompt {self.number}",
        }
        return names[self.kind] + (f" @ d{self.n_depth}" if self.n_depth else "")


@dataclass(frozen=True, slots=True)
class Plan:
    """Each test in turn: its warm-ups, which are not reported, then its repetitions.

    Attributes:
        tests: what is measured.
        repetitions: of each.
        warm_ups: before each.
        delay_s: seconds of rest before each test, to let a card cool down.
        sampling: of every request; its token limit is each test's own.
        measures_reuse: whether a prompt test also asks for what a kept prefix saves.
        is_default: nobody asked for just these tests, so one that the engine refuses is no failure.
        limits_are_wishes: nobody asked for just these answers' sizes: where an engine cannot be told, they
            are as long as they come.

    Raises:
        UsageError: there is nothing to measure.
    """

    tests: Sequence[BenchTest]
    repetitions: int = DEFAULT_REPETITIONS
    warm_ups: int = DEFAULT_WARM_UPS
    delay_s: float = 0.0
    sampling: Sampling = field(default_factory=Sampling)
    measures_reuse: bool = True
    is_default: bool = False
    limits_are_wishes: bool = False

    def __post_init__(self) -> None:
        if not self.tests:
            raise UsageError(
                "there is nothing to measure", hint="-p 128 measures a prompt of 128 tokens, -n 128 an answer"
            )
        if self.repetitions < 1:
            raise UsageError(
                "a bench needs at least one repetition", hint="--repetitions 5 gives a deviation"
            )
        if self.warm_ups < 0:
            raise UsageError("the number of warm-ups cannot be negative", hint="--warm-up 0 leaves them out")

    def without_limits(self) -> "Plan":
        """The same with answers as long as they come; prompt tests stay as they are."""
        tests = (t if t.kind is Kind.PROMPT else replace(t, n_gen=None) for t in self.tests)
        return replace(self, tests=tuple(dict.fromkeys(tests)))

    @property
    def total(self) -> int:
        """How many requests are counted: of each test its warm-ups and its repetitions."""
        return len(self.tests) * (self.warm_ups + self.repetitions)


def all_tests(
    *,
    prompts: Sequence[int] = (),
    answers: Sequence[int | None] = (),
    pairs: Sequence[tuple[int, int | None]] = (),
    depths: Sequence[int] = (0,),
    texts: Sequence[str] = (),
    text_answer: int | None = None,
) -> tuple[BenchTest, ...]:
    """Every test that was asked for, without doubles, in llama-bench's order: by depth, then pp, tg, pg.

    Args:
        prompts: sizes, tokens; 0 asks for none.
        answers: sizes, tokens; 0 asks for none, None for answers as long as they come.
        pairs: prompt and answer of one request.
        depths: tokens in the conversation before.
        texts: prompts of the user's own, asked as they are; no depth is laid before them.
        text_answer: the most tokens of an answer to them.

    Raises:
        UsageError: a prompt of the user's own is empty.
    """
    if not all(text.strip() for text in texts):
        raise UsageError("a bench needs prompts that are not empty")
    found: list[BenchTest] = []
    for depth in depths or (0,):
        found += [BenchTest(Kind.PROMPT, size, 1, depth) for size in prompts if size]
        found += [BenchTest(Kind.ANSWER, 0, size, depth) for size in answers if size != 0]
        found += [BenchTest(Kind.BOTH, prompt, answer, depth) for prompt, answer in pairs]
    found += [BenchTest(Kind.TEXT, 0, text_answer, 0, text, number) for number, text in enumerate(texts, 1)]
    return tuple(dict.fromkeys(found))


def sizes(texts: Sequence[str] | None, option: str) -> tuple[int, ...] | None:
    """Numbers of tokens as an option takes them, ``128,512`` or repeated; None where it was not given.

    Raises:
        UsageError: one is no number of tokens.
    """
    if not texts:
        return None
    return tuple(_size(part, option) for text in texts for part in text.split(","))


def pairs(texts: Sequence[str] | None) -> tuple[tuple[int, int], ...]:
    """The pairs ``512,128`` of ``-pg``.

    Raises:
        UsageError: one is no pair.
    """
    found = []
    for text in texts or ():
        parts = text.split(",")
        if len(parts) != 2 or "0" in {part.strip() for part in parts}:
            raise UsageError(
                f"-pg takes two numbers of tokens, not {text!r}",
                hint="-pg 512,128 reads 512 tokens and says 128",
            )
        found.append((_size(parts[0], "-pg"), _size(parts[1], "-pg")))
    return tuple(found)


def share(text: str) -> float:
    """A share as an option takes it: ``5%``, or ``0.05``.

    Raises:
        UsageError: it is none.
    """
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)\s?(%?)", text.strip(), re.ASCII)
    if found is None or (not found[2] and float(found[1]) >= 1):  # 5 may be either
        raise UsageError(
            f"--threshold takes a share, not {text!r}", hint="--threshold 5% or --threshold 0.05"
        )
    return float(found[1]) / (100 if found[2] else 1)


def _size(text: str, option: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text.strip(), re.ASCII) or int(text) > MOST_TOKENS:
        raise UsageError(
            f"{option} takes numbers of tokens, not {text.strip()!r}",
            hint=f"{option} 128 or {option} 128,512",
        )
    return int(text)
