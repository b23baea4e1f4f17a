"""The model of ``axllm``: a conversation in, tokens out, on top of what the KV cache holds.

What is new against the cache is fed; a conversation that does not go on from it is fed whole. Recorded
sessions: axllm-r03 (answers), r04 (the limit), r07 (stops), r10 (a dead device), s02 (``max_tokens``).
"""

import re
import time
from collections.abc import Callable, Sequence

from axchat.standin import death
from axchat.standin import text as legacy
from axchat.standin.axllm.characters import Characters
from axchat.standin.axllm.kv_cache import ContextFull, KvCache
from axchat.standin.axllm.parts import Parts
from axchat.standin.axllm.template import END_OF_TEXT, IM_END, UNSEEN, Message, chat_text
from axchat.standin.clock import Pace, Waits
from axchat.standin.script import Answer
from axchat.standin.turn_faults import play_faults

_MILLISECONDS = 1000
_UNBROKEN = re.compile(rb"[^ \t\r\n]{30000}")
"""The real tokenizer's regular expression recurses to death in such a text (facts, part III section 6)."""
Show = Callable[[str], bool]
"""Takes the text of a token, which may be empty; False when nobody is left to read it."""


class Model:
    """What outlives a turn: the cache, and the conversation that it holds."""

    def __init__(self, parts: Parts) -> None:
        script = parts.script
        self.parts = parts
        self.cache = KvCache(script.prefill_groups, script.prefill_token_num, parts.log)
        self.held: list[Message] = []
        self._words = script.words
        self.ends = [self._words.encode(end)[0] for end in (IM_END, END_OF_TEXT)]

    def reset(self) -> None:
        """Empty the cache."""
        self.cache.ids = []
        self.held = []

    def new_ids(self, messages: Sequence[Message]) -> list[int]:
        """Return what is to be fed of a conversation; empties a cache that it does not go on from."""
        if self.held and list(messages[: len(self.held)]) != self.held:
            self._warn("Run:3628", "raw history not append. force ResetKVCache before request processing.")
        if any(message.content == UNSEEN for message in messages):
            self.parts.log.write(legacy.log("E", "apply_chat_template", 30, "unsupport content type: 2"))
            messages = ()
        if not messages:  # nothing is fed, and the answer is garbage
            return []
        text = chat_text(messages, self.parts.config.tokenizer_type)
        if _UNBROKEN.search(text.encode("utf-8", "replace")):
            death.segmentation_fault()
        ids = self._words.encode(text)
        held = self.cache.ids
        if held and ids[: len(held)] != held:
            message = "history not append (rollback/modify). force ResetKVCache and recompute."
            self._warn("Run:3745", message)
        return ids[len(self.cache.ids) :]

    def _warn(self, place: str, message: str) -> None:
        self.parts.log.line("WRN", place, message)
        self.reset()

    def piece(self, token: int) -> str:
        """Return how a token is written."""
        return self._words.decode([token])

    def bytes_of(self, token: int) -> bytes:
        """Return a token's bytes."""
        return self._words.bytes_of(token)


class Generation:
    """One turn of a model; ``run`` plays it. ``has_bars``: a bar is drawn after each token.

    ``is_read`` is False once nobody was left to read the answer.
    """

    def __init__(
        self, model: Model, waits: Waits, show: Show, *, max_tokens: int = 0, has_bars: bool = False
    ):
        self._model = model
        self._parts = model.parts
        self._waits = waits
        self._show = show
        self._max_tokens = max_tokens
        self._has_bars = has_bars
        self._script = Answer(None, [], {})
        self._answer: list[int] = []
        self._characters = Characters()
        self._text = ""
        self.is_read = True

    def run(self, messages: Sequence[Message]) -> str:
        """Answer the last message; returns the text. Raises ContextFull."""
        cache, log, faults = self._model.cache, self._parts.log, self._parts.faults
        fed = self._model.new_ids(messages)
        try:
            cache.check(len(fed))
        except ContextFull:
            self._model.reset()
            self._parts.trace.write(faults.turn, [], [])
            faults.turn += 1
            raise
        self._script = self._parts.script.reply_to(messages[-1].content if messages else "", cache.ids + fed)
        started = time.monotonic()
        is_whole = self._prefill(fed)
        first = self._computed()
        log.line("INF", "Run:3172", f"ttft: {(time.monotonic() - started) * _MILLISECONDS:.2f} ms")
        started = time.monotonic()
        if first in self._model.ends:
            log.line(
                "WRN",
                "Run:3176",
                f"first decode token hit stop: token={first} piece='{self._model.piece(first)}' "
                f"precompute_len={len(cache.ids) - len(fed)} input_tokens={len(fed)}",
            )
        else:
            self._say(first)
            if is_whole and self.is_read:
                self._decode(started)
        self._end(time.monotonic() - started, has_input=bool(fed))
        self._parts.trace.write(faults.turn, fed, cache.ids, self._answer)
        faults.turn += 1
        self._model.held = [*messages, Message("assistant", self._text)]
        return self._text

    def _prefill(self, ids: Sequence[int]) -> bool:
        """Feed the prompt; False when a stop cut it short."""
        script = self._parts.script
        pace = Pace(self._waits, stoppable=True)
        slow_s = self._script.slow.get("prefill", 0.0)
        for number, chunk in enumerate(self._model.cache.chunks(ids)):
            self._model.cache.feed(number, chunk)
            if self._parts.device.dead:
                self._report_dead(self._parts.config.layers + 1)
            if not pace.step(script.prefill_token_s * len(chunk) + slow_s):
                return False
            slow_s = 0.0
        return True

    def _decode(self, started: float) -> None:
        """Make tokens until one ends the answer, or a stop, or a limit."""
        parts, model = self._parts, self._model
        pace = Pace(self._waits, stoppable=True)
        before = len(model.cache.ids)
        while before + len(self._answer) <= parts.script.max_token_len:
            play_faults(
                parts, len(self._answer), len(self._script.ids), parts.config.layers, self._report_dead
            )
            slow_s = self._script.slow.get(str(len(self._answer)), 0.0)
            if not pace.step(parts.script.token_s + slow_s):
                self._say(self._stale())
                return
            token = self._computed()
            if token in model.ends:
                return
            self._say(token)
            if not self.is_read or 0 < self._max_tokens <= len(self._answer):
                return
            if self._has_bars:
                slot = before + len(self._answer) - 1
                elapsed_s = time.monotonic() - started
                parts.log.bar(slot, parts.script.max_token_len, elapsed_s, "token", "")

    def _computed(self) -> int:
        """Return the script's next token, or once more the last one of a device that has died since."""
        device, made = self._parts.device, len(self._answer)
        if not device.dead:
            device.last_token = (
                self._script.ids[made] if made < len(self._script.ids) else self._model.ends[0]
            )
        return device.last_token

    def _stale(self) -> int:
        """Return the token that a stopped step leaves; every stop adds one (recorded axllm-r07)."""
        token = self._computed()
        return self._answer[-1] if token in self._model.ends else token

    def _say(self, token: int) -> None:
        self._answer.append(token)
        text = self._characters.take(self._model.bytes_of(token))
        self.is_read = self._show(text)
        self._text += text if self.is_read else ""

    def _report_dead(self, times: int) -> None:
        for _ in range(times):
            self._parts.log.line("ERR", "inference:581", "AX_ENGINE_Execute")

    def _end(self, seconds: float, *, has_input: bool) -> None:
        log = self._parts.log
        more = len(self._answer) - 1
        rate = more / seconds if more > 0 and seconds > 0 else 0.0
        log.write(b"\n\n")
        log.line("NTC", "Run:3583", f"hit eos,decode avg {rate:.2f} token/s")
        self._model.cache.ids += self._answer
        self._model.cache.report(has_input=has_input, made=len(self._answer))
