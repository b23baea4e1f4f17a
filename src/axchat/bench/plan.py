"""What a bench will ask, in which order, and how often; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from axchat.errors import UsageError
from axchat.messages import Sampling

DEFAULT_REPETITIONS = 5
"""As llama-bench; enough for a deviation, few enough for a card at 4 tokens a second."""

DEFAULT_WARM_UPS = 1
"""The first request after a load pays for things that later ones do not."""

DEFAULT_MAX_TOKENS = 128
"""As llama-bench's tg128, where the engine can be told to stop."""

DEFAULT_PROMPT = "Explain step by step how a refrigerator keeps food cold, in plain words."
"""Makes every chat model talk for longer than the default token limit."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request: which prompt (from 0), and which repetition of it (from 0; warm-ups apart)."""

    prompt: int
    repetition: int
    is_warm_up: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Each prompt in turn: its warm-ups, which are not reported, then its repetitions.

    Raises:
        UsageError: there is nothing to measure.
    """

    prompts: Sequence[str] = (DEFAULT_PROMPT,)
    repetitions: int = DEFAULT_REPETITIONS
    warm_ups: int = DEFAULT_WARM_UPS
    sampling: Sampling = field(default_factory=Sampling)

    def __post_init__(self) -> None:
        if not self.prompts or not all(prompt.strip() for prompt in self.prompts):
            raise UsageError("a bench needs prompts that are not empty")
        if self.repetitions < 1:
            raise UsageError(
                "a bench needs at least one repetition", hint="--repetitions 5 gives a deviation"
            )
        if self.warm_ups < 0:
            raise UsageError("the number of warm-ups cannot be negative", hint="--warm-up 0 leaves them out")

    def steps(self) -> Iterator[Step]:
        """All requests, in order."""
        for prompt in range(len(self.prompts)):
            for repetition in range(self.warm_ups):
                yield Step(prompt, repetition, is_warm_up=True)
            for repetition in range(self.repetitions):
                yield Step(prompt, repetition, is_warm_up=False)

    @property
    def total(self) -> int:
        """How many requests that is."""
        return len(self.prompts) * (self.warm_ups + self.repetitions)
