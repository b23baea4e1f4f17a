"""Whether a prompt and its answer fit a loaded runner's context. Pure."""

from dataclasses import dataclass, field

from axchat.console.events import Limits
from axchat.errors import ContextOverflow


@dataclass(frozen=True, slots=True)
class ContextRoom:
    """What fits, by the sizes that the runner's start lines told; what was not said is not enforced."""

    limits: Limits = field(default_factory=Limits)

    @property
    def has_prefill(self) -> bool:
        """Whether a prompt is read in steps rather than token by token."""
        return self.limits.prefill_token_num is not None

    @property
    def longest_prompt(self) -> int | None:
        """Tokens that a prompt may have and still leave room for one answer token."""
        if self.limits.prefill_max_token_num is not None:
            return _least(self.limits.prefill_max_token_num, self.limits.max_token_len)
        return _least(self.limits.prefill_token_num, self.limits.max_token_len)

    def prompt_room(self, max_tokens: int | None) -> int | None:
        """Tokens that a prompt may have beside an answer of so many; None when the runner did not tell."""
        longest, room = self.longest_prompt, self.answer_room(0)
        if longest is None or room is None or max_tokens is None:
            return longest
        return min(longest, max(0, room - max_tokens))

    def answer_room(self, prompt_tokens: int) -> int | None:
        """Answer tokens that fit behind a prompt; None when the runner did not tell.

        A runner generates ``max_token_len - prompt + 1`` tokens at most (recording 05-pty-length-limit).
        """
        return (
            None
            if self.limits.max_token_len is None
            else max(0, self.limits.max_token_len - prompt_tokens + 1)
        )

    def is_full(self, prompt_tokens: int, answer_tokens: int) -> bool:
        """Whether an answer ended because the context did."""
        room = self.answer_room(prompt_tokens)
        return room is not None and answer_tokens >= room

    def check(self, prompt_tokens: int, max_tokens: int | None) -> None:
        """Refuse what does not fit; nothing was sent.

        Raises:
            ContextOverflow: names the numbers.
        """
        longest, room = self.longest_prompt, self.answer_room(prompt_tokens)
        facts = {
            "prompt_tokens": prompt_tokens,
            "context_tokens": self.limits.max_token_len,
            "prompt_limit": longest,
        }
        if longest is not None and prompt_tokens > longest:
            raise ContextOverflow(
                f"the prompt has {prompt_tokens} tokens, this model takes {longest}",
                hint="shorten the prompt or start a new conversation",
                **facts,
            )
        if room is not None and max_tokens is not None and max_tokens > room:
            raise ContextOverflow(
                f"the prompt has {prompt_tokens} tokens, which leaves room for {room} "
                f"of a context of {self.limits.max_token_len}, not for --max-tokens {max_tokens}",
                hint=f"ask for at most {room}, or shorten the prompt",
                max_tokens=max_tokens,
                **facts,
            )


def _least(*sizes: int | None) -> int | None:
    return min((size for size in sizes if size is not None), default=None)
