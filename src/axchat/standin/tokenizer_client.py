"""The vendor's HTTP tokenizer class: what it asks, and what it prints or dies of when the answer is bad.

Source of every line and death: runner-console facts, part II section 6, and recorded groups 20, 21 and 07.
"""

import json
import time
from typing import NamedTuple

from axchat.standin import death, http_client, streams, text
from axchat.standin.faults import CALLS
from axchat.standin.session import Session

LINE_BOS_FAILED = 324
LINE_EOS_FAILED = 336
LINE_ENCODE_FAILED = 363
LINE_ENCODE_JSON = 373
LINE_DECODE_FAILED = 412
LINE_DECODE_JSON = 425
LINE_CONNECT_FAILED = 316
CONNECT_TRIES = 10
DECODE_TRIES = 2
RETRY_PAUSE_S = 1.0
"""The vendor's sleep after a /decode that failed."""
CALL_NAMES = {
    "/bos_id": "bos",
    "/eos_id": "eos",
    "/get_uid": "uid",
    "/reset": "reset",
    "/encode": "encode",
    "/decode": "decode",
}
"""What a failure calls each call."""
REPLACED_REPLIES = {
    "500": http_client.Reply(500, b'{"detail": "stand-in failure"}'),
    "json": http_client.Reply(200, b"error"),
    "uid": http_client.Reply(200, b'{"error": "Invalid uid"}'),
    "empty": http_client.Reply(200, b'{"token_ids": [], "diff": [], "text": ""}'),
    "lost": None,
}
"""What a failure puts in the place of an answer; None for no answer at all."""


class BadStart(Exception):
    """The tokenizer answered badly at the start; the reason was printed."""


class Specials(NamedTuple):
    """The server's ids; -1 means none."""

    bos_id: int
    eos_id: int


class TokenizerClient:
    """The calls of one runner to its tokenizer server at ``address``."""

    timeout_s = http_client.TIMEOUT_S

    def __init__(self, session: Session) -> None:
        self._session = session
        self._address = session.settings.tokenizer
        self._output = session.output
        self._decode_fields: dict[str, str] = {}
        self._asked = dict.fromkeys(CALLS, 0)

    def start(self) -> Specials:
        """Ask for bos and eos; raises BadStart after the vendor's message."""
        if self._session.build.line_connect:
            self._connect()
        specials = Specials(
            self._special("bos_id", LINE_BOS_FAILED), self._special("eos_id", LINE_EOS_FAILED)
        )
        self._output.write(f"bos_id: {specials.bos_id}, eos_id: {specials.eos_id}\n".encode())
        return specials

    def _connect(self) -> None:
        """Wait until the server takes connections (recorded 61-multi-pty-tok-down-at-start)."""
        for left in reversed(range(CONNECT_TRIES)):
            if http_client.connects(self._address):
                line = self._session.build.line_connect
                self._output.write(text.log("I", "Init", line, f"connect {self._address} ok"))
                return
            time.sleep(self._session.script.connect_retry_s)
            again = f"connect failed {self._address}, try again in {left:2d}/{CONNECT_TRIES:2d} \n"
            self._output.write(f"\x1b[1;30;31m{again}\x1b[0m".encode())
        self._error("Init", LINE_CONNECT_FAILED, f"connect {self._address} failed")
        raise BadStart

    def _special(self, name: str, line: int) -> int:
        reply = self._ask("GET", f"/{name}")
        if reply.status != http_client.OK:
            self._error("Init", line, f"get {name} failed, status: {reply.status}")
            raise BadStart
        try:
            value = json.loads(reply.body)[name]
        except (ValueError, TypeError, KeyError, IndexError):
            value = None
        if isinstance(value, bool) or not isinstance(value, int | float):
            streams.complain(f"[json.exception] {name} is not a number\n".encode())
            raise BadStart
        return int(value)

    def encode(self, prompt: bytes) -> list[int]:
        """Return the ids of a prompt; [] after a printed error, death for an answer of another shape."""
        wanted = {"img_prompt": False} if self._session.build.sends_img_prompt else {}
        reply = self._ask("POST", "/encode", dump({**wanted, "text": as_utf8(prompt)}))
        if reply.status != http_client.OK:
            self._error("Encode", LINE_ENCODE_FAILED, f"encode failed, status: {reply.status}")
            return []
        try:
            value = json.loads(reply.body)
        except ValueError as error:
            self._error("Encode", LINE_ENCODE_JSON, f"json parse failed: {error}")
            self._error("Encode", LINE_ENCODE_JSON + 1, reply.body)
            return []
        ids = value.get("token_ids") if isinstance(value, dict) else None
        if not isinstance(ids, list) or not all(isinstance(token, int) for token in ids):
            death.uncaught("type_error", "[json.exception.type_error.302] type must be array, but is another")
        return ids

    def decode(self, ids: list[int]) -> bytes:
        """Return the text of some ids; b"" after two bad answers, each printed and followed by a pause."""
        body = dump({"token_ids": ids, **self._decode_fields})
        for _ in range(DECODE_TRIES):
            reply = self._ask("POST", "/decode", body)
            if reply.status != http_client.OK:
                self._error("Decode", LINE_DECODE_FAILED, f"decode failed, status: {reply.status}, try again")
                self._error("Decode", LINE_DECODE_FAILED + 1, reply.body)
            else:
                try:
                    return _text_of(reply.body)
                except (ValueError, TypeError, KeyError) as error:
                    self._error("Decode", LINE_DECODE_JSON, f"json parse failed: {error}, try again")
                    self._error("Decode", LINE_DECODE_JSON + 1, reply.body)
            time.sleep(RETRY_PAUSE_S)
        return b""

    def _ask(self, method: str, path: str, body: bytes | None = None) -> http_client.Reply:
        """Make a call; an answer that does not come is the vendor's death."""
        try:
            reply = http_client.request(self._address, method, path, body, timeout_s=self.timeout_s)
        except http_client.TransportFailed:
            death.segmentation_fault()
        return self._replaced(CALL_NAMES[path.partition("?")[0]], reply)

    def _replaced(self, call: str, reply: http_client.Reply) -> http_client.Reply:
        """Return the answer, or what a failure puts in its place."""
        number = self._asked[call]
        self._asked[call] += 1
        for name, instead in REPLACED_REPLIES.items():
            if self._session.faults.at(f"{call}-{name}", number):
                return instead or death.segmentation_fault()
        return reply

    def _error(self, function: str, line: int, message: str | bytes) -> None:
        shown = text.c_string(message) if isinstance(message, bytes) else message
        self._output.write(text.log("E", function, line, shown))


def dump(value: dict[str, object]) -> bytes:
    """Return a JSON body as nlohmann writes it, given keys in order."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _text_of(body: bytes) -> bytes:
    """Return the reply's text; a lone surrogate and invalid UTF-8 are errors, as for nlohmann's parser."""
    value = json.loads(body.decode())["text"]
    if not isinstance(value, str):
        raise TypeError("type must be string")
    return value.encode()


def as_utf8(prompt: bytes) -> str:
    """Return a typed line as text; bytes that are no UTF-8 are death."""
    try:
        return prompt.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            what = f"incomplete UTF-8 string; last byte: 0x{prompt[-1]:02X}"
        else:
            at = error.end if error.reason == "invalid continuation byte" else error.start
            what = f"invalid UTF-8 byte at index {at}: 0x{prompt[at]:02X}"
        death.uncaught("type_error", f"[json.exception.type_error.316] {what}")
