"""The turns of ``axllm serve``: each in a thread of its own, in one model that no lock protects."""

import threading

from axchat.standin.axllm.chat import OVERFLOW_ANSWER, ChatRequest
from axchat.standin.axllm.kv_cache import ContextFull
from axchat.standin.axllm.model import Generation, Model
from axchat.standin.axllm.sink import Sink
from axchat.standin.thread_waits import ThreadWaits


class Turns:
    """Starts turns, and knows those that nobody waits for any more."""

    def __init__(self, model: Model, waits: ThreadWaits) -> None:
        self._model = model
        self._log = model.parts.log
        self._waits = waits
        self._lock = threading.Lock()
        self._current: Sink | None = None
        self._running: dict[Sink, bool] = {}

    def start(self, asked: ChatRequest, sink: Sink) -> None:
        """Begin a turn whose texts go to ``sink``; it takes over from the turn before."""
        with self._lock:
            before, self._current = self._current, sink
            if before in self._running:
                assert before is not None
                self._running[before] = False
                before.finish()
            self._running[sink] = True
        threading.Thread(target=self._run, args=(asked, sink), daemon=True).start()

    def forget(self, sink: Sink) -> None:
        """Nobody waits for this turn any more."""
        with self._lock:
            if sink in self._running:
                self._running[sink] = False

    def is_running(self) -> bool:
        """Say whether any turn runs."""
        with self._lock:
            return bool(self._running)

    def has_orphan(self) -> bool:
        """Say whether a turn runs that nobody waits for."""
        with self._lock:
            return not all(self._running.values())

    def _run(self, asked: ChatRequest, sink: Sink) -> None:
        generation = Generation(
            self._model,
            self._waits,
            self._say if asked.stream else self._collect,
            max_tokens=asked.max_tokens,
            has_bars=not asked.stream,
        )
        try:
            text = generation.run(asked.messages)
        except ContextFull:
            place = "operator():1603" if asked.stream else "operator():1622"
            self._log.line("WRN", place, f"Returning user-facing chat error: {OVERFLOW_ANSWER}")
            text = OVERFLOW_ANSWER
            sink.put(text)
        if not asked.stream:
            self._log.write(text.replace("\0", "").encode())
        elif not generation.is_read:
            message = "chat stream cancelled by client; discard partial assistant turn and reset KV cache"
            self._log.line("WRN", "operator():1595", message)
            self._model.reset()
        with self._lock:
            del self._running[sink]
        sink.finish()

    def _say(self, text: str) -> bool:
        if self._collect(text):
            self._log.write(text.replace("\0", "").encode())
            return True
        self._log.line("ERR", "operator():1574", "provider not writable")
        return False

    def _collect(self, text: str) -> bool:
        sink = self._current
        return sink is not None and sink.put(text)
