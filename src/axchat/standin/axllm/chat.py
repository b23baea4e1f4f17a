"""What a request to ``/v1/chat/completions`` asks for, and how a wrong one is refused. Pure.

Recorded axllm-s02-params, s02-raw-bodies; runner-console facts, part III section 5.
"""

import json
import time
import uuid
from typing import Any, NamedTuple

from axchat.standin.axllm.json_errors import BadJson, read_json
from axchat.standin.axllm.template import UNSEEN, Message
from axchat.standin.http_server import Reply

RESET_WORDS = ("/reset", "reset", "/clean", "clean")
RESET_ANSWER = "会话已重置，请开始新的对话。"
OVERFLOW_ANSWER = "当前会话上下文已超过该模型的长度上限，请发送 /reset 清空当前会话后重新开始对话。"
DEFAULT_MAX_TOKENS = 2048
ROLES = ("system", "user", "assistant")
DONE = b"data: [DONE]\n\n"
_TYPES = {"number": (int, float), "boolean": (bool,), "string": (str,)}
_WANTED = {"max_tokens": "number", "temperature": "number", "top_p": "number", "stream": "boolean"}


class Refused(Exception):
    """The request is not answered by the model, but with ``reply``."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self.reply = reply


class ChatRequest(NamedTuple):
    """A request that is answered.

    ``given``: how many messages came; ``strange_at``: where one of them is refused, if one is; ``is_reset``:
    one of them is a command; ``is_answered``: the model answers, for no command is the last.
    """

    messages: tuple[Message, ...]
    given: int
    stream: bool
    max_tokens: int
    temperature: float | None
    top_p: float | None
    stops: int
    strange_at: str
    is_reset: bool
    is_answered: bool

    def log_text(self, model: str) -> str:
        """Return what the log says of it."""
        return (
            f"OpenAI chat request: model={model} stream={self.stream:d} max_tokens={self.max_tokens} "
            f"has_temperature={self.temperature is not None:d} temperature={_shown(self.temperature)} "
            f"has_top_p={self.top_p is not None:d} top_p={_shown(self.top_p)} messages={self.given} "
            f"stop={self.stops}"
        )


def _shown(value: float | None) -> str:
    return f"{1.0 if value is None else value:.4f}"


def read_chat(body: bytes, model: str) -> ChatRequest:
    """Return what a body asks of the model of that name. Raises Refused."""
    try:
        asked = read_json(body)
    except BadJson as error:
        raise Refused(failure(400, "invalid_request_error", f"Invalid JSON: {error}")) from error
    if not isinstance(asked, dict) or not asked.get("model", ""):
        raise Refused(failure(400, "invalid_request_error", "Missing 'model' field"))
    _check(asked, "model", "string")
    if asked["model"] != model:
        message = f"Model '{asked['model']}' is not available. Available models: {model}"
        raise Refused(failure(400, "invalid_request_error", message))
    for key, kind in _WANTED.items():
        if key in asked:
            _check(asked, key, kind)
    given = asked.get("messages")
    given = given if isinstance(given, list) else []
    messages = [_message(item) for item in given]
    strange = [message for message in messages if isinstance(message, str)]
    known = [message for message in messages if isinstance(message, Message)]
    kept, resets = _after_reset(known)
    return ChatRequest(
        messages=tuple(kept),
        given=sum(isinstance(item, dict) for item in given),
        stream=asked.get("stream", False),
        max_tokens=int(asked.get("max_tokens", DEFAULT_MAX_TOKENS)),
        temperature=asked.get("temperature"),
        top_p=asked.get("top_p"),
        stops=_stops(asked.get("stop")),
        strange_at=strange[0] if strange else "",
        is_reset=resets > 0,
        is_answered=resets < len(known) or not known,
    )


def _check(asked: dict[str, Any], key: str, kind: str) -> None:
    value = asked[key]
    if isinstance(value, _TYPES[kind]) and isinstance(value, bool) == (kind == "boolean"):
        return
    names = {bool: "boolean", str: "string", dict: "object", list: "array", type(None): "null"}
    is_a = names.get(type(value), "number")
    what = f"[json.exception.type_error.302] type must be {kind}, but is {is_a}"
    raise Refused(Reply(500, what=what))


def _stops(value: Any) -> int:
    """Return how many stop texts there are, which the model never sees. Raises Refused."""
    texts = value if isinstance(value, list) else [] if value is None else [value]
    for text in texts:
        _check({"stop": text}, "stop", "string")
    return len(texts)


def _message(item: Any) -> Message | str:
    """Return a message, or the place in the server's source that does not take it."""
    if not isinstance(item, dict) or item.get("role") not in ROLES:
        return "handle_api_messages:1184"
    content = item.get("content")
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        # A part that is no text makes all that is fed empty (facts, part III section 5).
        content = UNSEEN if None in texts else "".join(map(str, texts))
    return Message(item["role"], content) if isinstance(content, str) else "handle_api_messages:1249"


def _after_reset(messages: list[Message]) -> tuple[list[Message], int]:
    """Return what is left after the last user message that is a command, and its number from 1, else 0.

    System messages stay.
    """
    resets = [
        number
        for number, message in enumerate(messages, 1)
        if message.role == "user" and message.content.strip() in RESET_WORDS
    ]
    if not resets:
        return messages, 0
    system = [message for message in messages[: resets[-1]] if message.role == "system"]
    return system + messages[resets[-1] :], resets[-1]


def failure(status: int, code: str, message: str) -> Reply:
    """Return an error in OpenAI's form."""
    return Reply(status, dump({"error": {"code": code, "message": message, "type": code}}))


def dump(value: Any) -> bytes:
    """Return JSON as the server indents it."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")


def whole_answer(text: str, model: str) -> Reply:
    """Return an answer that is no stream; it always says that nothing was counted."""
    choice = {"finish_reason": "stop", "index": 0, "message": {"content": text, "role": "assistant"}}
    usage = {"completion_tokens": 0, "prompt_tokens": 0, "total_tokens": 0}
    said = _said(choice, model, "chat.completion") | {"usage": usage}
    return Reply(200, dump(said))


def chunk(text: str, model: str, *, is_last: bool) -> bytes:
    """Return one piece of a stream; each has an id of its own."""
    choice = {
        "delta": {"content": text, "role": "assistant"},
        "finish_reason": "stop" if is_last else None,
        "index": 0,
    }
    said = _said(choice, model, "chat.completion.chunk")
    data = json.dumps(said, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return b"data: " + data.encode("utf-8", "replace") + b"\n\n"


def _said(choice: dict[str, Any], model: str, kind: str) -> dict[str, Any]:
    identity = f"chatcmpl-{uuid.uuid4().hex[:24]}"
    return {
        "choices": [choice],
        "created": int(time.time()),
        "id": identity,
        "model": model,
        "object": kind,
    }
