"""What each call of a runner is answered, out of the turn under way; no sockets and no threads.

A runner dies of an error and of an empty id list (facts, part II section 6), so there is a harmless answer
to everything.
"""

import uuid
from collections.abc import Callable, Sequence
from typing import Final

from axchat.tokenizer import calls
from axchat.tokenizer.base import HOLD, Hold, Prompt, Turn
from axchat.tokenizer.http_request import Request

UNKNOWN: Final = b"error"
"""What the vendor's servers answer for a path that they do not have, with status 200."""


class Replies:
    """The answers of one model's service.

    Args:
        bos_id: what /bos_id says, -1 for none.
        eos_id: what /eos_id says.
        system_ids: what /reset of the uid protocol says.
    """

    def __init__(self, *, bos_id: int, eos_id: int, system_ids: Sequence[int]) -> None:
        self._values = {"/bos_id": {"bos_id": bos_id}, "/eos_id": {"eos_id": eos_id}}
        self._harmless = Prompt((max(eos_id, 0),))
        self._system_ids: Sequence[int] = ()
        self.system_ids = system_ids
        self.strangers = 0

    @property
    def system_ids(self) -> Sequence[int]:
        """What /reset answers; may be set at any time, and is never empty."""
        return self._system_ids

    @system_ids.setter
    def system_ids(self, ids: Sequence[int]) -> None:
        self._system_ids = tuple(ids) or self._harmless.token_ids

    def at_once(self, path: str) -> bytes | None:
        """Return the answer to a call that needs no turn and no call-back, else None."""
        if path in self._values:
            ((name, value),) = self._values[path].items()
            return calls.value_reply(name, value)
        return calls.value_reply("uid", str(uuid.uuid4())) if path == "/get_uid" else None

    def reset(self, on_reset: Callable[[], None] | None) -> bytes:
        """Tell the engine of a reset and return its answer."""
        if on_reset is not None:
            on_reset()
        return calls.reset_reply(self._system_ids)

    def of_turn(self, turn: Turn | None, request: Request) -> bytes | Hold:
        """Return what ``turn`` answers to /encode or /decode; whatever it raises comes out.

        Raises:
            ValueError: the turn's prompt would kill the runner.
        """
        body = calls.read_body(request.body)
        if request.path == "/encode":
            return self._encode(turn, body.get("text"), body.get("last_reply"))
        if request.path == "/decode":
            return self._decode(turn, calls.ids_of(body))
        self.strangers += 1
        return UNKNOWN

    def of_release(self, path: str, reply: Prompt | str) -> bytes:
        """Return the answer to a held call; the harmless one where ``reply`` is not of its kind.

        Raises:
            ValueError: the prompt would kill the runner.
        """
        if path == "/encode" and isinstance(reply, Prompt):
            return _checked(reply)
        if path == "/decode" and isinstance(reply, str):
            return calls.decode_reply(reply)
        return self.harmless(path)

    def harmless(self, path: str) -> bytes:
        """Return an answer of the right shape that does nothing."""
        if path == "/encode":
            return calls.encode_reply(self._harmless)
        if path == "/reset":
            return calls.reset_reply(self._system_ids)
        return calls.decode_reply("") if path == "/decode" else UNKNOWN

    def _encode(self, turn: Turn | None, text: object, last_reply: object) -> bytes | Hold:
        prompt: Prompt | Hold | None = None
        if turn is not None and isinstance(text, str):
            prompt = turn.prompt(text, last_reply if isinstance(last_reply, str) else None)
        if prompt is HOLD:
            return HOLD
        if prompt is None:
            self.strangers += 1
            return self.harmless("/encode")
        assert isinstance(prompt, Prompt)
        return _checked(prompt)

    def _decode(self, turn: Turn | None, ids: tuple[int, ...] | None) -> bytes | Hold:
        if turn is None or ids is None:
            self.strangers += 1
            return self.harmless("/decode")
        text = turn.decoded(ids)
        return HOLD if isinstance(text, Hold) else calls.decode_reply(text)


def _checked(prompt: Prompt) -> bytes:
    if not prompt.token_ids or (prompt.diff is not None and not prompt.diff):
        raise ValueError("a prompt without ids kills the runner")
    return calls.encode_reply(prompt)
