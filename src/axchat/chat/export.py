"""A conversation as a file for people (markdown) or programs (JSON); pure."""

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime

from axchat.chat.conversation import Conversation, Exchange

_NOT_UTF8 = re.compile("[\ud800-\udfff]")


def markdown(conversation: Conversation, title: str) -> bytes:
    """Headings for who says it, and every message and answer byte for byte, thoughts included.

    Bytes that were not UTF-8 are what the model said.
    """
    parts = [f"# {' '.join(title.split())}"]
    if conversation.system is not None:
        parts += ["## System", conversation.system]
    for exchange in conversation.exchanges:
        parts += [f"## You{_at(exchange)}", exchange.user.text]
        parts += [f"Image: {image}" for image in exchange.user.images]
        cut = " (stopped)" if exchange.reason == "cancelled" else ""
        parts += [f"## {exchange.model or 'Model'}{cut}", exchange.answer]
    return ("\n\n".join(parts) + "\n").encode("utf-8", "surrogateescape")


def as_json(conversation: Conversation, title: str) -> bytes:
    r"""One object: ``title``, ``system``, ``summary``, ``unseen`` and ``exchanges`` as ``Exchange`` has them.

    UTF-8; a byte that was not UTF-8 is the escape ``\udcXX``, as Python's ``surrogateescape`` reads it.
    """
    document = {
        "title": title,
        "system": conversation.system,
        "summary": conversation.summary,
        "unseen": conversation.unseen,
        "exchanges": [asdict(exchange) for exchange in conversation.exchanges],
    }
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return _NOT_UTF8.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode("utf-8")


def _at(exchange: Exchange) -> str:
    if not exchange.at:
        return ""
    return datetime.fromtimestamp(exchange.at, UTC).strftime(", %Y-%m-%d %H:%M UTC")
