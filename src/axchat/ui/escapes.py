"""Makes model text harmless for a terminal: nothing in it is obeyed, everything readable stays.

Incremental and pure: the same text cut anywhere gives the same output once ``flush`` was called.
The grammar is that of ECMA-48 and of xterm's control sequences.
"""

import re
from enum import Enum, auto

MAX_STRING_CHARACTERS = 1024
"""Longest payload of OSC, DCS, APC, SOS and PM that is waited for; a hyperlink's address fits.

What goes on longer was never a control string: it is text, and is shown.
"""

MAX_PARAMETER_CHARACTERS = 64
"""Longest parameter part of a CSI or of an ESC with intermediates; real ones have below 40."""

_PLAIN = re.compile("[^\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_STRING_OPENERS = frozenset("\x90\x98\x9d\x9e\x9f")
_STRING_OPENERS_AFTER_ESC = frozenset("PX]^_")
_STRING_ENDS = frozenset("\x07\x18\x1a\x9c")  # BEL, CAN, SUB and the one-character ST


class _State(Enum):
    TEXT = auto()
    ESCAPE = auto()
    INTERMEDIATE = auto()
    CSI = auto()
    STRING = auto()
    STRING_ESCAPE = auto()


class TerminalFilter:
    r"""Drops what a terminal would obey and keeps what a reader would read.

    Dropped: whole ESC sequences (CSI, OSC, DCS, APC, SOS, PM, two-character ones) with their parameters
    and payload, also in their one-character C1 form; C0 except ``\n`` and ``\t`` (so CR LF becomes LF and a
    lone CR vanishes); DEL; C1; the bidirectional overrides, embeddings and isolates. A surrogate (a byte
    that was not UTF-8) becomes U+FFFD. The payload of a control string that never ends is text, and is shown.
    """

    def __init__(self) -> None:
        self._state = _State.TEXT
        self._held = ""
        self._length = 0

    def feed(self, text: str) -> str:
        """The part of ``text``, and of what was held back before, that may be shown now."""
        shown: list[str] = []
        at = 0
        while at < len(text):
            if self._state is _State.TEXT:
                at = self._read_text(text, at, shown)
            elif self._state is _State.STRING:
                at = self._read_string(text, at, shown)
            else:
                at += self._read_control(text[at], shown)
        return "".join(shown)

    def flush(self) -> str:
        """The end of the text: what was held back and turned out to be no control; ready for the next."""
        shown: list[str] = []
        self._give_up(shown)
        return "".join(shown)

    def _read_text(self, text: str, at: int, shown: list[str]) -> int:
        plain = _PLAIN.match(text, at)
        if plain is not None:
            shown.append(plain.group())
            return plain.end()
        character = text[at]
        if character == "\x1b":
            self._enter(_State.ESCAPE)
        elif character == "\x9b":
            self._enter(_State.CSI)
        elif character in _STRING_OPENERS:
            self._enter(_State.STRING)
        elif "\ud800" <= character <= "\udfff":
            shown.append("\ufffd")
        return at + 1

    def _read_string(self, text: str, at: int, shown: list[str]) -> int:
        character = text[at]
        if character in _STRING_ENDS:
            self._enter(_State.TEXT)
            return at + 1
        if character == "\x1b":
            self._state = _State.STRING_ESCAPE
            return at + 1
        if _is_control(character):
            self._give_up(shown)  # a line ended: this was no control string; the character is read as text
            return at
        self._held += character
        if len(self._held) > MAX_STRING_CHARACTERS:
            self._give_up(shown)
        return at + 1

    def _read_control(self, character: str, shown: list[str]) -> int:
        """One character inside an ESC sequence; gives 0 if it is not part of it and must be read again."""
        state = self._state
        self._length += 1
        if state is _State.STRING_ESCAPE:
            if character == "\\":
                self._enter(_State.TEXT)
                return 1
            self._give_up(shown)
            self._enter(_State.ESCAPE)  # the ESC that ended the string starts the next sequence
            return 0
        if state is _State.ESCAPE and character == "[":
            self._enter(_State.CSI)
        elif state is _State.ESCAPE and character in _STRING_OPENERS_AFTER_ESC:
            self._enter(_State.STRING)
        elif " " <= character <= "/":
            self._stay_in(_State.CSI if state is _State.CSI else _State.INTERMEDIATE)
        elif state is _State.CSI and "0" <= character <= "?":
            self._stay_in(_State.CSI)
        elif "0" <= character <= "~":
            self._enter(_State.TEXT)
        else:
            self._enter(_State.TEXT)
            return 0
        return 1

    def _enter(self, state: _State) -> None:
        self._state = state
        self._held = ""
        self._length = 0

    def _stay_in(self, state: _State) -> None:
        self._state = state if self._length <= MAX_PARAMETER_CHARACTERS else _State.TEXT

    def _give_up(self, shown: list[str]) -> None:
        held = self._held
        self._enter(_State.TEXT)
        at = 0
        while at < len(held):
            at = self._read_text(held, at, shown)


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character <= "\x9f"


def for_terminal(text: str) -> str:
    """A whole text at once, made harmless for a terminal."""
    terminal_filter = TerminalFilter()
    return terminal_filter.feed(text) + terminal_filter.flush()
