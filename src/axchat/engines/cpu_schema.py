"""Answers that keep to a JSON schema, by llama.cpp's llguidance; and how it fails, which it only logs. Pure.

Seen with xllamacpp 2026.10.11549: a request's ``grammar`` is honoured also where the chat parser is off, its
``response_format`` is not; a schema that llguidance cannot compile is left out with a line in the log, and
the model then says what it likes.
"""

import json
from collections.abc import Callable, Mapping, Sequence

from axchat.errors import RunnerFailed, UsageError
from axchat.events import Event, Finished, FinishReason, TextDelta

_FAILURE = " E llg error: "
_COMPILING = "failed to compile JSON schema: "


def grammar_of(schema: Mapping[str, object]) -> str:
    """The grammar of any answer that keeps to the schema; ``{}`` is any JSON value."""
    return f"%llguidance {{}}\nstart: %json {json.dumps(schema)}"


def failure_in(before: Sequence[str], now: Sequence[str]) -> str | None:
    """Why a schema was left out, if the log tells of one since ``before``; its lines begin with a time."""
    known = set(before)
    new = next((line for line in now if _FAILURE in line and line not in known), None)
    if new is None:
        return None
    told = new.partition(_FAILURE)[2]
    return told.partition(_COMPILING)[2] or told


class SchemaGuard:
    """Looks at an answer's events before they are passed on, so that none goes out that is not bound.

    Args:
        log: gives the last lines of the child's log.
    """

    def __init__(self, log: Callable[[], Sequence[str]]) -> None:
        self._log = log
        self._before = list(log())
        self._text: list[str] = []

    def look(self, event: Event) -> None:
        """Look at the next event.

        Raises:
            UsageError: the schema cannot be kept to; told by the log before the first text.
            RunnerFailed: the whole answer is no JSON after all.
        """
        is_over = isinstance(event, Finished)
        if is_over or (isinstance(event, TextDelta) and not self._text):
            reason = failure_in(self._before, self._log())
            if reason is not None:
                raise UsageError(f"llama.cpp cannot keep an answer to this JSON schema: {reason}")
        if isinstance(event, TextDelta):
            self._text.append(event.text)
        if isinstance(event, Finished) and event.reason is FinishReason.STOP:
            self._check()

    def _check(self) -> None:
        try:
            json.loads("".join(self._text))
        except ValueError as exc:
            raise RunnerFailed(
                "llama.cpp did not keep the answer to the JSON schema", hint="ask again"
            ) from exc
