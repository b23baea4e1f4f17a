"""A chat in many languages on a real terminal."""

import json
import sys
from pathlib import Path

from support import chat_program
from support.languages import WORDS
from support.terminal import ENTER, Terminal


def chat(tmp_path: Path, **settings: object) -> Terminal:
    """A chat on a terminal; without answers, one names the message."""
    told = {"history": str(tmp_path / "history"), "history_capable": False, **settings}
    return Terminal([sys.executable, str(Path(chat_program.__file__)), json.dumps(told)])


def wait_for_bytes(terminal: Terminal, text: str) -> None:
    """Read until the program has written this."""
    terminal.wait_for(lambda _: text.encode() in terminal.raw)


def test_what_is_typed_and_answered_in_any_language_is_shown_as_it_is(tmp_path: Path) -> None:
    """The engine is sent what was typed, and the terminal gets the answer in the order of its characters.

    Bytes, not the emulator's screen: pyte drops what stands behind a joiner in one write.
    """
    with chat(tmp_path) as terminal:
        for word in WORDS.values():
            terminal.wait_for_prompt()
            terminal.send(word + ENTER)
            wait_for_bytes(terminal, f"[u:{word}]")
        terminal.wait_for_prompt()
        assert f"> {WORDS['Chinese']}" in terminal.lines
        assert f"> {WORDS['Hebrew']}" in terminal.lines


def test_marks_of_direction_in_an_answer_reach_no_terminal(tmp_path: Path) -> None:
    """A command that is shown is the one that is copied; the words themselves stay."""
    answer = f"{WORDS['Arabic']} rm \u202e-rf\u202c \u2066{WORDS['Hebrew']}\u2069"
    with chat(tmp_path, answers=[[answer]]) as terminal:
        terminal.wait_for_prompt()
        terminal.send("x" + ENTER)
        terminal.wait_for("-rf")
        terminal.wait_for_prompt()
        raw = terminal.raw.decode()
    assert WORDS["Arabic"] in raw
    assert WORDS["Hebrew"] in raw
    assert not set(raw) & set("\u202e\u202c\u2066\u2069")
