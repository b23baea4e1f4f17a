"""A conversation as a document: Markdown for people, JSON for programs; pure."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from axchat.chat.conversation import Exchange
from axchat.events import FinishReason, Usage
from axchat.messages import Message, Role

FORMAT = "axchat-conversation-1"
"""Of the JSON: another number when a key changes its meaning."""


def as_markdown(title: str | None, system: str | None, exchanges: Sequence[Exchange]) -> str:
    """What was said, under headings; an answer's own markdown is left as it is."""
    parts = [f"# {title}\n"] if title else []
    if system is not None:
        parts.append(f"## System\n\n{system}\n")
    for exchange in exchanges:
        parts.append(f"## You\n\n{exchange.user.text}\n")
        parts += [f"![image]({path})\n" for path in exchange.user.images]
        cut = "" if exchange.reason is FinishReason.STOP else f" ({exchange.reason})"
        parts.append(f"## {exchange.model or 'Model'}{cut}\n\n{exchange.answer}\n")
    return "\n".join(parts)


def as_json(title: str | None, system: str | None, exchanges: Sequence[Exchange]) -> str:
    """Everything that is known of it. Bytes that were not UTF-8 are escaped surrogates, as in memory."""
    document = {
        "format": FORMAT,
        "title": title,
        "system": system,
        "turns": [
            {
                "user": exchange.user.text,
                "images": list(exchange.user.images),
                "answer": exchange.answer,
                "finish_reason": str(exchange.reason),
                "model": exchange.model,
                "engine": exchange.engine,
                "usage": asdict(exchange.usage),
                "ttft_s": exchange.ttft_s,
                "total_s": exchange.total_s,
                "tokens_per_s": exchange.tokens_per_s,
                "at": exchange.at,
            }
            for exchange in exchanges
        ],
    }
    return json.dumps(document, indent=2) + "\n"  # ASCII: surrogates survive any encoding


def from_json(text: str) -> tuple[str | None, str | None, tuple[Exchange, ...]]:
    """What ``as_json`` made: title, system prompt, exchanges.

    Raises:
        ValueError: it is something else; says what.
    """
    document: Any = json.loads(text)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"no conversation of the format {FORMAT}")
    try:
        exchanges = tuple(_exchange(turn) for turn in document["turns"])
    except (KeyError, TypeError) as exc:
        raise ValueError(f"a turn is not as it should be: {exc}") from exc
    return document.get("title"), document.get("system"), exchanges


def _exchange(turn: dict[str, Any]) -> Exchange:
    return Exchange(
        user=Message(Role.USER, turn["user"], tuple(turn["images"])),
        answer=turn["answer"],
        reason=FinishReason(turn["finish_reason"]),
        model=turn["model"],
        engine=turn["engine"],
        usage=Usage(**turn["usage"]),
        ttft_s=turn["ttft_s"],
        total_s=turn["total_s"],
        tokens_per_s=turn["tokens_per_s"],
        at=turn["at"],
    )
