"""The requests of each test: what is said before, the prompt, and how much is answered."""

from dataclasses import replace

from axchat.bench.plan import DEFAULT_PROMPT, BenchTest, Kind
from axchat.bench.prompts import SizedPrompt, prompt_of
from axchat.engines.base import Capabilities, Engine, Request
from axchat.errors import UsageError
from axchat.messages import Message, Role, Sampling

MORE = "And what else is there to say about it?"
"""Goes on with a conversation, to see what a kept prefix saves."""


class Requests:
    """Makes one test's requests.

    Args:
        engine: started, because only a loaded model can count tokens.
        test: what is measured.
        sampling: of all requests; the token limit is the test's.
        seed: of the prompts' words: none is asked twice.
    """

    def __init__(self, engine: Engine, test: BenchTest, sampling: Sampling, seed: str) -> None:
        self._engine = engine
        self._test = test
        self._seed = seed
        self._made = 0
        can_limit = "max_tokens" in engine.capabilities.sampling
        self._sampling = replace(sampling, max_tokens=test.n_gen if can_limit else None)
        self._one = replace(sampling, max_tokens=1 if can_limit else None)
        self.leaves_early = test.kind is Kind.PROMPT and not can_limit
        """The engine would answer on; the bench leaves at the first text."""

    def refuse_too_large(self) -> None:
        """Raise where this test can never run on this engine.

        Raises:
            UsageError: it takes no earlier messages, or not so many tokens.
        """
        able, test = self._engine.capabilities, self._test
        if test.n_depth and not able.history:
            raise UsageError(
                f"the {self._engine.name} engine takes no earlier messages, so {test.name} cannot be measured"
            )
        _refuse_too_large(able, test)

    def depth(self) -> Request | None:
        """What fills the conversation before; None for a test at depth 0."""
        if not self._test.n_depth:
            return None
        return Request((self._sized(self._test.n_depth, ())[0],), self._one)

    def next(self, before: tuple[Message, ...]) -> tuple[Request, int | None]:
        """The next request of the test, and how many tokens its prompt was made to have, if it was."""
        test = self._test
        if test.text is not None:
            return Request((Message(Role.USER, test.text),), self._sampling), None
        if test.kind is Kind.ANSWER:
            return Request((*before, Message(Role.USER, DEFAULT_PROMPT)), self._sampling), None
        message, tokens = self._sized(test.n_depth + test.n_prompt, before)
        return Request((*before, message), self._sampling), tokens

    def going_on(self, request: Request, answer: str) -> Request:
        """What goes on with a conversation that was just had."""
        said = (Message(Role.ASSISTANT, answer), Message(Role.USER, MORE))
        return Request((*request.messages, *said), self._one)

    def _sized(self, tokens: int, before: tuple[Message, ...]) -> tuple[Message, int]:
        self._made += 1

        def count(text: str) -> int | None:
            return self._engine.count(Request((*before, Message(Role.USER, text)), self._sampling))

        prompt: SizedPrompt = prompt_of(tokens, count, f"{self._seed} {self._made}")
        return Message(Role.USER, prompt.text), prompt.tokens


def _refuse_too_large(able: Capabilities, test: BenchTest) -> None:
    prompt, context = test.n_depth + test.n_prompt, able.context_tokens
    for tokens, limit, what in (
        (prompt, able.prompt_tokens_max, "prompts have at most"),
        (prompt + (test.n_gen or 0), context, "context has"),
    ):
        if limit is not None and tokens > limit:
            raise UsageError(
                f"{test.name} needs {tokens} tokens, and the model's {what} {limit}",
                hint="measure a smaller size",
            )
