"""The ``/api`` protocol of the vendor's ``main_api_*`` servers, as values. Pure.

Facts: runner-console I 6 (the shipped server's source and a transcript).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from axchat.errors import AxchatError, ContextOverflow, RunnerFailed
from axchat.messages import Sampling

PORT = 8000
"""Fixed in the program."""

READY_LINE = "Server running on port"

OVERFLOW_ANSWER = "error: SetKVCache failed: %d,the context may be full,please reset"
"""Comes as the answer, with status 200 and a literal ``%d``, when the context is full (transcript 66)."""

_BUSY = "llm is running"
_NOT_READY = frozenset({"Model initing"})
_SAMPLING_KEYS = {"temperature": "temperature", "top_p": "top-p", "top_k": "top-k"}
_POST_CONFIG_KEYS = {
    "temperature": "temperature",
    "repetition_penalty": "repetition_penalty",
    "top_p": "top-p",
    "top_k": "top-k",
}


@dataclass(frozen=True, slots=True)
class Poll:
    """One answer of ``/api/generate_provider``: text since the last one, and whether the turn is over."""

    text: str
    is_done: bool


def reset_body(system: str) -> bytes:
    """The body of ``/api/reset``; always with a prompt, as a missing one means an empty one."""
    return json.dumps({"system_prompt": system}).encode("ascii")


def generate_body(prompt: str, sampling: Sampling, defaults: Mapping[str, float]) -> bytes:
    """The body of ``/api/generate``: every sampling value each time, because the server keeps the last ones.

    Args:
        prompt: the user message.
        sampling: what was chosen.
        defaults: what holds otherwise; from ``defaults_of``.
    """
    chosen = {_SAMPLING_KEYS[name]: value for name, value in sampling.chosen().items()}
    return json.dumps({"prompt": prompt, **defaults, **chosen}).encode("ascii")


def defaults_of(post_config: object) -> dict[str, float]:
    """The sampling values of a model directory's ``post_config.json``, under the names of the server."""
    found = post_config if isinstance(post_config, dict) else {}
    values = {theirs: found.get(ours) for ours, theirs in _POST_CONFIG_KEYS.items()}
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def poll_of(body: bytes) -> Poll:
    """What a poll brought.

    Raises:
        RunnerFailed: it is not of the protocol.
    """
    parsed = _object(body)
    text, is_done = parsed.get("response"), parsed.get("done")
    if not isinstance(text, str) or not isinstance(is_done, bool):
        raise RunnerFailed("the vendor's server answered a poll with something else")
    return Poll(text, is_done)


def is_busy(status: int, body: bytes) -> bool:
    """Whether the server refuses only because it still works: ask again."""
    said = _object(body).get("error") if status == 400 else None
    return isinstance(said, str) and (said.lower() == _BUSY or said in _NOT_READY)


def is_vendor_api(status: int, body: bytes) -> bool:
    """Whether the answer to a ``/api/generate`` without a prompt is the vendor's server's."""
    said = _object(body).get("error") if status == 400 else None
    return said in {"Invalid request format", _BUSY, "Model not init", *_NOT_READY}


def refusal(status: int, body: bytes) -> AxchatError:
    """The error that an answer other than 200 means."""
    said = _object(body).get("error")
    if status == 500 and not body.strip():
        return RunnerFailed(
            "the vendor's server lost a piece of the answer: it cannot send a part of a character",
            hint="ask again; other engines do not have this fault",
        )
    reason = said if isinstance(said, str) else f"status {status}"
    return RunnerFailed(f"the vendor's server refused the request: {reason[:200]}", status=status)


def overflow() -> ContextOverflow:
    """The error for a full context."""
    return ContextOverflow("the conversation does not fit the context", hint="start a new conversation")


class AnswerText:
    """Passes an answer's text on, and holds back what may be the server's error instead of an answer."""

    def __init__(self) -> None:
        self._held = ""
        self._is_answer = False

    def receive(self, text: str) -> str:
        """The text that surely is of the answer.

        Raises:
            ContextOverflow: the server says that the context is full.
        """
        if self._is_answer:
            return text
        self._held += text
        if self._held.strip().startswith(OVERFLOW_ANSWER):
            raise overflow()
        if OVERFLOW_ANSWER.startswith(self._held.lstrip()):
            return ""
        self._is_answer = True
        return self.rest()

    def rest(self) -> str:
        """What was held back, at the end of the answer."""
        held, self._held = self._held, ""
        return held


def _object(body: bytes) -> Mapping[str, object]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}
