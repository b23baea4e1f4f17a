"""A turn of the context console: only what is new is fed, on top of what the KV cache holds.

Vendor main.cpp and LLM.hpp of the context builds (runner-console facts, part I sections 3.3 to 3.5): the
first token is not checked for the end, a full context ends a turn without an end line, a SIGINT before the
prompt is encoded is lost, and the whole answer's text goes back to the tokenizer with the next turn.
"""

from collections.abc import Sequence

from axchat.standin.context_cache import KvCache, chunk_sizes
from axchat.standin.session import Session
from axchat.standin.tokenizer_client import Specials
from axchat.standin.turn import Turn
from axchat.standin.uid_client import UidTokenizerClient

_LINE_RUN = 912
_LINE_RUN_CHUNK = 940
_LINE_ENCODE = 893
_LINE_FULL = 268


class Conversation:
    """What outlives a turn beside the cache: the last answer's text."""

    def __init__(self, cache: KvCache) -> None:
        self.cache = cache
        self.last_reply = ""


class ContextTurn(Turn):
    """A turn in progress; ``run`` plays it and returns what ``--live_print 0`` prints afterwards."""

    def __init__(
        self,
        session: Session,
        tokenizer: UidTokenizerClient,
        specials: Specials,
        conversation: Conversation,
    ) -> None:
        super().__init__(session, tokenizer, specials)
        self._uid_tokenizer = tokenizer
        self._conversation = conversation
        self._cache = conversation.cache

    def run(self, prompt: bytes) -> bytes:
        """Play the turn of one typed line."""
        fed = self._encode(prompt)
        if not self._cache.make_room(len(fed)):
            message = 'SetKVCache failed: -1,the context may be full,input "reset" to reset context'
            self._log("E", "main", _LINE_FULL, message)
            self._session.trace.write(self._session.faults.turn, [], self._cache.ids)
            self._refuse()
            return b""
        self._session.interrupts.stop = False
        self._kv = list(self._cache.ids)
        before = len(self._kv) + len(fed)
        self._begin()
        shown = self._end(self._run_prefill(fed))
        # The vendor reads the cache's length off the last decoding step: without one it stays as it was.
        self._cache.keep(self._kv if len(self._kv) > before else self._cache.ids)
        self._session.trace.write(self._session.faults.turn, fed, self._cache.ids, self._answer)
        return shown

    def _refuse(self) -> None:
        """Say that there is no room; the console has said it all in its log."""

    def _encode(self, prompt: bytes) -> list[int]:
        """Return the ids to feed: the ``diff`` of /encode, and nothing else of its answer."""
        encoded = self._uid_tokenizer.encode_turn(prompt, self._conversation.last_reply)
        if encoded is None:
            self._log("E", "Encode", _LINE_ENCODE, "encode failed")
        fed = encoded.diff if encoded else []
        for token in fed:
            self._look_up(token)
        typed = prompt.decode("utf-8", "replace")
        self._script = self._session.script.reply_to(typed, self._cache.ids + fed)
        return fed

    def _prefill(self, ids: Sequence[int]) -> None:
        """Put the new ids into the cache, a chunk at a time; a stop ends it between two."""
        script = self._session.script
        chunks = chunk_sizes(len(ids), script.prefill_token_num)
        numbers = f"input token num : {len(ids)}, prefill_split_num : {len(chunks)}"
        self._log("I", "Run", _LINE_RUN, numbers)
        slow_s = self._script.slow.get("prefill", 0.0)
        start = 0
        for size in chunks:
            if self._session.interrupts.stop:
                return
            self._log("I", "Run", _LINE_RUN_CHUNK, f"input_num_token:{size}")
            self._kv += ids[start : start + size]
            self._pace.step(script.prefill_token_s * size + slow_s)
            start, slow_s = start + size, 0.0

    def _keep(self, reply: bytes) -> None:
        """Keep the answer for the tokenizer, a stopped one too."""
        self._conversation.last_reply = reply.decode()
