"""One prompt handed over to a runner by the tokenizer service, and its answer's ids taken back.

The runner asks ``/encode`` for the placeholder that was typed and gets the prompt's ids; it brings every
three answer ids to ``/decode``. Nothing of the answer crosses the console. To stop exactly, SIGINT is sent
while the runner waits for a ``/decode`` reply: it ends cleanly, without a stale token (recordings 51-*).
"""

import time
from collections.abc import Callable, Sequence

from axchat.errors import ContextOverflow
from axchat.events import TextDelta
from axchat.tokenizer.answer import AnswerTokens
from axchat.tokenizer.base import Prompt


class OwnedTurn:
    """The service's ``Turn`` for one answer. ``prompt`` and ``decoded`` run on the service's thread.

    Args:
        placeholder: the line that is typed, or passed on the command line, for the prompt.
        ids: the whole prompt.
        diff: the part of it that the runner's cache does not hold; all of it for stateless runners.
        answer: takes the answer's ids.
        put: where text goes.
        interrupt: sends SIGINT to the runner.
        check: refuses a prompt of so many tokens when the runner asks for it; for runs whose context size
            is not known before.
        loses_interrupts: a SIGINT inside ``/encode`` has no effect on the runner, so a cancelled prompt is
            cut to one token; others get it whole, because a vision build counts its pictures' places.
        called_at: when the call-back under way was read from the runner, in seconds.

    Attributes:
        refused: what ``check`` raised; the runner was stopped before its first token.
        prompt_at: when the runner asked for the prompt; None until then.
        first_at: when its first /decode came, with up to three answer ids.
        last_at: when the newest did that brought ids.
        untold: how many tokens of the answer came since the last piece of text.
        decode_steps: how many steps of the model lie between ``first_at`` and ``last_at``.
    """

    def __init__(
        self,
        placeholder: str,
        ids: Sequence[int],
        answer: AnswerTokens,
        *,
        put: Callable[[TextDelta], None],
        interrupt: Callable[[], None],
        diff: Sequence[int] | None = None,
        check: Callable[[int], None] = lambda _: None,
        loses_interrupts: bool = False,
        called_at: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.placeholder = placeholder
        self.ids = tuple(ids)
        self.diff = self.ids if diff is None else tuple(diff)
        self.answer = answer
        self.prompt_at: float | None = None
        self.first_at: float | None = None
        self.last_at: float | None = None
        self.refused: ContextOverflow | None = None
        self._check = check
        self._loses_interrupts = loses_interrupts
        self._put = put
        self._interrupt = interrupt
        self._called_at = called_at
        self._told = 0
        self._first_steps = 0
        self._is_cancelled = False
        self._is_stopped = False

    def prompt(self, text: str, last_reply: str | None) -> Prompt | None:  # noqa: ARG002  ours is always ""
        """The ids for ``/encode``; None for a line that is not ours."""
        if text != self.placeholder:
            return None
        self.prompt_at = self._called_at()
        try:
            self._check(len(self.ids))
        except ContextOverflow as error:
            self.refused = error
            self._is_cancelled = True
        if self._is_cancelled:
            # a SIGINT before this was lost; inside /encode it counts (recording 51-pty-SIGINT-inside-encode)
            self._interrupt()
        if self.refused is not None or (self._is_cancelled and self._loses_interrupts):
            # a prompt that does not fit must not be embedded, and no list may be empty
            return Prompt(self.ids[:1], self.ids[:1])
        return Prompt(self.ids, self.diff)

    def decoded(self, ids: tuple[int, ...]) -> str:
        """Take one ``/decode`` body; the runner gets no text back."""
        is_first, before = self.first_at is None, self.answer.steps
        if is_first:
            self.first_at = self._called_at()
        if self._is_cancelled:
            self._stop()
            return ""
        step = self.answer.add(ids)
        if is_first:
            self._first_steps = self.answer.steps
        if self.answer.steps > before:
            self.last_at = self._called_at()
        if step.text:
            self._put(TextDelta(step.text, self.untold))
            self._told = self.answer.count
        if step.stop:
            self._stop()
        return ""

    @property
    def untold(self) -> int:
        """See the class."""
        return self.answer.count - self._told

    @property
    def decode_steps(self) -> int:
        """See the class."""
        return self.answer.steps - self._first_steps

    def cancel(self) -> None:
        """Nothing that comes from now on belongs to the answer; from any thread."""
        self._is_cancelled = True

    @property
    def is_cancelled(self) -> bool:
        """Whether ``cancel`` was called."""
        return self._is_cancelled

    def _stop(self) -> None:
        if not self._is_stopped:
            self._is_stopped = True
            self._interrupt()
