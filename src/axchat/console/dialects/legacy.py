r"""The ``legacy`` dialect: ``main_axcl_*`` with ``--prompt`` and ``--continue``, marker ``>> ``.

Sources: vendor main.cpp and LLM.hpp of branches axcl-llm, axcl-llm-prefill, axcl-llm-multi-device and
the vision branches; recorded sessions 01 to 70.

The end of an answer is ``LF LF`` and a purple ``[N][ Run][ 610]: hit eos,avg F token/s`` line, printed
whatever the reason (one LF in builds before December 2024).
"""

import re
from dataclasses import replace

from axchat.console.base import Console, Dialect, Grammar, Reading
from axchat.console.events import RunnerLog
from axchat.console.grammar import END, ERROR_LOG, LOG, RUNTIME, TAIL_LOG, TTFT_LOG, WARNING_LOG
from axchat.console.idle import take_marker
from axchat.console.items import read_item
from axchat.console.readers import readers
from axchat.console.states import State
from axchat.console.turn_text import line_of, one_attachment

_MARKER = b">> "
_VISION_MARKER = b"prompt >> "
_QUIT = b"q\n"
_BANNER = b'Type "q" to exit, Ctrl+c to stop current running\n'
_INIT_OK = "LLM init ok"


def encode_turn(text: str) -> bytes:
    """The prompt as one line.

    Raises:
        PromptRefused: it is no line that this runner takes as a prompt.
    """
    return line_of(text, commands={"q"})


def read_booting(console: Console) -> Reading:
    """Log lines, bars and banners until the marker, or until a one-shot answer begins."""
    data = console.buffer.data
    openings = (_BANNER + _MARKER, _BANNER + _VISION_MARKER, _VISION_MARKER)
    for opening in openings:
        if data.startswith(opening):
            return _begin(console, opening)
    if data and not console.is_at_end and any(opening.startswith(data) for opening in openings):
        return None
    reading = read_item(console)
    if isinstance(reading, RunnerLog) and reading.message == _INIT_OK and console.one_shot:
        console.go(State.PREFILL)
    return reading


def _begin(console: Console, opening: bytes) -> Reading:
    """The first marker: vision builds show themselves by it."""
    if opening.endswith(_VISION_MARKER):
        console.dialect = LEGACY_VISION
    console.go(State.READY)
    return take_marker(console, opening)


def _late_tail(marker: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"\n(?:" + re.escape(_BANNER) + rb")?(?:" + re.escape(marker) + rb"(?:q\n)?)?\Z")


_GRAMMAR = Grammar(
    marker=_MARKER,
    read_item=read_item,
    before=(WARNING_LOG, TTFT_LOG, RUNTIME),
    cuts=(ERROR_LOG, RUNTIME),
    ends=(END,),
    tail=(RUNTIME, TAIL_LOG),
    words=(_BANNER,),
    quits=(_QUIT,),
    late_tail=_late_tail(_MARKER),
)

LEGACY = Dialect(
    name="legacy",
    grammar=_GRAMMAR,
    readers=readers(read_booting),
    encode_turn=encode_turn,
    quit=_QUIT,
)

LEGACY_VISION = replace(
    LEGACY,
    grammar=replace(
        _GRAMMAR,
        marker=_VISION_MARKER,
        before=(LOG, RUNTIME),
        late_tail=_late_tail(_VISION_MARKER),
        asks=(b"image >> ", b"video >> "),
        always_asks=True,
    ),
    encode_attachments=one_attachment,
)
"""Vision builds: ``prompt >> ``, then ``image >> `` or ``video >> `` in every turn."""
