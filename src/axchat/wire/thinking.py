"""Parts an answer into what a model thought and what it says: ``<think>...</think>`` at its beginning. Pure.

Only a block that opens the answer is one (white space may precede it): further on the tag is text, as in an
answer about the tag. A block that never closes is all thought.
"""

from enum import Enum, auto

OPENS = "<think>"
CLOSES = "</think>"


class _At(Enum):
    BEGINNING = auto()
    THOUGHT = auto()
    GAP = auto()  # behind the closing tag, before the first character that is said
    SAID = auto()


class ThinkingSplitter:
    """Splits an answer that arrives in pieces; the same text cut anywhere gives the same two texts.

    White space around the thought, and between it and what follows, belongs to neither. An answer without a
    block comes out exactly as it went in. What may still be part of a tag is held back, and white space that
    may end the thought.
    """

    def __init__(self) -> None:
        self._at = _At.BEGINNING
        self._held = ""
        self._has_thought = False

    def receive(self, text: str) -> tuple[str, str]:
        """Take the next piece; gives what of it is thought and what is said, the thought first."""
        if self._at is _At.SAID:
            return "", text
        text, self._held = self._held + text, ""
        if self._at is _At.BEGINNING:
            begun = text.lstrip()
            if not begun.startswith(OPENS):
                return "", self._not_a_block(text, begun)
            self._at, text = _At.THOUGHT, begun[len(OPENS) :]
        thought = ""
        if self._at is _At.THOUGHT:
            thought, closing, text = text.partition(CLOSES)
            if not closing:
                return self._open_thought(thought), ""
            thought = thought.rstrip() if self._has_thought else thought.strip()
            self._at = _At.GAP
        said = text.lstrip()
        if said:
            self._at = _At.SAID
        return thought, said

    def finish(self) -> tuple[str, str]:
        """The answer ended: what was held back, as ``receive`` gives it."""
        held, self._held = self._held, ""
        if self._at is _At.THOUGHT:
            # White space ends the thought, a part of a tag belongs to it.
            return (held if held.strip() else ""), ""
        return "", held

    def _not_a_block(self, text: str, begun: str) -> str:
        if OPENS.startswith(begun):
            self._held = text
            return ""
        self._at = _At.SAID
        return text

    def _open_thought(self, text: str) -> str:
        if not self._has_thought:
            text = text.lstrip()
        thought = text[: len(text) - _tag_begun(text)].rstrip()
        self._held = text[len(thought) :]
        self._has_thought = self._has_thought or bool(thought)
        return thought


def _tag_begun(text: str) -> int:
    """How many characters at the end of ``text`` may be the beginning of the closing tag."""
    at = text.rfind("<", -len(CLOSES))
    return len(text) - at if at >= 0 and CLOSES.startswith(text[at:]) else 0
