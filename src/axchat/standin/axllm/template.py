"""A conversation as the text that is fed: ChatML, with an empty thought before the answer of a Qwen3."""

from collections.abc import Sequence
from typing import NamedTuple

IM_END = "<|im_end|>"
END_OF_TEXT = "<|endoftext|>"
UNSEEN = "\0unseen"
"""The content of a message with a part that a text model cannot take; then nothing at all is fed."""
_NO_THOUGHT = "<think>\n\n</think>\n\n"


class Message(NamedTuple):
    """One message of a conversation."""

    role: str
    content: str


def chat_text(messages: Sequence[Message], tokenizer_type: str) -> str:
    """Return the whole text up to where the answer begins, which only a user's message asks for."""
    said = "".join(f"<|im_start|>{role}\n{content}{IM_END}\n" for role, content in messages)
    if not messages or messages[-1].role != "user":
        return said
    thought = _NO_THOUGHT if tokenizer_type.startswith("Qwen3") else ""
    return f"{said}<|im_start|>assistant\n{thought}"
