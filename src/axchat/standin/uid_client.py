"""The context console's tokenizer class: the uid protocol as its client.

Calls, lines and deaths: vendor Tokenizer.cpp of the context builds (runner-console facts, part I sections
3.2 and 4). A session of the server, its ``uid``, is fetched at the start; a server that was started anew
does not know it, and its answer ``{"error": "Invalid uid"}`` is the runner's death.
"""

import json
import time
from typing import NamedTuple

from axchat.standin import death, http_client, streams, text
from axchat.standin.tokenizer_client import BadStart, Specials, TokenizerClient, as_utf8, dump

TRIES = 10
LINE_UID = 57
_LINE_FAILED = 52
_LINE_TRY_AGAIN = 65
_LINE_RESET_FAILED = 128
_LINE_ENCODE_FAILED = 152
_LINE_ENCODE_JSON = 163


class Encoded(NamedTuple):
    """What /encode says: all ids of the conversation, and those that are new to the KV cache."""

    ids: list[int]
    diff: list[int]


class UidTokenizerClient(TokenizerClient):
    """The calls of one context runner; its client waits ten seconds where the legacy one waits one."""

    timeout_s = 10.0

    def start(self) -> Specials:
        """Connect, then ask for uid, bos and eos; raises BadStart after the vendor's message."""
        self._connect()
        uid = str(self._retried("uid", "/get_uid") or "")
        self._decode_fields = {"uid": uid}
        bos_id = int(str(self._retried("bos_id", f"/bos_id?uid={uid}") or 0))
        eos_id = int(str(self._retried("eos_id", f"/eos_id?uid={uid}") or 0))
        self._output.write(f"bos_id: {bos_id}, eos_id: {eos_id}\n".encode())
        return Specials(bos_id, eos_id)

    def _retried(self, name: str, path: str) -> object:
        """Ask until the answer holds ``name``; None after ten bad ones, with which the vendor goes on."""
        for left in reversed(range(TRIES)):
            reply = self._ask("GET", path)
            if reply.status != http_client.OK:
                self._error("Init", _LINE_FAILED, f"get {name} failed, status: {reply.status}")
                raise BadStart
            value = _field(reply.body, name)
            if value is not None:
                if name == "uid":
                    self._output.write(text.log("I", "Init", LINE_UID, f"uid: {value}"))
                return value
            streams.complain(f"[json.exception.type_error.302] {name} is null\n".encode())
            time.sleep(self._session.script.connect_retry_s)
            self._error("Init", _LINE_TRY_AGAIN, f"get {name} failed, try again {left}/{TRIES}")
        return None

    def reset(self, system_prompt: str) -> list[int]:
        """Begin the conversation anew; return the ids of the system prompt, [] after a printed error."""
        wanted = {"system_prompt": system_prompt} if system_prompt else {}
        reply = self._ask("POST", "/reset", dump({**wanted, **self._decode_fields}))
        if reply.status != http_client.OK:
            self._error("Reset", _LINE_RESET_FAILED, f"reset failed, status: {reply.status}")
            return []
        return _ids_or_death(_parsed_or_death(reply.body), "token_ids")

    def encode_turn(self, prompt: bytes, last_reply: str) -> Encoded | None:
        """Return the ids of the next turn; None after a printed error, death for an unknown uid."""
        wanted: dict[str, object] = {"img_prompt": False}
        if last_reply:
            wanted["last_reply"] = last_reply
        reply = self._ask("POST", "/encode", dump({**wanted, "text": as_utf8(prompt), **self._decode_fields}))
        if reply.status != http_client.OK:
            self._error("Encode", _LINE_ENCODE_FAILED, f"encode failed, status: {reply.status}")
            return None
        try:
            value = json.loads(reply.body)
        except ValueError as error:
            self._error("Encode", _LINE_ENCODE_JSON, f"json parse failed: {error}")
            self._error("Encode", _LINE_ENCODE_JSON + 1, reply.body)
            return None
        return Encoded(_ids_or_death(value, "token_ids"), _ids_or_death(value, "diff"))


def _field(body: bytes, name: str) -> object:
    try:
        return json.loads(body).get(name)
    except (ValueError, AttributeError):
        return None


def _parsed_or_death(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError as error:
        death.uncaught("parse_error", f"[json.exception.parse_error.101] {error}")


def _ids_or_death(value: object, name: str) -> list[int]:
    ids = value.get(name) if isinstance(value, dict) else None
    if not isinstance(ids, list) or not all(isinstance(token, int) for token in ids):
        death.uncaught("type_error", "[json.exception.type_error.302] type must be array, but is null")
    return ids
