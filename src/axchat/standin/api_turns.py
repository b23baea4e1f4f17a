"""The one conversation of ``main_api_*``: turns and resets in a thread, and the text since the last poll.

Runner-console facts, part I section 6.
"""

import threading
from collections.abc import Callable

from axchat.standin.context_cache import KvCache
from axchat.standin.context_turn import ContextTurn, Conversation
from axchat.standin.session import Session
from axchat.standin.thread_waits import ThreadWaits
from axchat.standin.tokenizer_client import Specials
from axchat.standin.uid_client import UidTokenizerClient

FULL = b"error: SetKVCache failed: %d,the context may be full,please reset"
"""What is answered instead of an answer; the vendor's program forgets to put the number in."""


class Busy(Exception):
    """A turn or a reset is under way."""


class Torn(Exception):
    """The text since the last poll ends inside a character; it is lost."""


class ApiTurns:
    """Starts what takes its time in a thread; one at a time, for all clients together."""

    def __init__(self, session: Session, tokenizer: UidTokenizerClient, specials: Specials) -> None:
        self._waits = ThreadWaits()
        self._session = session._replace(interrupts=self._waits)
        self._tokenizer = tokenizer
        self._specials = specials
        self._conversation = Conversation(KvCache(self._session))
        self._lock = threading.Lock()
        self._text = b""
        self._is_running = threading.Event()

    def reset(self, system_prompt: str) -> threading.Thread:
        """Begin anew with a system prompt. Raises Busy."""

        def begin() -> None:
            self._conversation.last_reply = ""
            self._conversation.cache.generate(self._tokenizer.reset(system_prompt))

        return self._start(begin)

    def generate(self, prompt: str) -> threading.Thread:
        """Answer a prompt. Raises Busy."""

        def answer() -> None:
            turn = _ApiTurn(self._session, self._tokenizer, self._specials, self._conversation, self._take)
            turn.run(prompt.encode("utf-8", "surrogateescape"))
            self._session.faults.turn += 1

        return self._start(answer)

    def stop(self) -> None:
        """Stop a turn; what it said so far stays in the conversation."""
        self._waits.stop = True

    def poll(self) -> tuple[bool, str]:
        """Return whether nothing runs, and the text since the last poll. Raises Torn."""
        is_done = not self._is_running.is_set()
        with self._lock:
            text, self._text = self._text, b""
        try:
            return is_done, text.decode()
        except UnicodeDecodeError as error:
            raise Torn from error

    def _start(self, work: Callable[[], None]) -> threading.Thread:
        if self._is_running.is_set():
            raise Busy
        with self._lock:
            self._text = b""
        thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        thread.start()
        return thread

    def _run(self, work: Callable[[], None]) -> None:
        # The thread sets the flag itself, as in the vendor's program: a poll may come before it does.
        self._is_running.set()
        work()
        self._is_running.clear()

    def _take(self, data: bytes) -> None:
        with self._lock:
            self._text += data


class _ApiTurn(ContextTurn):
    """A turn whose answer goes to whoever polls; its log goes to stdout as on the console."""

    def __init__(
        self,
        session: Session,
        tokenizer: UidTokenizerClient,
        specials: Specials,
        conversation: Conversation,
        take: Callable[[bytes], None],
    ) -> None:
        super().__init__(session, tokenizer, specials, conversation)
        self._take = take

    def _show(self, data: bytes) -> None:
        self._take(data)

    def _refuse(self) -> None:
        self._take(FULL)
