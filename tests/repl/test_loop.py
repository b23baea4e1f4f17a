"""The chat on a real terminal: a real program on a pty, and pyte to see what a person would see."""

import base64
import json
import os
import re
import shlex
import stat
import sys
from pathlib import Path

import pytest

from support import chat_program
from support.terminal import ALT_ENTER, BUSY, CTRL_C, CTRL_D, CTRL_R, CTRL_Z, ENTER, TAB, UP, Terminal, paste


def chat(tmp_path: Path, *, columns: int = 80, **settings: object) -> Terminal:
    """A chat on a terminal, with its history in ``tmp_path``."""
    settings.setdefault("history", str(tmp_path / "state" / "history"))
    return Terminal([sys.executable, str(Path(chat_program.__file__)), json.dumps(settings)], columns=columns)


def say(terminal: Terminal, text: str) -> None:
    """Wait for the prompt, type a message and send it."""
    terminal.wait_for_prompt()
    terminal.send(text + ENTER)


def test_an_answer_is_shown_and_ctrl_d_quits(tmp_path: Path) -> None:
    """A message is answered below it, then the prompt is back; Ctrl-D ends with status 0."""
    with chat(tmp_path) as terminal:
        say(terminal, "hello")
        terminal.wait_for("[u:hello]")
        terminal.wait_for_prompt()
        assert terminal.lines[:4] == [
            "scripted (scripted); /help lists commands and keys",
            "> hello",
            "[u:hello]",
            "",
        ]
        terminal.send(CTRL_D)
        assert terminal.wait_for_end() == 0


def test_ctrl_c_stops_the_answer_and_stays(tmp_path: Path) -> None:
    """A stopped answer stays on the screen and in the conversation, and the chat goes on."""
    answers = [["said ", *["never "] * 50], ["second"]]
    with chat(tmp_path, answers=answers, token_s=2.0) as terminal:
        say(terminal, "one")
        terminal.wait_for("said")
        terminal.send(CTRL_C)
        terminal.wait_for("stopped; what was said is kept")
        say(terminal, "two")
        terminal.wait_for("second")
        terminal.wait_for_prompt()
        assert "^C" not in terminal.text
        terminal.send(CTRL_D)
        assert terminal.wait_for_end() == 0


def test_a_second_ctrl_c_does_not_wait_for_a_slow_engine(tmp_path: Path) -> None:
    """While an engine takes its time to stop, another Ctrl-C leaves."""
    told = tmp_path / "told"
    os.mkfifo(told)
    slow = {"answers": [["said ", "never"]], "token_s": 3600, "stop_s": 3600, "tell_cancel": str(told)}
    with chat(tmp_path, **slow) as terminal, told.open() as cancelled:
        say(terminal, "one")
        terminal.wait_for("said")
        terminal.send(CTRL_C)
        assert cancelled.readline() == "cancel\n"  # two that come at once are one signal
        terminal.send(CTRL_C)
        assert terminal.wait_for_end() == 130


def test_ctrl_z_in_an_answer_goes_to_the_shell_and_fg_goes_on(tmp_path: Path) -> None:
    """Ctrl-Z gives the terminal back to the shell in mid-answer, too; fg shows the rest, every word once."""
    words = [f"w{number} " for number in range(40)]
    settings = tmp_path / "settings"
    told = {"history": str(tmp_path / "history"), "answers": [words], "token_s": 0.1}
    settings.write_text(json.dumps(told))
    with Terminal(["bash", "--norc", "--noediting", "-i"]) as terminal:
        program = shlex.join([sys.executable, str(Path(chat_program.__file__)), f"@{settings}"])
        terminal.send(f"PS1=shell:; {program}{ENTER}")
        say(terminal, "one")
        terminal.wait_for("w3")
        terminal.send(CTRL_Z)
        terminal.wait_for("Stopped")
        terminal.send(f"echo in the $((40 + 2))nd shell{ENTER}")
        terminal.wait_for("in the 42nd shell")
        terminal.send(f"fg{ENTER}")
        terminal.wait_for("w39")
        terminal.wait_for_prompt()
        shown = terminal.text
        assert re.findall(r"\bw\d+", shown) == [word.rstrip() for word in words]
        assert "^Z" not in shown
        terminal.send(CTRL_D)
        terminal.wait_for(lambda text: text.rstrip().endswith("shell:"))
        terminal.send(CTRL_D)
        terminal.wait_for_end()


def test_ctrl_c_at_the_prompt_clears_and_twice_quits(tmp_path: Path) -> None:
    """The first Ctrl-C throws the line away and tells how to quit; one more in a row quits."""
    with chat(tmp_path) as terminal:
        terminal.wait_for_prompt()
        terminal.send("half a mess")
        terminal.wait_for("> half a mess")
        terminal.send(CTRL_C)
        terminal.wait_for("Ctrl-C again, or Ctrl-D, quits")
        terminal.wait_for_prompt()
        terminal.send("other")
        terminal.wait_for("> other")
        terminal.send(CTRL_C)
        terminal.wait_for("Ctrl-C again, or Ctrl-D, quits", count=2)
        say(terminal, "kept")
        terminal.wait_for("[u:kept]")
        terminal.wait_for_prompt()
        terminal.send(CTRL_C)
        terminal.wait_for("Ctrl-C again, or Ctrl-D, quits", count=3)
        terminal.wait_for_prompt()
        terminal.send(CTRL_C)
        assert terminal.wait_for_end() == 0


def test_ctrl_c_ends_a_search_and_leaves_the_chat_open(tmp_path: Path) -> None:
    """Ctrl-C takes the line of a search away, at rest and in an answer, and is no second one there."""
    answers = [["first"], ["said ", *["never "] * 50]]
    with chat(tmp_path, answers=answers, token_s=2.0) as terminal:
        say(terminal, "one")
        terminal.wait_for("first")
        terminal.wait_for_prompt()
        terminal.send(CTRL_C)
        terminal.wait_for("Ctrl-C again, or Ctrl-D, quits")
        terminal.wait_for_prompt()
        terminal.send(CTRL_R + "on")
        terminal.wait_for("I-search backward: on")
        terminal.send(CTRL_C)
        terminal.wait_for("Ctrl-C again, or Ctrl-D, quits", count=2)
        terminal.wait_for_prompt()
        say(terminal, "two")
        terminal.wait_for("said")
        terminal.send(CTRL_R + "on")
        terminal.wait_for("I-search backward: on")
        terminal.send(CTRL_C)
        terminal.wait_for("stopped; what was said is kept")
        terminal.wait_for_prompt()
        assert "I-search" not in terminal.text


def test_help_unknown_and_quit(tmp_path: Path) -> None:
    """/help lists the table, a misspelt command names the right one and is not sent, /quit ends."""
    with chat(tmp_path) as terminal:
        say(terminal, "/help")
        terminal.wait_for("/quit, /exit")
        terminal.wait_for("begin a new conversation")
        say(terminal, "/qiut")
        terminal.wait_for("there is no command /qiut; did you mean /quit?")
        say(terminal, "//qiut")
        terminal.wait_for("[u:/qiut]")
        say(terminal, "/quit")
        assert terminal.wait_for_end() == 0


def test_new_forgets(tmp_path: Path) -> None:
    """After /new the engine sees nothing of the old conversation."""
    with chat(tmp_path) as terminal:
        say(terminal, "one")
        terminal.wait_for("[u:one]")
        say(terminal, "/new")
        terminal.wait_for("new conversation")
        say(terminal, "two")
        terminal.wait_for("[u:two]")


def test_history_is_private_and_outlives_the_chat(tmp_path: Path) -> None:
    """What was typed is in a file of mode 0600, and Up brings it back in the next chat."""
    for text in ("first\x1b\rline two", "again"):
        with chat(tmp_path) as terminal:
            say(terminal, text)
            terminal.wait_for("]")
            terminal.wait_for_prompt()
            terminal.send(CTRL_D)
            assert terminal.wait_for_end() == 0
    history = tmp_path / "state" / "history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert stat.S_IMODE(history.parent.stat().st_mode) == 0o700
    with chat(tmp_path) as terminal:
        terminal.wait_for_prompt()
        terminal.send(UP)
        terminal.wait_for("> again")
        terminal.send(UP + ENTER)
        terminal.wait_for("[u:first\nline two]")
        terminal.wait_for_prompt()
        terminal.send(CTRL_R + "aga")
        terminal.wait_for("I-search backward: aga")
        terminal.send(ENTER)
        terminal.wait_for(lambda text: text.splitlines()[-2:-1] == ["> again"])
        terminal.send(ENTER)
        terminal.wait_for("u:again]")


def test_a_history_that_cannot_be_kept_is_told_and_costs_nothing(tmp_path: Path) -> None:
    """Where no file can be made, one line says so and the chat works."""
    (tmp_path / "state").write_text("not a directory")
    with chat(tmp_path, columns=200) as terminal:
        terminal.wait_for("what you type is not stored")
        say(terminal, "one")
        terminal.wait_for("[u:one]")
        terminal.wait_for_prompt()
        terminal.send(UP)
        terminal.wait_for("> one", count=2)


def test_a_paste_of_two_lines_is_one_message(tmp_path: Path) -> None:
    """Pasted newlines neither send nor run commands; Enter sends all of it."""
    with chat(tmp_path) as terminal:
        terminal.wait_for_prompt()
        terminal.send(paste("/help\rsecond"))
        terminal.wait_for("second")
        terminal.send(ENTER)
        terminal.wait_for("[u:/help\nsecond]")


@pytest.mark.parametrize("key", [ALT_ENTER, "\n"])
def test_a_new_line_can_be_typed(tmp_path: Path, key: str) -> None:
    """Alt-Enter and Ctrl-J begin a line of the same message."""
    with chat(tmp_path) as terminal:
        say(terminal, f"one{key}two")
        terminal.wait_for("[u:one\ntwo]")


def test_typing_during_an_answer_is_seen_and_kept(tmp_path: Path) -> None:
    """The input line stays below the answer; Enter sends what is on it when the answer has ended."""
    answers = [["begun", *["."] * 20, "done"], ["second"]]
    with chat(tmp_path, answers=answers, token_s=0.05) as terminal:
        say(terminal, "one")
        terminal.wait_for("begun")
        terminal.send("early\rbird")
        terminal.wait_for("> bird")
        terminal.wait_for("second")
        terminal.wait_for(lambda text: text.splitlines()[-2:-1] == ["> bird"] and BUSY not in text)
        assert terminal.lines[1:8] == [
            *["> one", "begun" + "." * 20 + "done", "", "> early", "second", "", "> bird"]
        ]


def test_a_stop_gives_back_what_waited(tmp_path: Path) -> None:
    """After Ctrl-C nothing is sent by itself: what was sent early is on the input line again."""
    with chat(tmp_path, answers=[["said ", "never"], ["second"]], token_s=3600) as terminal:
        say(terminal, "one")
        terminal.wait_for("said")
        terminal.send("early" + ENTER)
        terminal.wait_for(lambda text: "> early" not in text.splitlines()[-2:])
        terminal.send(CTRL_C)
        terminal.wait_for("stopped; what was said is kept")
        terminal.wait_for(lambda text: text.splitlines()[-2:-1] == ["> early"] and BUSY not in text)


def test_what_waits_is_not_asked_once_the_chat_is_left(tmp_path: Path) -> None:
    """Ctrl-D ends with the answer under way, and the next chat finds what waited with Up."""
    with chat(tmp_path, answers=[["said ", "never"]], token_s=3600) as terminal:
        say(terminal, "one")
        terminal.wait_for("said")
        terminal.send("two" + ENTER + CTRL_D)
        assert terminal.wait_for_end() == 0
        assert "> two" not in terminal.text
    with chat(tmp_path) as terminal:
        terminal.wait_for_prompt()
        terminal.send(UP)
        terminal.wait_for("> two")


def test_escapes_in_an_answer_do_nothing(tmp_path: Path) -> None:
    """What a model says cannot move the cursor, clear the screen, set the title or answer for the user."""
    hostile = ["safe\x1b[2J\x1b[1;1H", "\x1b]0;owned\x07", "\x1b[6n\x1b[c", " text\r", "over\x08\u202e"]
    with chat(tmp_path, answers=[hostile]) as terminal:
        say(terminal, "one")
        terminal.wait_for("textover")
        terminal.wait_for_prompt()
        assert terminal.lines[1:3] == ["> one", "safe textover"]
        terminal.send(CTRL_D)
        assert terminal.wait_for_end() == 0
        assert b"owned" not in terminal.raw


def test_an_engine_error_is_told_and_the_chat_goes_on(tmp_path: Path) -> None:
    """Message and hint are shown without escapes of their own; the message comes back."""
    with chat(tmp_path, fault_at=0) as terminal:
        say(terminal, "one")
        terminal.wait_for("error: the card is dead")
        terminal.wait_for("hint: axchat doctor")
        terminal.wait_for("your message is on the input line again")
        terminal.wait_for(lambda text: text.splitlines()[-2:-1] == ["> one"] and BUSY not in text)
        terminal.send(ENTER)
        terminal.wait_for("[u:one]")
        assert b"\x1b[31m" not in terminal.raw


def test_caveats_are_told_once_and_a_load_is_seen(tmp_path: Path) -> None:
    """An engine that reloads and forgets says so at the start; its progress gives way to the answer."""
    with chat(tmp_path, history_capable=False, stays_loaded=False, load_steps=3, load_s=0.3) as terminal:
        for text in ("one", "two"):
            say(terminal, text)
            terminal.wait_for(f"[u:{text}]")
        text = terminal.text
        assert text.count("loads the model again") == 1
        assert text.count("not the earlier ones") == 1
        assert b"loading the model: " in terminal.raw
        assert "loading" not in text


def test_twenty_columns_are_enough(tmp_path: Path) -> None:
    """On a narrow terminal a long message and its answer are readable and the prompt comes back."""
    with chat(tmp_path, columns=20) as terminal:
        say(terminal, "a message longer than the screen is wide")
        answer = "[u:amessagelongerthanthescreeniswide]"
        terminal.wait_for(lambda text: answer in "".join(text.split()))
        terminal.wait_for_prompt()
        terminal.send(CTRL_D)
        assert terminal.wait_for_end() == 0


def test_a_dumb_terminal_gets_no_escapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the cursor cannot be moved (TERM=dumb) the chat is plain lines."""
    monkeypatch.setenv("TERM", "dumb")
    with chat(tmp_path, stays_loaded=False, load_steps=3) as terminal:
        say(terminal, "one")
        terminal.wait_for("[u:one]")
        terminal.wait_for_prompt()
        terminal.send(CTRL_D)
        assert terminal.wait_for_end() == 0
        assert terminal.lines[2:4] == ["> one", "[u:one]"]
        assert b"> \r\n" in terminal.raw, "what the shell says next begins a line"
        show_cursor = b"\x1b[?12l\x1b[?25h"  # prompt-toolkit's own, once
        assert b"\x1b" not in terminal.raw.replace(show_cursor, b"", 1)


def test_on_a_dumb_terminal_two_ctrl_c_in_a_row_quit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One is told what a second does; a message between them takes the first one back."""
    monkeypatch.setenv("TERM", "dumb")
    with chat(tmp_path) as terminal:
        terminal.wait_for_prompt()
        terminal.send(CTRL_C)
        terminal.wait_for("Ctrl-C again, or Ctrl-D, quits")
        say(terminal, "one")
        terminal.wait_for("[u:one]")
        terminal.wait_for_prompt()
        terminal.send(CTRL_C)
        terminal.wait_for("Ctrl-C again, or Ctrl-D, quits", count=2)
        terminal.send(CTRL_C)
        assert terminal.wait_for_end() == 0


def test_answers_go_to_a_file_while_the_chat_stays_on_the_terminal(tmp_path: Path) -> None:
    """With stdout redirected the prompt is on stderr's terminal, and the file holds the answers alone."""
    program, answers = str(Path(chat_program.__file__)), tmp_path / "answers"
    settings = json.dumps({"history": str(tmp_path / "history")})
    shell = ["/bin/sh", "-c", '"$0" "$1" "$2" > "$3"', sys.executable, program, settings, str(answers)]
    with Terminal(shell) as terminal:
        for number in (1, 2):
            say(terminal, "one")
            terminal.wait_for("> one", count=number)
        say(terminal, "/quit")
        assert terminal.wait_for_end() == 0
    assert answers.read_bytes() == b"[u:one]\n[u:one|a:[u:one]|u:one]\n"


def test_the_terminal_is_left_as_it_was(tmp_path: Path) -> None:
    """After the chat the shell's terminal echoes and reads lines again."""
    program, settings = str(Path(chat_program.__file__)), json.dumps({"history": str(tmp_path / "history")})
    shell = ["/bin/sh", "-c", '"$0" "$1" "$2"; stty -a', sys.executable, program, settings]
    with Terminal(shell) as terminal:
        say(terminal, "one")
        terminal.wait_for("[u:one]")
        say(terminal, "/quit")
        assert terminal.wait_for_end() == 0
        modes = terminal.text.split()
        assert {"echo", "icanon", "isig", "icrnl"} <= {mode.strip(";") for mode in modes}


def test_tab_completes_a_command_and_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is completed is the command that runs; a message has no menu."""
    (tmp_path / "my notes.txt").write_text("hello\n")
    monkeypatch.chdir(tmp_path)
    with chat(tmp_path) as terminal:
        terminal.wait_for_prompt()
        for typed, menu, completed in (
            ("/fil", "attach a text file", "> /file"),
            ("my", "my notes.txt", "> /file my notes.txt"),
        ):
            terminal.send(typed)
            terminal.wait_for(menu)
            terminal.send(TAB)
            terminal.wait_for(completed)
        terminal.send(ENTER)
        terminal.wait_for("file my notes.txt (1 line, 5 characters) goes with the next message")
        say(terminal, "what?")
        terminal.wait_for("what?]")
        terminal.send(CTRL_D)
        assert terminal.wait_for_end() == 0


def test_an_edited_message_is_on_the_input_line(tmp_path: Path) -> None:
    """Sending it takes the place of the last exchange."""
    with chat(tmp_path) as terminal:
        say(terminal, "one")
        terminal.wait_for("[u:one]")
        say(terminal, "/edit")
        terminal.wait_for("takes the place")
        terminal.wait_for("> one")
        terminal.send(" more" + ENTER)
        terminal.wait_for("[u:one more]")
        terminal.send(CTRL_D)
        assert terminal.wait_for_end() == 0


def test_a_block_is_said_exactly_and_its_answer_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enter is a newline inside three quotes, and nothing a command; over ssh the terminal copies."""
    monkeypatch.setenv("SSH_TTY", "/dev/pts/9")
    with chat(tmp_path) as terminal:
        say(terminal, '"""')
        terminal.send("/quit" + ENTER + '"""' + ENTER)
        terminal.wait_for("/quit\n]")
        say(terminal, "/copy")
        terminal.wait_for("copied the last answer (11 characters) with the terminal (OSC 52)")
        assert b"\x1b]52;c;" + base64.b64encode(b"[u:\n/quit\n]") + b"\x07" in terminal.raw
        say(terminal, "/quit")
        assert terminal.wait_for_end() == 0


def test_stop_typed_in_an_answer_stops_it(tmp_path: Path) -> None:
    """/stop does not wait for the answer to end."""
    with chat(tmp_path, answers=[["said ", "never"]], token_s=3600) as terminal:
        say(terminal, "one")
        terminal.wait_for("said")
        terminal.send("/stop" + ENTER)
        terminal.wait_for("stopped; what was said is kept")


def test_a_draft_is_kept_when_the_chat_is_left(tmp_path: Path) -> None:
    """What was typed and not sent when the model did not load is found with Up."""
    with chat(tmp_path, load_s=3600, load_steps=2) as terminal:
        terminal.wait_for(BUSY)
        terminal.send("a long question")
        terminal.wait_for("> a long question")
        terminal.send(CTRL_C)
        assert terminal.wait_for_end() == 130
    with chat(tmp_path) as terminal:
        terminal.wait_for_prompt()
        terminal.send(UP)
        terminal.wait_for("> a long question")


def test_the_message_can_be_written_in_an_editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-X Ctrl-E opens $EDITOR with what is typed; what it leaves is on the input line, not sent."""
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf " and more" >> "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    with chat(tmp_path) as terminal:
        terminal.wait_for_prompt()
        terminal.send("typed")
        terminal.wait_for("> typed")
        terminal.send("\x18\x05")
        terminal.wait_for("> typed and more")
        terminal.send(ENTER)
        terminal.wait_for("[u:typed and more]")


def test_vi_keys(tmp_path: Path) -> None:
    """Where they are asked for, Escape leaves the insert mode, and x deletes."""
    with chat(tmp_path, is_vi=True) as terminal:
        terminal.wait_for_prompt()
        terminal.send("onex")
        terminal.wait_for("> onex")
        terminal.send("\x1b")
        terminal.wait_for(lambda _text: terminal.cursor[0] == 5)
        terminal.send("x" + ENTER)
        terminal.wait_for("[u:one]")


def test_an_earlier_message_is_suggested(tmp_path: Path) -> None:
    """Behind the cursor, and taken with the right arrow."""
    with chat(tmp_path) as terminal:
        say(terminal, "a question to come back to")
        terminal.wait_for("]")
        terminal.wait_for_prompt()
        terminal.send("a que")
        terminal.wait_for(lambda text: text.splitlines()[-2:-1] == ["> a question to come back to"])
        terminal.send("\x1b[C" + ENTER)
        terminal.wait_for("[u:a question to come back to", count=2)


def test_a_full_disk_ends_a_chat_whose_answers_go_to_a_file(tmp_path: Path) -> None:
    """The cause is told, and the terminal is as it was."""
    program, settings = str(Path(chat_program.__file__)), json.dumps({"history": str(tmp_path / "history")})
    shell = ["/bin/sh", "-c", '"$0" "$1" "$2" > /dev/full; stty -a', sys.executable, program, settings]
    with Terminal(shell, columns=120) as terminal:
        say(terminal, "one")
        terminal.wait_for("No space left on device")
        assert terminal.wait_for_end() == 0
        assert {"echo", "icanon"} <= {mode.strip(";") for mode in terminal.text.split()}
