"""``axchat run`` as its users meet it: real processes, pipes, terminals and signals."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.cli import AXCHAT, OnTerminal, axchat

SCRIPTED = ("run", "--engine", "scripted")
ANSWER_START = b"This is axchat's scripted engine"


class TestStreams:
    """What goes where."""

    def test_stdout_holds_the_answer_and_nothing_else(self) -> None:
        """The answer is as the engine said it; load and notices are on stderr."""
        outcome = axchat(*SCRIPTED, "hello there").assert_ok()

        assert outcome.out.startswith(ANSWER_START)
        assert b"2 words" in outcome.out
        assert outcome.out.endswith(b"real answers.\n")
        assert "loaded scripted in" in outcome.err
        assert b"\x1b" not in outcome.out

    def test_auto_says_what_it_picked_and_why(self) -> None:
        """With no model set, the notice names engine, model and reason before anything is fetched."""
        outcome = axchat("run", "hi")

        assert "engine cpu, model smollm2 (no model is set" in outcome.err
        assert outcome.status == 4
        assert "axchat models pull smollm2" in outcome.err
        assert "-m FILE.gguf" in outcome.err

    def test_quiet_leaves_stderr_empty(self) -> None:
        """--quiet drops progress and notices."""
        outcome = axchat(*SCRIPTED, "--quiet", "hi").assert_ok()

        assert outcome.err == ""

    def test_quiet_keeps_errors(self) -> None:
        """An error is told whatever --quiet says."""
        outcome = axchat("run", "--quiet", "-m", "/no/such/model", "hi")

        assert outcome.status == 4
        assert "no such model: /no/such/model" in outcome.err

    def test_json_holds_text_counts_and_times(self) -> None:
        """--json prints one object with exact counts and a true finish reason."""
        outcome = axchat(*SCRIPTED, "--json", "--max-tokens", "3", "a b c").assert_ok()

        answer = json.loads(outcome.out)
        assert answer["text"] == "This is axchat's "
        assert answer["finish_reason"] == "length"
        assert answer["usage"] == {"prompt_tokens": 3, "completion_tokens": 3, "cached_tokens": None}
        assert 0 < answer["timings"]["ttft_s"] <= answer["timings"]["total_s"]
        assert (answer["engine"], answer["model"]) == ("scripted", "scripted")

    def test_json_holds_the_error_too(self) -> None:
        """A failure with --json is an object with id, message, hint and exit status."""
        outcome = axchat("run", "--json", "-m", "/dev/null", "hi")

        error = json.loads(outcome.out)["error"]
        assert error["exit_status"] == outcome.status == 4
        assert error["id"] == "model"

    def test_stats_say_whose_clock(self) -> None:
        """--stats is one line on stderr."""
        outcome = axchat(*SCRIPTED, "--stats", "hi").assert_ok()

        assert re.search(r"finish stop, prompt 1 tokens, answer \d+ tokens, .*first text after", outcome.err)
        assert "engine's rate" in outcome.err

    def test_head_ends_it_without_a_word(self) -> None:
        """When the reader goes away, nothing is said and the status is that of SIGPIPE."""
        done = subprocess.run(
            ["bash", "-c", '"$@" | head -c 4; exit ${PIPESTATUS[0]}', "-", *AXCHAT, *SCRIPTED, "-q", "hi"],
            capture_output=True,
            timeout=100,
            check=False,
        )

        assert (done.stdout, done.stderr, done.returncode) == (b"This", b"", 141)

    @pytest.mark.parametrize(
        "command",
        [
            "doctor",
            "doctor --json",
            "config",
            "models known",
            "bench -q -e scripted -r 1 -n 2",
            "--version",
            "-V",
        ],
    )
    def test_every_command_ends_quietly_without_a_reader(self, command: str) -> None:
        """Whoever does not read a result gets no traceback, and the status is that of SIGPIPE."""
        read, write = os.pipe()
        os.close(read)
        try:
            done = subprocess.run(
                [*AXCHAT, *command.split()], stdout=write, stderr=subprocess.PIPE, timeout=100, check=False
            )
        finally:
            os.close(write)

        assert (done.stderr, done.returncode) == (b"", 141)

    @pytest.mark.parametrize(
        ("closing", "status", "said"),
        [(">&-", 2, b"standard output is closed"), ("2>&-", 0, b""), ("<&-", 0, b"")],
    )
    def test_closed_streams_are_no_crash(self, closing: str, status: int, said: bytes) -> None:
        """A closed standard stream gives the answer, or one line that says where it should go."""
        done = subprocess.run(
            ["bash", "-c", f'"$@" {closing}', "-", *AXCHAT, *SCRIPTED, "-q", "hi"],
            capture_output=True,
            timeout=100,
            check=False,
        )

        assert done.returncode == status
        assert said in done.stderr
        assert b"Traceback" not in done.stderr
        assert done.stdout.startswith(ANSWER_START) is (status == 0)

    def test_a_full_disk_is_told(self) -> None:
        """An answer that cannot be written is an error with the system's reason."""
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [*AXCHAT, *SCRIPTED, "-q", "hi"],
                stdout=full,
                stderr=subprocess.PIPE,
                timeout=100,
                check=False,
            )

        assert done.returncode == 1
        assert b"No space left on device" in done.stderr
        assert b"Traceback" not in done.stderr

    def test_a_full_disk_fails_every_command(self) -> None:
        """A listing that cannot be written is an error too, not a silent success."""
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [*AXCHAT, "config"], stdout=full, stderr=subprocess.PIPE, timeout=100, check=False
            )

        assert done.returncode == 1
        assert b"No space left on device" in done.stderr
        assert b"Traceback" not in done.stderr

    @pytest.mark.parametrize("lang", ["C", "POSIX", "C.UTF-8"])
    def test_the_locale_does_not_change_the_answer(self, lang: str) -> None:
        """Answers are UTF-8 bytes whatever LANG says."""
        outcome = axchat(*SCRIPTED, "--json", "深圳", env={"LANG": lang, "LC_ALL": lang}).assert_ok()

        assert json.loads(outcome.out)["usage"]["prompt_tokens"] == 1


class TestPrompt:
    """Where the prompt comes from."""

    @pytest.mark.parametrize(
        ("arguments", "stdin", "words"),
        [
            (("one", "two"), b"", 2),
            ((), b"one two three\n", 3),
            (("-",), b"one two three\r\n", 3),
            (("read this:", "-"), b"a b\nc", 5),
            (("explain", "this"), b"a b\nc\n", 5),
        ],
    )
    def test_words_and_standard_input(self, arguments: tuple[str, ...], stdin: bytes, words: int) -> None:
        """Words are joined, what is piped in is part of it, a dash says where."""
        outcome = axchat(*SCRIPTED, "--json", "--max-tokens", "1", *arguments, stdin=stdin).assert_ok()

        assert json.loads(outcome.out)["usage"]["prompt_tokens"] == words

    def test_a_pipe_that_nobody_closes_is_no_silent_wait(self) -> None:
        """It is said what is waited for and how to do without; --timeout ends it."""
        read, write = os.pipe()
        try:
            done = subprocess.run(
                [*AXCHAT, *SCRIPTED, "--timeout", "1.2", "hi"],
                stdin=read,
                capture_output=True,
                timeout=100,
                check=False,
            )
        finally:
            os.close(read)
            os.close(write)

        assert done.returncode == 9
        assert b"reading standard input to its end; < /dev/null leaves it out" in done.stderr
        assert b"did not end in time" in done.stderr

    def test_a_file_goes_with_it(self, tmp_path: Path) -> None:
        """Name, fences and text of the file are part of the prompt; one that is not there is named."""
        (tmp_path / "a.txt").write_text("one two")
        outcome = axchat(
            *SCRIPTED, "--json", "--max-tokens", "1", "-f", "a.txt", "why", cwd=tmp_path
        ).assert_ok()
        missing = axchat(*SCRIPTED, "-q", "-f", "b.txt", "why", cwd=tmp_path)

        assert json.loads(outcome.out)["usage"]["prompt_tokens"] == 6
        assert missing.status == 2
        assert missing.err == "axchat: b.txt cannot be read: No such file or directory\n"

    @pytest.mark.parametrize(
        ("stdin", "said"), [(b"\xff\xfe", "not UTF-8"), (b"", "prompt is empty"), (b" \n", "prompt is empty")]
    )
    def test_bad_input_is_one_line_and_status_2(self, stdin: bytes, said: str) -> None:
        """What is no prompt is refused before anything starts."""
        outcome = axchat(*SCRIPTED, stdin=stdin)

        assert outcome.status == 2
        assert said in outcome.err
        assert outcome.out == b""

    def test_nothing_on_a_terminal_is_a_usage_error(self) -> None:
        """Without a prompt, a terminal is not waited on."""
        with OnTerminal(*SCRIPTED) as terminal:
            assert terminal.wait() == 2
            assert "no prompt" in terminal.text

    def test_an_argument_that_is_not_utf8_is_refused(self) -> None:
        """A byte that is no UTF-8 on the command line is named, not passed on."""
        done = subprocess.run(
            [*AXCHAT, *SCRIPTED, b"caf\xe9"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=100,
            check=False,
        )

        assert done.returncode == 2
        assert b"not valid UTF-8" in done.stderr


class TestRefusals:
    """Wrong options and settings: one line, the right status, the next step."""

    @pytest.mark.parametrize(
        ("arguments", "status", "said"),
        [
            (("run", "-e", "scriptd", "x"), 2, "no engine named scriptd; did you mean scripted?"),
            (("run", "-e", "script", "x"), 2, "needs a model directory"),
            ((*SCRIPTED, "--temperature", "1", "x"), 2, "cannot set --temperature"),
            ((*SCRIPTED, "--max-tokens", "0", "x"), 2, "--max-tokens"),
            ((*SCRIPTED, "--timeout", "0", "x"), 2, "--timeout must be at least"),
            (("rnu",), 2, "did you mean run?"),
            (("run", "--modle", "x"), 2, "--model"),
            (("run", "--json", "-x", "code", "x"), 2, "--json and --extract"),
            (("run", "-c", "--resume", "a", "x"), 2, "choose one of them"),
            ((*SCRIPTED, "--schema", "name", "x"), 2, "cannot keep an answer to a JSON schema"),
        ],
    )
    def test_refused(self, arguments: tuple[str, ...], status: int, said: str) -> None:
        """Each is refused with its reason."""
        outcome = axchat(*arguments)

        assert outcome.status == status
        assert said in outcome.err
        assert "Traceback" not in outcome.err
        assert outcome.out == b""

    def test_a_wrong_setting_names_its_source(self) -> None:
        """A misspelt environment name is an error with the nearest right one."""
        outcome = axchat(*SCRIPTED, "x", env={"AXCHAT_MODLE": "y"})

        assert outcome.status == 3
        assert "unknown setting AXCHAT_MODLE; did you mean AXCHAT_MODEL?" in outcome.err

    def test_strict_makes_a_cut_answer_an_error(self) -> None:
        """With --strict the answer is printed and the status is 11."""
        outcome = axchat(*SCRIPTED, "--strict", "--max-tokens", "2", "x")

        assert outcome.status == 11
        assert outcome.out == b"This is "

    def test_a_time_limit_ends_it(self) -> None:
        """--timeout covers load and answer; what was said is kept."""
        outcome = axchat(*SCRIPTED, "--timeout", "0.8", "x")

        assert outcome.status == 9
        assert "in time" in outcome.err
        assert ANSWER_START.startswith(outcome.out.strip()[:8])


class TestForms:
    """Other forms of an answer than its text as it comes."""

    def test_events_end_with_the_error(self) -> None:
        """A failure is the last line on stdout, and the status is its own."""
        outcome = axchat(*SCRIPTED, "-q", "--events", "--strict", "--max-tokens", "2", "x")

        lines = [json.loads(line) for line in outcome.out.splitlines()]
        assert [line["event"] for line in lines][-4:] == ["text", "text", "finished", "error"]
        assert lines[0]["event"] == "load"
        assert lines[-1]["error"]["exit_status"] == outcome.status == 11

    def test_an_answer_without_code_is_not_lost(self) -> None:
        """With --extract nothing is on stdout then, the status is 13, and the answer is on stderr."""
        outcome = axchat(*SCRIPTED, "--extract", "code", "--max-tokens", "5", "x")

        assert (outcome.status, outcome.out) == (13, b"")
        assert "no code block" in outcome.err
        assert ANSWER_START.decode() in outcome.err

    @pytest.mark.model
    def test_an_answer_keeps_to_a_schema(self, small_model: Path) -> None:
        """The real CPU engine says JSON with the fields that were asked for."""
        outcome = axchat(
            *("run", "-q", "--once", "-e", "cpu", "-m", str(small_model), "--max-tokens", "60"),
            *("--temperature", "0", "--schema", "ok bool", "Is water wet?"),
        ).assert_ok()

        assert isinstance(json.loads(outcome.out)["ok"], bool)


class TestConversations:
    """Questions that belong together."""

    def test_one_goes_on_with_what_was_said(self) -> None:
        """A run is forgotten unless history.run keeps it; --continue sends along what was said and adds."""
        short = (*SCRIPTED, "-q", "--max-tokens", "2")
        axchat(*short, "not kept").assert_ok()
        nothing = axchat(*short, "-c", "more")
        axchat(*short, "one two", env={"AXCHAT_HISTORY_RUN": "true"}).assert_ok()
        more = axchat(*short, "--json", "-c", "three").assert_ok()
        named = axchat(*short, "--json", "--resume", "one two", "four").assert_ok()

        prompts = [json.loads(each.out)["usage"]["prompt_tokens"] for each in (more, named)]
        assert (nothing.status, nothing.out) == (12, b"")
        assert prompts == [2 + 2 + 1, 2 + 2 + 1 + 2 + 1]


INTERRUPTED = """\
import atexit, os, signal, sys

def interrupt():
    os.kill(os.getpid(), signal.SIGINT)

class Named:
    def __set_name__(self, owner, name):
        interrupt()

class Finder:
    def __init__(self, name, act=interrupt):
        self.name, self.act = name, act

    def find_spec(self, name, path, target=None):
        if name == self.name:
            self.act()

signal.signal(signal.SIGINT, signal.default_int_handler)
from axchat.__main__ import main
{}
sys.argv = ["axchat", "run", *sys.argv[1:]]
sys.exit(main())
"""
"""A program that gets its SIGINT when a module is looked for, or as the first line says."""


def interrupted_at(moment: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``axchat run`` with a Ctrl-C at this moment."""
    return subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(moment), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


class TestSignals:
    """Ctrl-C and its relatives."""

    def test_ctrl_c_keeps_what_was_said(self) -> None:
        """The answer stops, the text stays, the status is 130."""
        with OnTerminal(*SCRIPTED, "hi") as terminal:
            terminal.read_until(b"This is")
            terminal.send("\x03")

            assert terminal.wait() == 130
            assert "This is" in terminal.text
            assert "interrupted" in terminal.text

    def test_ctrl_c_while_loading_is_no_traceback(self) -> None:
        """An interrupt before the answer ends with 130 too."""
        with OnTerminal(*SCRIPTED, "hi") as terminal:
            terminal.read_until(b"loading")
            terminal.send("\x03")

            assert terminal.wait() == 130
            assert "Traceback" not in terminal.text

    def test_ctrl_c_ends_the_wait_for_standard_input(self) -> None:
        """Also before there is a prompt it is told, as the last event too."""
        process = subprocess.Popen(
            [*AXCHAT, *SCRIPTED, "--events", "hi"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stderr is not None
        assert b"reading standard input" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=100)

        assert process.returncode == 130
        assert err == b"axchat: interrupted\n"
        assert json.loads(out)["error"]["id"] == "interrupted"

    @pytest.mark.parametrize(
        ("module", "status", "said"),
        [
            ("axchat.cli.boundary", -signal.SIGINT, ""),
            ("typer", -signal.SIGINT, ""),
            ("axchat.cli.run", 130, "axchat: interrupted\n"),
        ],
    )
    def test_ctrl_c_in_an_import_is_no_traceback(self, module: str, status: int, said: str) -> None:
        """Before a command is known it ends axchat as the signal does; a shell makes 130 of both."""
        done = interrupted_at(
            f"sys.meta_path.insert(0, Finder({module!r}))", "-q", "--engine", "scripted", "hi"
        )

        assert (done.returncode, done.stdout, done.stderr) == (status, "", said)

    def test_ctrl_c_while_a_class_is_made_is_no_bug(self) -> None:
        """Python 3.11 makes a RuntimeError of what a descriptor's ``__set_name__`` meets."""
        making = "lambda: type('Made', (), {'field': Named()})"
        done = interrupted_at(f"sys.meta_path.insert(0, Finder('axchat.cli.run', {making}))", "hi")

        assert (done.returncode, done.stdout, done.stderr) == (130, "", "axchat: interrupted\n")

    def test_ctrl_c_at_the_very_end_is_no_traceback(self) -> None:
        """Python has an end of its own, behind the answer."""
        done = interrupted_at("atexit.register(interrupt)", "-q", "--engine", "scripted", "hi")

        assert done.returncode == -signal.SIGINT
        assert done.stdout.endswith("real answers.\n")
        assert done.stderr == ""

    def test_an_ignored_ctrl_c_stays_ignored(self) -> None:
        """Behind a shell's ``&`` the key is not for this program."""
        done = interrupted_at(
            "signal.signal(signal.SIGINT, signal.SIG_IGN); sys.meta_path.insert(0, Finder('typer'))",
            *("-q", "--engine", "scripted", "hi"),
        )

        assert (done.returncode, done.stderr) == (0, "")

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
    def test_termination_unwinds(self, number: signal.Signals) -> None:
        """SIGTERM and SIGHUP leave through the clean-up, with 128 + the signal."""
        process = subprocess.Popen(
            [*AXCHAT, *SCRIPTED, "hi"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        assert process.stdout.read(4) == b"This"
        process.send_signal(number)
        _, err = process.communicate(timeout=100)

        assert process.returncode == 128 + number
        assert b"Traceback" not in err

    def test_nohup_is_respected(self) -> None:
        """A hang-up that the parent ignores does not end the answer."""
        process = subprocess.Popen(
            ["bash", "-c", 'trap "" HUP; exec "$@"', "-", *AXCHAT, *SCRIPTED, "-q", "hi"],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        begun = process.stdout.read(4)
        process.send_signal(signal.SIGHUP)
        rest, _ = process.communicate(timeout=100)

        assert process.returncode == 0
        assert (begun + rest).endswith(b"real answers.\n")


class TestTerminal:
    """What a person sees."""

    def test_progress_is_gone_when_the_answer_starts(self) -> None:
        """The load's line is rewritten in place and cleared."""
        with OnTerminal(*SCRIPTED, "hi", columns=60) as terminal:
            assert terminal.wait() == 0
            assert b"loading" in terminal.raw
            assert "loading" not in terminal.text
            assert terminal.text.splitlines()[0].startswith("This is axchat's scripted")

    def test_twenty_columns_are_enough(self) -> None:
        """A narrow terminal wraps the answer and is left clean."""
        with OnTerminal(*SCRIPTED, "hi", columns=20) as terminal:
            assert terminal.wait() == 0
            assert "This is axchat's scr" in terminal.text
            assert "loading" not in terminal.text


class TestBugs:
    """What nobody foresaw."""

    def test_a_bug_is_named_as_one_and_keeps_its_traceback(self) -> None:
        """An unforeseen exception is one line; AXCHAT_DEBUG shows the traceback."""
        program = (
            "import sys; from axchat.cli import boundary\n"
            "def app(): raise RuntimeError('unforeseen')\n"
            "sys.exit(boundary.run(app))\n"
        )
        plain = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
        debug = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            check=False,
            env={**os.environ, "AXCHAT_DEBUG": "1"},
        )

        assert plain.returncode == 1
        assert plain.stderr.startswith(b"axchat: bug: RuntimeError: unforeseen\n")
        assert b"Traceback" in debug.stderr
