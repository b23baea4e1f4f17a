"""The scenarios of docs/terminal.md: a real program on a real pty, with pyte at the other end."""

import json
import re
import sys
from pathlib import Path

import pytest

from axchat.standin.demo import write_demo
from support import chat_program
from support.chat_kills import kill_chats
from support.cli import OnTerminal
from support.terminal import BUSY, CTRL_C, CTRL_D, ENTER, Terminal, paste

BACKSPACE = "\x7f"
QUICK = {"layers": 3, "load_s": 0.0, "token_s": 0.0, "prefill_token_s": 0.0}
LEFT = "\x1b[D"
WORDS = [f"w{number:03}" for number in range(120)]


def chat(tmp_path: Path, *answers: str, columns: int = 80, rows: int = 24, **settings: object) -> Terminal:
    """A chat on a terminal whose model says the answers in turn, three or so characters a token."""
    tokens = [re.findall(r"\s*\S{1,3}\s*?|\s+", answer) for answer in answers]
    told = {"history": str(tmp_path / "history"), **settings}
    if answers:
        told["answers"] = tokens
    argv = [sys.executable, str(Path(chat_program.__file__)), json.dumps(told)]
    return Terminal(argv, columns=columns, rows=rows)


def say(terminal: Terminal, text: str) -> None:
    """Wait for the prompt, type a message and send it."""
    terminal.wait_for_prompt()
    terminal.send(text + ENTER)


def shown(terminal: Terminal) -> list[str]:
    """The rows between the question and the prompt, once the chat is at rest."""
    terminal.wait_for(lambda text: any(line.startswith("> ") for line in text.splitlines()[:-2]))
    terminal.wait_for_prompt()
    lines = terminal.text.splitlines()
    begin = max(number for number, line in enumerate(lines) if line.startswith("> "))
    return lines[begin + 1 : -3]


def test_paste_of_200_lines(tmp_path: Path) -> None:
    """Two hundred pasted lines, the first a command's name, are one message and are shown as one."""
    lines = ["/quit", *(f"line {number}" for number in range(199))]
    with chat(tmp_path) as terminal:
        terminal.wait_for_prompt()
        terminal.send(paste("\r".join(lines)))
        terminal.wait_for("line 198")
        terminal.send(ENTER)
        terminal.wait_for("line 198]")
        terminal.wait_for_prompt()
        text = terminal.text
        assert "\n".join(["> /quit", *(f"  {line}" for line in lines[1:])]) in text
        assert text.count("[u:/quit") == 1


def test_a_pasted_command_is_a_message(tmp_path: Path) -> None:
    """A paste of one line that begins with a slash is said, not run."""
    with chat(tmp_path) as terminal:
        terminal.wait_for_prompt()
        terminal.send(paste("/quit"))
        terminal.wait_for("> /quit")
        terminal.send(ENTER)
        terminal.wait_for("[u:/quit]")


def test_cjk_editing(tmp_path: Path) -> None:
    """Backspace takes one character, however wide, and the arrow keys move by characters."""
    with chat(tmp_path) as terminal:
        terminal.wait_for_prompt()
        terminal.send("你好世界")
        terminal.wait_for("> 你好世界")
        terminal.send(BACKSPACE)
        terminal.wait_for(lambda text: text.splitlines()[-2] == "> 你好世")
        assert terminal.cursor[0] == 8
        terminal.send(LEFT + "x🎉")
        terminal.wait_for("> 你好x🎉世")
        terminal.send(ENTER)
        terminal.wait_for("[u:你好x🎉世]")


@pytest.mark.parametrize("columns", [50, 100])
def test_resize_in_mid_answer(tmp_path: Path, columns: int) -> None:
    """Narrower or wider, the answer goes on, every word comes once and in order, and one prompt is left."""
    with chat(tmp_path, " ".join(WORDS), columns=70, rows=40, token_s=0.005) as terminal:
        say(terminal, "go")
        terminal.wait_for("w040")
        terminal.resize(columns, 40)
        terminal.wait_for("w119")
        terminal.wait_for_prompt()
        words = re.findall(r"w\d{3}", terminal.text)
        assert words == sorted(set(words))
        assert words[-40:] == WORDS[-40:]
        assert [line[0] for line in terminal.lines if line.startswith(">")] == [">", ">"]


def test_an_answer_taller_than_the_screen(tmp_path: Path) -> None:
    """Every line is in the scrollback once, in order, also the paragraph that is taller than the screen."""
    answer = "\n\n".join([" ".join(WORDS), *WORDS[:60]])
    with chat(tmp_path, answer, columns=40, rows=12, token_s=0.0005) as terminal:
        say(terminal, "go")
        rows = shown(terminal)
        assert re.findall(r"w\d{3}", "\n".join(rows)) == [*WORDS, *WORDS[:60]]


def test_a_code_fence_that_never_closes(tmp_path: Path) -> None:
    """The code is shown as it came, its long line whole, and the prompt is back below it."""
    answer = "Look:\n\n```python\ndef f():\n    return '" + "x" * 100 + "'\n# and no end"
    with chat(tmp_path, answer, columns=60) as terminal:
        say(terminal, "go")
        rows = shown(terminal)
        assert rows[:4] == ["Look:", "", "```python", "def f():"]
        assert "".join(rows[4:6]) == "    return '" + "x" * 100 + "'"
        assert rows[6:] == ["# and no end"]


def test_a_table_with_wide_characters(tmp_path: Path) -> None:
    """Columns stand below each other, counted in cells."""
    answer = "| name | 值 |\n|---|---|\n| 深圳市 | 1 |\n| a | 你好 |\n\ndone"
    with chat(tmp_path, answer, columns=40, token_s=0.001) as terminal:
        say(terminal, "go")
        assert shown(terminal) == ["name   │ 值", "───────┼─────", "深圳市 │ 1", "a      │ 你好", "", "done"]


def test_thoughts_are_folded(tmp_path: Path) -> None:
    """A <think> block is one line with its time."""
    with chat(tmp_path, "<think>\nlet me see\n\nhm\n</think>\n\nYes.") as terminal:
        say(terminal, "go")
        rows = shown(terminal)
        assert re.fullmatch(r"thought for \d+\.\d s", rows[0])
        assert rows[1:] == ["", "Yes."]


def test_ctrl_c_while_the_model_loads(tmp_path: Path) -> None:
    """It ends the chat at once with status 130, and the terminal is as it was."""
    with chat(tmp_path, "x", load_s=3600, load_steps=3600) as terminal:
        terminal.wait_for("loading the model")
        terminal.send(CTRL_C)
        assert terminal.wait_for_end() == 130
        assert terminal.raw.rstrip().endswith(b"\x1b[?25h")


def test_ctrl_c_before_the_first_token(tmp_path: Path) -> None:
    """It stops the wait; nothing was said, and the chat goes on."""
    with chat(tmp_path, first_token_s=3600) as terminal:
        say(terminal, "one")
        terminal.wait_for(BUSY)
        terminal.send(CTRL_C)
        terminal.wait_for("stopped before anything was said")
        terminal.wait_for_prompt()
        terminal.send(CTRL_D)
        assert terminal.wait_for_end() == 0


def test_ctrl_c_in_an_answer_keeps_it(tmp_path: Path) -> None:
    """Within a token the answer stops; what was said stays and is sent with the next message."""
    with chat(tmp_path, "said never", "second", token_s=3600) as terminal:
        say(terminal, "one")
        terminal.wait_for("sai")
        terminal.send(CTRL_C)
        terminal.wait_for("stopped; what was said is kept")
        assert shown(terminal) == ["sai", ""]


def test_typing_while_the_model_loads_is_kept(tmp_path: Path) -> None:
    """The input line is there from the beginning, and what is sent early is answered when it can be."""
    with chat(tmp_path, load_s=1.0, load_steps=10) as terminal:
        terminal.wait_for("loading the model")
        terminal.send("early")
        terminal.wait_for("> early")
        terminal.send(ENTER)
        terminal.wait_for("[u:early]")


def test_a_crash_of_the_runner(tmp_path: Path) -> None:
    """The decoded cause is told, the message is back on the input line; sent again, it is answered."""
    answers = ("the first answer", "one two three four five six seven")
    directory = write_demo(tmp_path / "demo", answers=answers, **QUICK)
    env = {"AXCHAT_STANDIN_FAIL": "segv-token-3@1", "AXCHAT_HOLDER": "false"}
    with OnTerminal("chat", "-m", str(directory), columns=120, env=env) as terminal:
        say(terminal, "hello")
        terminal.wait_for("the first answer")
        say(terminal, "again")
        terminal.wait_for("SIGSEGV")
        terminal.wait_for(lambda text: text.splitlines()[-2] == "> again" and BUSY not in text)
        terminal.send(ENTER)
        terminal.wait_for("the first answer", count=2)
        terminal.wait_for_prompt()
        terminal.send(CTRL_D)
        assert terminal.wait() == 0


def test_two_chats_at_once(tmp_path: Path) -> None:
    """Each has its own conversation; what was typed in one is in the history of the next."""
    with chat(tmp_path) as first, chat(tmp_path) as second:
        say(first, "from the first")
        first.wait_for("[u:from the first]")
        say(second, "from the second")
        second.wait_for("[u:from the second]")
        for terminal in (first, second):
            terminal.wait_for_prompt()
            terminal.send(CTRL_D)
            assert terminal.wait_for_end() == 0
    with chat(tmp_path) as third:
        third.wait_for_prompt()
        third.send("\x1b[A\x1b[A")
        third.wait_for("> from the first")


def test_kill_9_at_any_moment(tmp_path: Path) -> None:
    """Every turn shown as finished is kept, and the next chat goes on with it."""
    shown, wrong = kill_chats(tmp_path, 4, seed=3)
    assert wrong == []
    assert shown >= 4


def test_documented() -> None:
    """docs/terminal.md lists every scenario, and none that does not exist."""
    page = (Path(__file__).parents[2] / "docs" / "terminal.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    tests = [name.removeprefix("test_") for name in globals() if re.match("test_(?!documented)", name)]
    assert sorted(listed) == sorted(tests)
