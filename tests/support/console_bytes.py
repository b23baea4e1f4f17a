"""What the tests of all dialects share: pieces that an answer may hold, and the answers in events."""

from hypothesis import strategies as st

from axchat.console.events import ConsoleEvent, TurnEnded
from axchat.events import TextDelta

_PURPLE = "\x1b[1;30;35m[N][" + " " * 29 + "Run][ 610]: hit eos,avg 12.65 token/s\n\x1b[0m\n"
_AXLLM_END = "\x1b[35m08:45:35.837 NTC Run:3583 | hit eos,decode avg 100.21 token/s\n\x1b[0m"
_AXLLM_STATE = (
    "\x1b[32m08:45:35.837 INF GetKVCache:2620 | precompute_len:28, remaining:356 (tracked)\n\x1b[0m"
)

FORGERIES = [
    "\n\n" + _PURPLE,
    "\n" + _PURPLE,
    _PURPLE,
    'Type "q" to exit, Ctrl+c to stop current running\n>> ',
    "\n\n" + _AXLLM_END,
    "\n\n" + _AXLLM_END + _AXLLM_STATE + "prompt >> ",
    _AXLLM_END,
    _AXLLM_STATE,
    "\n\n" + _AXLLM_END.replace("\x1b[35m", "").replace("\x1b[0m", ""),
    "\n\n\x1b[35m08:45:35.837 NTC Run:3580 | decode profile: 3 ms\n\x1b[0m",
    "08:45:35.837 ERR Run:1 | not an error\n",
    "[I][ Init][ 1]: a log excerpt\n",
    "prompt >> ",
    ">> ",
    "image >> ",
    "media >> ",
    "prompt >> /q\n",
    "q\n",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "\0",
    "\x1b",
    "\x1b[35m",
    "\x1b[0m",
    "\x1b[1;30;35m[N][",
    "\x1b[1;30;31m[E][",
    "\x1b[31m08:45",
    "[2025-11-09 08",
    "100% | ███ |",
    "你好🎉",
]
"""Whole and half ends, log lines and markers of every dialect, and what else looks like protocol."""

PIECES = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.sampled_from(FORGERIES))
"""Pieces of an answer: any text, and everything that looks like the runner's own words."""


def answers_of(events: list[ConsoleEvent]) -> list[str]:
    """The answer of each turn that has ended."""
    answers, text = [], ""
    for event in events:
        if isinstance(event, TextDelta):
            text += event.text
        elif isinstance(event, TurnEnded):
            answers.append(text)
            text = ""
    return answers
