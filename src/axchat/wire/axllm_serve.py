"""What ``axllm serve`` gets wrong, as decisions on values. Pure.

Facts: runner-console I 7 and III 5 and 6; recorded sessions axllm-s01 to s20.
"""

import re
from collections.abc import Mapping, Sequence

from axchat.errors import ContextOverflow, PromptRefused, RunnerFailed
from axchat.events import Event, Finished, FinishReason, TextDelta
from axchat.messages import Message, Role
from axchat.wire.openai import ChatStream
from axchat.wire.openai_fields import END_OF_STREAM

SAMPLING = frozenset({"max_tokens", "temperature", "top_p"})
"""What it honours; ``stop``, ``seed`` and ``top_k`` are ignored without a word (axllm-s02-params)."""

DEFAULT_MAX_TOKENS = 2048
"""Its own limit when a request names none."""

LONGEST_UNBROKEN_BYTES = 8 * 1024
"""Longest run of text without an ASCII blank, or of blanks, that is sent.

Its tokenizer recurses once a character: 30,000 bytes end it with SIGSEGV, 9,000 take it 3.5 s, 20,000 take
16.6 s (runner-console III 6; a build with a smaller stack would die earlier).
"""

OVERFLOW_ANSWER = "当前会话上下文已超过该模型的长度上限，请发送 /reset 清空当前会话后重新开始对话。"
"""Comes as a normal answer when the context is full (recorded session axllm-s06-context-overflow)."""

RESET_ANSWER = "会话已重置，请开始新的对话。"
"""Comes when it took a message for its command."""

_RESET_WORDS = frozenset({"reset", "/reset", "clean", "/clean"})
_RUN = re.compile(r"[^\t\n\v\f\r ]+|[\t\n\v\f\r ]+")
_OWNER = "openai-api"


def is_axllm(entries: Sequence[Mapping[str, object]]) -> bool:
    """Whether a list of models is from ``axllm serve``: it names its one model's owner ``openai-api``."""
    return len(entries) == 1 and entries[0].get("owned_by") == _OWNER


def refuse_messages(messages: Sequence[Message]) -> None:
    """Raise PromptRefused for what the server would take for a command, or would die of."""
    for message in messages:
        if message.role is Role.USER and message.text.strip() in _RESET_WORDS:
            raise PromptRefused(
                f"axllm serve takes the message {message.text.strip()!r} for its command to forget",
                hint="say it in other words; in a conversation that holds it, start a new one",
            )
        longest = max(
            (len(run[0].encode("utf-8", "replace")) for run in _RUN.finditer(message.text)), default=0
        )
        if longest > LONGEST_UNBROKEN_BYTES:
            raise PromptRefused(
                f"{longest} bytes of the text are unbroken by blanks; axllm serve crashes on such "
                f"text when it is long, so at most {LONGEST_UNBROKEN_BYTES} are sent",
                hint="break the text with blanks or newlines",
                longest_bytes=longest,
                limit_bytes=LONGEST_UNBROKEN_BYTES,
            )


def overflow() -> ContextOverflow:
    """The error for a full context."""
    return ContextOverflow(
        "the conversation does not fit the model's context", hint="shorten it or start a new conversation"
    )


class AxllmChat:
    """Reads one streamed answer of ``axllm serve``; a ``ChatReader``.

    Its ``finish_reason`` is always ``stop`` and it counts nothing. A chunk holds at least one token, and
    exactly ``max_tokens`` tokens are made at most: as many chunks as tokens allowed are exactly that many
    tokens (LENGTH); fewer say nothing, because a chunk may hold several (UNKNOWN).

    Args:
        max_tokens: what was asked for; None for the server's own limit. 1 makes two tokens: the second
            chunk is left out.
    """

    def __init__(self, max_tokens: int | None = None) -> None:
        self._limit = max_tokens or DEFAULT_MAX_TOKENS
        self._chat = ChatStream()
        self._chunks = 0
        self._held: TextDelta | None = None
        self.is_finished = False

    def receive(self, data: str) -> list[Event]:
        """Take the data of one server-sent event.

        Raises:
            ContextOverflow: the context is full.
            PromptRefused: the server took a message for a command.
            RunnerFailed: it broke off (its own time limit, or a message it does not take).
        """
        if self.is_finished:
            return []
        if data.strip() == END_OF_STREAM:
            return self._end()
        events: list[Event] = []
        for event in self._chat.receive(data):
            if isinstance(event, TextDelta):
                events += self._text(event)
        return events

    def receive_eof(self) -> list[Event]:
        """The stream ended.

        Raises:
            RunnerFailed: without its end mark, so the answer is not complete.
        """
        if self.is_finished:
            return []
        raise RunnerFailed("the stream ended before the answer was complete")

    def cancelled(self) -> Finished:
        """The end of an answer that we stopped."""
        self.is_finished = True
        return Finished(FinishReason.CANCELLED)

    def _text(self, delta: TextDelta) -> list[Event]:
        self._chunks += 1
        if self._chunks == 1 and delta.text in (OVERFLOW_ANSWER, RESET_ANSWER):
            self._held = delta  # decided by whether it is the whole answer
            return []
        if self._chunks > self._limit:
            return []
        held, self._held = self._held, None
        return [delta] if held is None else [held, delta]

    def _end(self) -> list[Event]:
        self.is_finished = True
        if self._held is not None and self._held.text == OVERFLOW_ANSWER:
            raise overflow()
        if self._held is not None:
            raise PromptRefused("axllm serve took a message for a command and forgot the conversation")
        if self._chunks and not self._chat.has_reason:
            raise RunnerFailed(
                "axllm serve broke the answer off without saying why, as it does at its own time limit",
                hint="raise server_timeout_ms in the model's config.json, or ask for fewer tokens",
            )
        is_full = self._chunks >= self._limit
        return [Finished(FinishReason.LENGTH if is_full else FinishReason.UNKNOWN)]
