"""The lines of the vendor's ``sample_log.h`` and ``cqdm.cpp``: logs, bars, the end line; library lines.

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

WARNING_LOG = Pattern(
    *_ESC, rb"[13]", *_HEADER[:2], rb"(?P<level>[EW])", *_HEADER[3:], rb"(?P<message>.*?)", *_RESET, rb"\n"
)
"""A log line of level E or W with any message, as it stands before an answer."""

TAIL_LOG = Pattern(
    *_ESC, rb"[1-7]", *_HEADER[:2], rb"(?P<level>[EWID])", *_HEADER[3:], _PLAIN_MESSAGE, *_RESET, rb"\n"
)
"""A log line that may stand behind an end line: of any level but N, which is the end line's own."""

TTFT_LOG = Pattern(
    *_ESC,
    rb"2",
    *_HEADER[:2],
    rb"(?P<level>I)",
    *_HEADER[3:],
    rb"(?P<message>t[^\x1b]*)",
    rb"(?<= ms)",
    *_RESET,
    rb"\n",
)
"""The line in front of an answer of builds with a prefill stage."""

END = Pattern(
    rb"\n",
    rb"\n?",
    *literal(b"\x1b[1;30;35m[N]["),
    rb" *",
    *literal(b"Run]["),
    rb" *",
    rb"\d+",
    *literal(b"]: hit eos,avg "),
    rb"(?P<rate>[0-9.naif-]+)",  # also nan, -nan, inf; one repetition, see Pattern
    *literal(b" token/s\n\x1b[0m\n"),
)
"""The end of an answer. Builds before December 2024 print one newline before it, later ones two."""

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

_SGR = rb"[\x1b\[;0-9m]*"  # a library on a terminal may colour its level (runner-console 1.5)

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
    _SGR,
    rb"(?P<level>[TDIWEC])",
    _SGR,
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
