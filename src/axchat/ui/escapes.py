"""Makes model text harmless for a terminal: nothing in it is obeyed, everything readable stays.

Incremental and pure: the same text cut anywhere gives the same output once ``flush`` was called.
The grammar is that of ECMA-48 and of xterm's control sequences.

What nobody can see is not shown either, for who copies a command from the screen copies it along: the zero
width space, word joiner, byte order mark and soft hyphen, the marks of direction, the invisible operators,
annotations and tags. Two such characters are text and stay: the zero width joiner (emoji, Indic scripts) and
non-joiner (Persian). The answer that is stored has all of them.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
from unicodedata import category

MAX_STRING_CHARACTERS = 1024
"""Longest payload of OSC, DCS, APC, SOS and PM that is waited for; a hyperlink's address fits.

What goes on longer was never a control string: it is text, and is shown.
"""

MAX_PARAMETER_CHARACTERS = 64
"""Longest parameter part of a CSI or of an ESC with intermediates; real ones have below 40."""

MAX_MARKS = 8
"""Combining marks that stay on one character, joiners and selectors among them; no script needs more."""

_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSEEN = (
    "\xad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
_SEPARATORS = "\u2028\u2029"  # a line and a paragraph end: newlines by another name
_PLAIN = re.compile(f"[^{_CONTROLS}{_DIRECTIONS}{_UNSEEN}{_SEPARATORS}\ud800-\udfff]+")

# All that may be a mark: it is neither letter nor digit. And the letters of Hangul that add no width.
_MAYBE_MARKS = re.compile("(?:[^\x00-\u02ff\\w\\s]|[\u1160-\u11ff\ud7b0-\ud7ff])+")
_JOINERS = "\u200c\u200d"
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
    lone CR vanishes); DEL; C1; the bidirectional overrides, embeddings and isolates; what nobody can see. A
    surrogate (a byte that was not UTF-8) becomes U+FFFD, and so do, as one, the marks on a character beyond
    ``MAX_MARKS``. The payload of a control string that never ends is text, and is shown.
    """

    def __init__(self) -> None:
        self._state = _State.TEXT
        self._held = ""
        self._length = 0
        self._marks = 0  # on the last character that was shown

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
        return self._with_few_marks("".join(shown))

    def flush(self) -> str:
        """The end of the text: what was held back and turned out to be no control; ready for the next."""
        shown: list[str] = []
        self._give_up(shown)
        last, self._marks = self._with_few_marks("".join(shown)), 0
        return last

    def _with_few_marks(self, text: str) -> str:
        if text.isascii():
            self._marks = 0 if text else self._marks
            return text
        parts: list[str] = []
        at = 0
        for run in _MAYBE_MARKS.finditer(text):
            if run.start() > at:
                self._marks = 0
            parts.append(text[at : run.start()])
            parts.extend(self._counted(run.group()))
            at = run.end()
        if at < len(text):
            self._marks = 0
        return "".join(parts) + text[at:]

    def _counted(self, run: str) -> Iterator[str]:
        for character in run:
            self._marks = self._marks + 1 if _is_mark(character) else 0
            if self._marks <= MAX_MARKS:
                yield character
            elif self._marks == MAX_MARKS + 1:
                yield "\ufffd"

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
        elif character in _SEPARATORS:
            shown.append("\n")
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


def _is_mark(character: str) -> bool:
    return character in _JOINERS or character.isalpha() or category(character).startswith("M")


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character <= "\x9f"


def for_terminal(text: str) -> str:
    """A whole text at once, made harmless for a terminal."""
    terminal_filter = TerminalFilter()
    return terminal_filter.feed(text) + terminal_filter.flush()
