"""A conversation as a document: Markdown for people, JSON for programs; pure."""

import json
import math
from dataclasses import asdict, fields
from typing import Any

from axchat.chat.conversation import Conversation, Exchange
from axchat.events import FinishReason, Usage
from axchat.messages import Message, Role

FORMAT = "axchat-conversation-1"
"""Of the JSON: another number when a key changes its meaning."""

YEAR_10000 = 253_402_300_800
"""Unix seconds; a calendar ends before."""

MOST_TOKENS = 2**53
"""What every reader of JSON can count to."""


def as_markdown(title: str | None, conversation: Conversation) -> str:
    """What was said, under headings; an answer's own markdown is left as it is."""
    parts = [f"# {title}\n"] if title else []
    if conversation.system is not None:
        parts.append(f"## System\n\n{conversation.system}\n")
    for exchange in conversation.exchanges:
        parts.append(f"## You\n\n{exchange.user.text}\n")
        parts += [f"![image]({path})\n" for path in exchange.user.images]
        cut = "" if exchange.reason is FinishReason.STOP else f" ({exchange.reason})"
        parts.append(f"## {exchange.model or 'Model'}{cut}\n\n{exchange.answer}\n")
    return "\n".join(parts)


def as_json(title: str | None, conversation: Conversation) -> str:
    """Everything that is known of it. Bytes that were not UTF-8 are escaped surrogates, as in memory."""
    document = {
        "format": FORMAT,
        "title": title,
        "system": conversation.system,
        "left_out": conversation.unseen,
        "summary": conversation.summary,
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
            for exchange in conversation.exchanges
        ],
    }
    return json.dumps(document, indent=2) + "\n"  # ASCII: surrogates survive any encoding


def from_json(text: str) -> tuple[str | None, Conversation]:
    """What ``as_json`` made: title and conversation. Without a word on what was left out, nothing was.

    Raises:
        ValueError: it is something else; says what.
    """
    try:
        document: Any = json.loads(text)
    except RecursionError as exc:
        raise ValueError("it is nested too deep") from exc
    except json.JSONDecodeError as exc:
        raise ValueError(f"it is not JSON (line {exc.lineno}, column {exc.colno})") from exc
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"it is no conversation of the format {FORMAT}")
    try:
        title, system = _text_or_none(document["title"]), _text_or_none(document["system"])
        exchanges = tuple(_exchange(turn) for turn in document["turns"])
        unseen = _left_out(document.get("left_out", 0), len(exchanges))
        summary = _text_or_none(document.get("summary"))
    except (KeyError, TypeError, ValueError, OverflowError) as exc:
        raise ValueError(f"something in it is missing or wrong: {exc}") from exc
    return title, Conversation(system, exchanges, unseen=unseen, summary=summary)


def _exchange(turn: dict[str, Any]) -> Exchange:
    reason = turn["finish_reason"]
    usage = turn["usage"]
    return Exchange(
        user=Message(Role.USER, _text(turn["user"]), tuple(_text(path) for path in turn["images"])),
        answer=_text(turn["answer"]),
        reason=FinishReason(reason) if reason in set(FinishReason) else FinishReason.UNKNOWN,
        model=_text(turn["model"]),
        engine=_text(turn["engine"]),
        usage=Usage(*(_count_or_none(usage[field.name]) for field in fields(Usage))),
        ttft_s=_number_or_none(turn["ttft_s"]),
        total_s=_number_or_none(turn["total_s"]),
        tokens_per_s=_number_or_none(turn["tokens_per_s"]),
        at=_time(turn["at"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.50} is no text")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _count_or_none(value: Any) -> int | None:
    if value is None:
        return None
    if not 0 <= int(value) <= MOST_TOKENS:
        raise ValueError(f"{value} is no count of tokens")
    return int(value)


def _left_out(value: Any, turns: int) -> int:
    count = _count_or_none(value) or 0
    if count > turns:
        raise ValueError(f"{count} turns are left out of {turns}")
    return count


def _number_or_none(value: Any) -> float | None:
    return None if value is None else _number(value)


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value} is no time or rate")
    return number


def _time(value: Any) -> float:
    at = _number(value)
    if not 0 <= at < YEAR_10000:
        raise ValueError(f"{value} is no time")
    return at
