"""What a loaded runner's start lines say of its sizes, and whether a prompt fits them. Pure.

Lines: ``max_token_len : 1023``, ``kv_cache_size : 32, kv_cache_num: 1023``, ``prefill_token_num : 128``,
``prefill_max_token_num : 1920`` (vendor LLM.hpp; runner-console part II section 1, part I section 3.2).
"""

import re
from dataclasses import dataclass

from axchat.errors import ContextOverflow

_SIZE = re.compile(r"\b(max_token_len|kv_cache_num|prefill_token_num|prefill_max_token_num) ?: ?(\d+)")


@dataclass
class Limits:
    """Sizes in tokens; None until the runner said so.

    Attributes:
        max_token_len: positions that prompt and answer share.
        kv_cache_num: positions of the cache; equal or larger.
        prefill_token_num: tokens of one prefill step; builds without it feed one token at a time.
        prefill_max_token_num: longest prompt that prefill takes in several steps (context and axllm).
    """

    max_token_len: int | None = None
    kv_cache_num: int | None = None
    prefill_token_num: int | None = None
    prefill_max_token_num: int | None = None

    def learn(self, message: str) -> None:
        """Take the sizes that a log message of the load tells; others are left alone."""
        if message.startswith(("grp:", "decode grp", "prefill grp")):
            return  # one group of several; the largest has a line of its own
        for name, number in _SIZE.findall(message):
            setattr(self, name, int(number))

    @property
    def has_prefill(self) -> bool:
        """Whether a prompt is read in steps rather than token by token."""
        return self.prefill_token_num is not None

    @property
    def longest_prompt(self) -> int | None:
        """Tokens that a prompt may have and still leave room for one answer token."""
        if self.prefill_max_token_num is not None:
            return _least(self.prefill_max_token_num, self.max_token_len)
        return _least(self.prefill_token_num, self.max_token_len)

    def answer_room(self, prompt_tokens: int) -> int | None:
        """Answer tokens that fit behind a prompt; None when the runner did not tell.

        A runner generates ``max_token_len - prompt + 1`` tokens at most (recording 05-pty-length-limit).
        """
        return None if self.max_token_len is None else max(0, self.max_token_len - prompt_tokens + 1)

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
        facts = {"prompt_tokens": prompt_tokens, "context_tokens": self.max_token_len, "prompt_limit": longest}
        if longest is not None and prompt_tokens > longest:
            raise ContextOverflow(
                f"the prompt has {prompt_tokens} tokens, this model takes {longest}",
                hint="shorten the prompt or start a new conversation",
                **facts,
            )
        if room is not None and max_tokens is not None and max_tokens > room:
            raise ContextOverflow(
                f"the prompt has {prompt_tokens} tokens, which leaves room for {room} "
                f"of a context of {self.max_token_len}, not for --max-tokens {max_tokens}",
                hint=f"ask for at most {room}, or shorten the prompt",
                max_tokens=max_tokens,
                **facts,
            )


def _least(*sizes: int | None) -> int | None:
    return min((size for size in sizes if size is not None), default=None)
