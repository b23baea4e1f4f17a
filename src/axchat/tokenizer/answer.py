"""The answer in a turn's /decode bodies: which ids are new, what they say, and when to stop the runner.

The runner sends every three ids as they come, the last one or two only at an end-of-sequence token, and at
the end once more all of them with those it never sent (runner-console facts, part II sections 3 and 9).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from axchat.errors import RunnerFailed
from axchat.tokenizer.base import Detokenizer
from axchat.tokenizer.stop_words import StopWords

CHUNK = 3
"""Ids in a live body."""

StoppedBy = Literal["stop", "max_tokens"]


@dataclass(frozen=True, slots=True)
class Step:
    """What one body gave: new text, and whether the runner is to be stopped before it is answered."""

    text: str
    stop: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer.

    ``ids`` are the tokens counted as the answer (an end-of-sequence token is not), ``text_rest`` what had not
    come out yet, ``stopped_by`` what ended it, None for the runner's own end or a cancel.
    """

    ids: tuple[int, ...]
    text_rest: str
    stopped_by: StoppedBy | None


class AnswerTokens:
    """Takes each /decode body of a turn in order.

    Args:
        detokenizer: a new one of the model's vocabulary.
        max_tokens: at most that many ids are the answer; None leaves it to the runner.
        stop: stop words; neither they nor what follows comes out.
        eos: ids that end an answer; some runners do not look at the first token.
    """

    def __init__(
        self,
        detokenizer: Detokenizer,
        *,
        max_tokens: int | None = None,
        stop: Iterable[str] | None = None,
        eos: Iterable[int] = (),
    ) -> None:
        self._detokenizer = detokenizer
        self._limit = self._max_tokens = max_tokens
        self._words = StopWords(stop or ())
        self._eos = frozenset(eos)
        self._sent: list[int] = []
        self._undecided: tuple[int, ...] = ()
        self._over = False
        self._flushed = False
        self._ids: list[int] = []
        self._stopped_by: StoppedBy | None = None
        self._done = False

    @property
    def sent_ids(self) -> tuple[int, ...]:
        """All ids that the runner generated, as far as it told; its KV cache may hold them."""
        return tuple(self._sent)

    @property
    def count(self) -> int:
        """How many ids count as the answer so far."""
        return len(self._ids)

    @property
    def steps(self) -> int:
        """How many steps of the model the ids that came so far have taken.

        An end-of-sequence token is never sent, but its step comes before a body of one or two ids: only that
        token makes the runner send so few.
        """
        return len(self._sent) + self._flushed

    def add(self, ids: Sequence[int]) -> Step:
        """Take one body.

        Raises:
            RunnerFailed: it contradicts what the runner sent before, or follows the final one.
        """
        ids = tuple(ids)
        if self._over:
            raise RunnerFailed("the runner sent more answer tokens after its final list")
        undecided, self._undecided = self._undecided, ()
        text = self._take(undecided)
        if self._is_final(ids):
            self._over = True
            if list(ids[: len(self._sent)]) != self._sent:
                raise RunnerFailed("the runner's final list of answer tokens is not what it sent before")
            ids = ids[len(self._sent) :]
        elif len(self._sent) == CHUNK and list(ids) == self._sent:
            self._undecided, ids = ids, ()
        else:
            self._flushed = len(ids) < CHUNK
        text += self._take(ids)
        return Step(text, self._done and not self._over)

    def cut(self, count: int) -> None:
        """Leave tokens from number ``count`` on out of the answer, before or after they come.

        For a cancel outside a held /decode, whose last token may be stale (part II section 5). Text that came
        out already is not taken back.
        """
        if self._limit is None or count < self._limit:
            self._limit = count
            if len(self._ids) >= count:
                del self._ids[count:]
                self._done = True

    def finish(self) -> Answer:
        """End the turn; a body that was undecided was the final one."""
        self._undecided = ()
        self._over = True
        rest = "" if self._words.found else self._words.add(self._detokenizer.finish())
        return Answer(tuple(self._ids), rest + self._words.finish(), self._stopped_by)

    def _is_final(self, ids: tuple[int, ...]) -> bool:
        flushed = len(self._sent) % CHUNK != 0
        return not ids or len(ids) > CHUNK or flushed

    def _take(self, ids: tuple[int, ...]) -> str:
        self._sent += ids
        return "".join(map(self._token, ids))

    def _token(self, token: int) -> str:
        if self._done or self._is_full():
            return ""
        if token in self._eos:
            self._done = True
            return ""
        self._ids.append(token)
        text = self._words.add(self._detokenizer.add((token,)))
        if self._words.found:
            self._done = True
            self._stopped_by = "stop"
        elif self._is_full() and self._limit == self._max_tokens:
            self._stopped_by = "max_tokens"
        return text

    def _is_full(self) -> bool:
        if self._limit is not None and len(self._ids) >= self._limit:
            self._done = True
        return self._done
