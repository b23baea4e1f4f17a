"""The lines of ``axllm``: logs with a clock, bars that are cleared by blanks, the end line.

Sources: vendor logger.cpp; recorded sessions axllm-r01 to r12. On a terminal a log line is coloured
and the colour is reset AFTER its newline; on a pipe or with NO_COLOR it has no escapes at all. A model
may well write the plain form, so only the coloured one is ever cut out of an answer.
"""

from axchat.console.patterns import Pattern, literal

_CLOCK = [*[rb"\d"] * 2, rb":", *[rb"\d"] * 2, rb":", *[rb"\d"] * 2, rb"\.", *[rb"\d"] * 3, rb" "]
_PLACE = [rb" ", rb"(?P<function>[^ :\r\n\x1b]*)", rb":", rb"(?P<line>\d+)", rb" ", rb"\|", rb" "]
_RESET = literal(b"\x1b[0m")
_MESSAGE = rb"(?P<message>[^\n]*)"
_PLAIN_MESSAGE = rb"(?P<message>[^\n\x1b]*)"
_ANY_TAG = rb"(?P<level>[EWACNID][A-Z]*)"
_TAIL_TAG = rb"(?P<level>[EWACID][A-Z]*)"
_ERROR_TAG = rb"(?P<level>[EWAC][A-Z]*)"


def _coloured(colours: bytes, tag: bytes, message: bytes) -> Pattern:
    return Pattern(
        *literal(b"\x1b["), colours, rb"\d", rb"m", *_CLOCK, tag, *_PLACE, message, rb"\n", *_RESET
    )


def _plain(tag: bytes, message: bytes) -> Pattern:
    return Pattern(*_CLOCK, tag, *_PLACE, message, rb"\n")


LOG = _coloured(rb"[39]", _ANY_TAG, _MESSAGE)
"""``ESC[cm HH:MM:SS.mmm TAG function:line | message LF ESC[0m``; one line of a message each."""

ERROR_LOG = _coloured(rb"3", _ERROR_TAG, _PLAIN_MESSAGE)
"""A warning or error: the only log lines that stand inside an answer, printed by other threads."""

TAIL_LOG = _coloured(rb"[39]", _TAIL_TAG, _PLAIN_MESSAGE)
"""A log line that may stand behind an end line: any but a notice, which is the end line's own level."""

PLAIN_LOG = _plain(_ANY_TAG, _MESSAGE)
PLAIN_TAIL_LOG = _plain(_TAIL_TAG, _PLAIN_MESSAGE)
PLAIN_STOP = Pattern(
    *_CLOCK,
    rb"(?P<level>W[A-Z]*)",
    *_PLACE,
    rb"(?P<message>f[^\n\x1b]*)",
    rb"\n",
)
"""``first decode token hit stop``, the warning between ttft line and an empty answer."""

_RATE = rb"(?P<rate>[0-9.naif-]+)"
_HIT_EOS = [*literal(b"hit eos,"), rb"[decod]*", rb" ?", *literal(b"avg "), _RATE, *literal(b" token/s\n")]
_RUN = [*literal(b"NTC "), rb"[^ :\r\n\x1b]*", rb":", rb"\d+", *literal(b" | ")]
_PROFILE = [*literal(b"decode profile"), rb"[^\n\x1b]*", rb"\n"]
_PURPLE = literal(b"\x1b[35m")

END_LINE = Pattern(*_PURPLE, *_CLOCK, *_RUN, *_HIT_EOS, *_RESET)
PROFILE = Pattern(*_PURPLE, *_CLOCK, *_RUN, *_PROFILE, *_RESET)
PLAIN_END_LINE = Pattern(*_CLOCK, *_RUN, *_HIT_EOS)
PLAIN_PROFILE = Pattern(*_CLOCK, *_RUN, *_PROFILE)


def ends_with(*lines: Pattern) -> tuple[Pattern, ...]:
    """What an end begins with: two newlines and one of these lines."""
    return tuple(Pattern(rb"\n", rb"\n", *line.atoms) for line in lines)


BAR = Pattern(
    *literal(b"\x1b[33m\r"),
    rb" *",
    rb"\d+",
    *literal(b"% | \x1b[0m\x1b[0m"),
    rb"[^|\x1b\r\n]*",
    *literal(b"\x1b[0m\x1b[0m |"),
    rb" *",
    rb"(?P<done>\d+)",
    *literal(b" /"),
    rb" *",
    rb"(?P<total>\d+)",
    *literal(b" ["),
    rb"[^\]\r\n]*",
    *literal(b"] \x1b[0m\x1b[3"),
    rb"\d",
    rb"m",
    rb"(?P<text>[^\x1b\r\n]*)",
    *_RESET,
)
"""A progress bar on a terminal; before the next one it is overwritten with blanks."""

PLAIN_BAR = Pattern(
    rb"\r",
    rb" *",
    rb"\d+",
    *literal(b"% | "),
    rb"[^|\x1b\r\n]*",
    rb"\|",
    rb" *",
    rb"(?P<done>\d+)",
    *literal(b" /"),
    rb" *",
    rb"(?P<total>\d+)",
    *literal(b" ["),
    rb"[^\]\r\n]*",
    *literal(b"] "),
    rb"(?P<text>[^\r\n]*)",
    rb"(?=[\r\n])",
)
"""A bar without colours; a log line may be glued to its text."""

CLEARED = Pattern(rb"\r", rb" +", rb"\r")
"""What wipes a bar off the terminal."""
