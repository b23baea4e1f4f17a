r"""The ``context`` dialect: stateful runners with ``--system_prompt``, marker ``prompt >> ``.

Sources: runner-console Part I section 3 (vendor sources and published sessions; no recording exists).
The history lives in the runner and, under the printed uid, in the tokenizer service. A turn that does
not fit the context has no end line: error lines, then the marker.
"""

import re

from axchat.console.base import Command, Console, Dialect, Grammar, Reading
from axchat.console.buffer import MAX_UNIT_BYTES
from axchat.console.ending import idle_marker
from axchat.console.events import RunnerLog
from axchat.console.grammar import END, ERROR_LOG, LOG, RUNTIME, TAIL_LOG
from axchat.console.idle import take_marker
from axchat.console.items import read_item
from axchat.console.patterns import Pattern, literal
from axchat.console.readers import readers
from axchat.console.states import State
from axchat.console.turn_text import line_of

_MARKER = b"prompt >> "
_QUIT = b"q\n"
_RESET = b"\x1b[0m\n"

_SYSTEM_PROMPT = Pattern(
    *literal(b"\x1b[1;30;3"),
    rb"[1-7]",
    *literal(b"m[I]["),
    rb" *",
    rb"(?P<function>[\w~]*)",
    rb"\]",
    rb"\[",
    rb" *",
    rb"(?P<line>\d+)",
    *literal(b"]: system_prompt: "),
)
_LATE_LOGS = rb"(?:\x1b\[1;30;3[1-7]m\[[EWID]\][^\x1b]*\x1b\[0m\n)*"


def encode_turn(text: str) -> bytes:
    """The prompt as one line.

    Raises:
        PromptRefused: it is no line that this runner takes as a prompt.
    """
    return line_of(text, commands={"q", "reset", "dd", "pp"})


def read_booting(console: Console) -> Reading:
    """Log lines, bars and banners, the system prompt, then the marker.

    The system prompt is printed as it is and may hold log lines and markers: it goes on up to the
    marker where the runner waits.
    """
    if found := _SYSTEM_PROMPT.match(console.buffer.data):
        return _read_system_prompt(console, found)
    is_marker = idle_marker(console) if console.buffer.data else False
    if is_marker is None:
        return None
    if is_marker:
        console.go(State.READY)
        return take_marker(console, _MARKER)
    return read_item(console)


def _read_system_prompt(console: Console, found: re.Match[bytes]) -> Reading:
    data = console.buffer.data
    end = data.rfind(_RESET + _MARKER, found.end())
    if end < 0 or len(data) >= MAX_UNIT_BYTES:
        return None if not console.is_at_end and len(data) < MAX_UNIT_BYTES else read_item(console)
    console.needs_silence = True
    if not (console.is_silent or console.is_at_end):
        return None
    text = data[found.end() : end].decode(errors="replace")
    console.buffer.take(end + len(_RESET))
    return RunnerLog(
        "I", found["function"].decode(errors="replace"), int(found["line"]), f"system_prompt: {text}"
    )


CONTEXT = Dialect(
    name="context",
    grammar=Grammar(
        marker=_MARKER,
        read_item=read_item,
        before=(LOG, RUNTIME),
        cuts=(ERROR_LOG, RUNTIME),
        ends=(END,),
        tail=(RUNTIME, TAIL_LOG),
        quits=(_QUIT,),
        late_tail=re.compile(rb"\n" + _LATE_LOGS + rb"(?:prompt >> (?:q\n)?)?\Z"),
        has_ttft=True,
    ),
    readers=readers(read_booting),
    encode_turn=encode_turn,
    quit=_QUIT,
    commands={Command.RESET: b"reset\n", Command.DROP_LAST: b"dd\n", Command.HISTORY: b"pp\n"},
)
