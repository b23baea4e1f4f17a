"""The lines that the legacy and context runners share: logs, progress bars, runtime library lines.

Sources: vendor sample_log.h and cqdm.cpp; recorded sessions 01 to 62. Levels are told by colour and
letter together, because a model may well write ``[I][...]`` without the colour.
"""

from axchat.console.patterns import Pattern, literal

_ESC = literal(b"\x1b[1;30;3")
_HEADER = [
    rb"m",
    rb"\[",
    rb"(?P<level>[EWIND])",
    rb"\]",
    rb"\[",
    rb" *",
    rb"(?P<function>[\w~]*)",
    rb"\]",
    rb"\[",
    rb" *",
    rb"(?P<line>\d+)",
    rb"\]",
    rb":",
    rb" ",
]
_RESET = literal(b"\x1b[0m")

LOG = Pattern(*_ESC, rb"[1-7]", *_HEADER, rb"(?P<message>.*?)", *_RESET, rb"\n")
"""``ESC[1;30;3Xm[L][function][line]: message ESC[0m LF``; the message may span lines."""

_PLAIN_MESSAGE = rb"(?P<message>[^\x1b]*)"

ERROR_LOG = Pattern(
    *_ESC, rb"[13]", *_HEADER[:2], rb"(?P<level>[EW])", *_HEADER[3:], _PLAIN_MESSAGE, *_RESET, rb"\n"
)
"""A log line of level E or W: the only ones that stand inside an answer. No escape in its message."""

PLAIN_LOG = Pattern(*_ESC, rb"[1-7]", *_HEADER, _PLAIN_MESSAGE, *_RESET, rb"\n")
"""A log line of any level without an escape in its message, as the runner prints when it ends."""

BAR = Pattern(
    *literal(b"\x1b[1;30;33m"),
    rb"[\r\n]",  # LF in logs that lost their CR
    rb" *",
    rb"\d+",
    rb"%",
    rb" ",
    rb"\|",
    rb"[^|]*",
    rb"\|",
    rb" *",
    rb"(?P<done>\d+)",
    rb" ",
    rb"/",
    rb" *",
    rb"(?P<total>\d+)",
    rb" ",
    rb"\[",
    rb"[^\]\r\n]*",
    rb"\]",
    rb" ",
    *literal(b"\x1b[1;30;32m"),
    rb"(?P<text>.*?)",
    *_RESET,
)
"""A progress bar: no newline behind it; the unit (``count/s`` or ``token/s``) ends the bracket."""

RUNTIME = Pattern(
    rb"\[",
    *[rb"\d"] * 4,
    rb"-",
    *[rb"\d"] * 2,
    rb"-",
    *[rb"\d"] * 2,
    rb" ",
    *[rb"\d"] * 2,
    rb":",
    *[rb"\d"] * 2,
    rb":",
    *[rb"\d"] * 2,
    rb"\.",
    *[rb"\d"] * 3,
    rb"\]",
    rb"\[",
    rb"\d+",
    rb"\]",
    rb"\[",
    rb"(?P<level>[TDIWEC])",
    rb"\]",
    rb"\[",
    rb"(?P<module>[^\]\r\n]*)",
    rb"\]",
    rb"\[",
    rb"(?P<function>[^\]\r\n]*)",
    rb"\]",
    rb"\[",
    rb" *",
    rb"\d+",
    rb"\]",
    rb":",
    rb" ",
    rb"(?P<message>[^\r\n]*)",
    rb"\r?",
    rb"\n",
)
"""A line of the AXCL library, printed from its own threads at any moment, no LF put before it."""

COLOUR = Pattern(rb"\x1b", rb"\[", rb"[0-9;]*", rb"m")
"""A colour change on its own, as around the CMM table of multi-device builds."""
