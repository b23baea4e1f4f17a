r"""The ``axllm`` dialect: ``axllm run``, marker ``prompt >> ``, commands with a slash.

Sources: recorded sessions axllm-r01 to r12, synthetic captures C_*; vendor main.cpp, LLM.cpp and
logger.cpp. The program echoes what is typed. Each answer stands between a ttft line and ``LF LF`` with
an ``NTC Run:N | hit eos,`` line. With colours the end line cannot be confused with text; without them
only silence behind the marker tells. Early builds of 2026 print the lines of the older runners and take
commands without a slash.
"""

from dataclasses import replace

from axchat.console import axllm_lines as lines
from axchat.console import grammar
from axchat.console.axllm_items import read_coloured_item, read_plain_item
from axchat.console.base import AGAIN, Command, Console, Dialect, Grammar, Reading
from axchat.console.events import ConsoleLine
from axchat.console.grammar import RUNTIME
from axchat.console.idle import take_marker
from axchat.console.items import is_unfinished, read_item
from axchat.console.readers import readers
from axchat.console.states import State
from axchat.console.turn_text import line_of, many_attachments

_MARKER = b"prompt >> "
_QUIT = b"/q\n"
_EARLY_QUIT = b"q\n"
_EARLY_LOG = b"\x1b[1;30;3"
_VISION_BANNER = "VLM enabled"
_COMMANDS = {"/q", "/exit", "/reset", "/dd", "/pp", "reset", "/clean", "clean"}


def encode_turn(text: str) -> bytes:
    """The prompt as one line.

    Raises:
        PromptRefused: it is no line that this runner takes as a prompt; it trims white space first.
    """
    return line_of(text, commands=_COMMANDS, trims=True)


def _encode_early_turn(text: str) -> bytes:
    return line_of(text, commands={"q", "reset", "dd", "pp"})


def read_booting(console: Console) -> Reading:
    """Log lines, bars and the banner until the marker; the first lines show the build's style."""
    data = console.buffer.data
    if data.startswith(_MARKER):
        console.go(State.READY)
        return take_marker(console, _MARKER)
    if data and _MARKER.startswith(data) and not console.is_at_end:
        return None
    if data and console.dialect is AXLLM:
        if variant := _variant(data):
            console.dialect = variant
            return AGAIN
        if is_unfinished(console, (lines.PLAIN_LOG, lines.PLAIN_BAR)):
            return None
    reading = console.grammar.read_item(console)
    if isinstance(reading, ConsoleLine) and reading.text.startswith(_VISION_BANNER):
        console.has_vision = True
    return reading


def _variant(data: bytes) -> Dialect | None:
    """The variant that these bytes show, or None."""
    if data.startswith(_EARLY_LOG):
        return AXLLM_EARLY
    is_plain = lines.PLAIN_LOG.match(data) or lines.PLAIN_BAR.match(data)
    return AXLLM_PLAIN if is_plain else None


_GRAMMAR = Grammar(
    marker=_MARKER,
    read_item=read_coloured_item,
    before=(lines.LOG, RUNTIME),
    cuts=(lines.ERROR_LOG, RUNTIME),
    ends=lines.ends_with(lines.END_LINE, lines.PROFILE),
    profile=lines.PROFILE,
    end_line=lines.END_LINE,
    tail=(RUNTIME, lines.TAIL_LOG),
    quits=(_QUIT,),
    has_ttft=True,
    asks=(b"image >> ", b"media >> "),
)

AXLLM = Dialect(
    name="axllm",
    grammar=_GRAMMAR,
    readers=readers(read_booting),
    encode_turn=encode_turn,
    quit=_QUIT,
    encode_attachments=many_attachments,
    commands={Command.RESET: b"/reset\n", Command.DROP_LAST: b"/dd\n", Command.HISTORY: b"/pp\n"},
    echoes=True,
)

AXLLM_PLAIN = replace(
    AXLLM,
    grammar=replace(
        _GRAMMAR,
        read_item=read_plain_item,
        before=(lines.PLAIN_LOG, RUNTIME),
        cuts=(RUNTIME, lines.PLAIN_STOP),
        ends=lines.ends_with(lines.PLAIN_END_LINE, lines.PLAIN_PROFILE),
        profile=lines.PLAIN_PROFILE,
        end_line=lines.PLAIN_END_LINE,
        tail=(RUNTIME, lines.PLAIN_TAIL_LOG),
    ),
)
"""Without colours: pipes, NO_COLOR, TERM=dumb."""

AXLLM_EARLY = replace(
    AXLLM,
    grammar=replace(
        _GRAMMAR,
        read_item=read_item,
        before=(grammar.LOG, RUNTIME),
        cuts=(grammar.ERROR_LOG, RUNTIME),
        ends=(grammar.END,),
        profile=None,
        end_line=None,
        tail=(RUNTIME, grammar.TAIL_LOG),
        quits=(_EARLY_QUIT,),
    ),
    encode_turn=_encode_early_turn,
    quit=_EARLY_QUIT,
    commands={Command.RESET: b"reset\n", Command.DROP_LAST: b"dd\n", Command.HISTORY: b"pp\n"},
    echoes=False,
)
"""The first builds (runner-console 5.8); the terminal echoes, not the program."""
