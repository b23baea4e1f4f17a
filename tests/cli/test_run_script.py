"""``axchat run -m DIRECTORY`` on the stand-in runner: exact answers, named failures, nothing left behind."""

import json
import os
import platform
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from axchat.modeldir.read import arch_for
from axchat.standin import vocabulary
from axchat.standin.demo import write_demo
from support.cli import AXCHAT, OnTerminal, axchat
from support.processes import is_running, wait_until_gone
from support.tokenizer_server import TokenizerServer

Demo = Callable[..., Path]
ARCH = arch_for(platform.machine())

FORGED_END = (
    "\n\n\x1b[1;30;35m[N][                             Run][ 610]: hit eos,avg 9.99 token/s\n\x1b[0m\n"
)
ANSWERS = [
    "In Python you type >> to shift:\n>> \nand go on",
    "a\n[N][                             Run][ 610]: hit eos,avg 9.99 token/s\n\nb",
    "x" + FORGED_END + ">> " + "y",
    "one\n\n\n\nfive\n\n\n",
    "\n\n  leading",
    "你好，世界！深圳🫠🎉👩‍👩‍👧‍👦 done",
    "tab\tcr\rcrlf\r\nbell\x07esc\x1b[2J\x1b]0;title\x07 end",
]


def knowable(answer: str) -> str:
    """What the runner can print of an answer: three tokens at a time, each piece decoded alone."""
    ids = vocabulary.encode(answer)
    return "".join(vocabulary.decode(ids[at : at + 3]) for at in range(0, len(ids), 3))


def running_in(folder: Path) -> set[int]:
    """Every process whose working directory is the model directory."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").readlink() == folder and is_running(int(entry.name)):
                    found.add(int(entry.name))
            except OSError:
                continue
    return found


class TestAnswers:
    """What comes out on a pipe."""

    @pytest.mark.parametrize("answer", ANSWERS)
    def test_an_answer_is_what_the_console_can_know(self, demo: Demo, answer: str) -> None:
        """Markers, end lines, blank lines, CJK and controls in an answer come through byte for byte."""
        outcome = axchat("run", "-q", "-m", str(demo(answer)), "hi").assert_ok()

        assert outcome.out == knowable(answer).encode()
        assert outcome.err == ""

    def test_the_prompt_reaches_the_model(self, demo: Demo, tokenizer: TokenizerServer) -> None:
        """Quotes, dollars, backslashes and emoji arrive as typed: no shell reads them."""
        prompt = """it's "$HOME" `id` \\n 深圳 🫠; rm -rf *"""

        axchat("run", "-q", "-m", str(demo("ok")), prompt).assert_ok()

        asked = [json.loads(r.body)["text"] for r in tokenizer.requests if r.path == "/encode"]
        assert asked == [prompt]

    def test_a_printed_at_the_end_answer_is_whole(self, demo: Demo) -> None:
        """With --live_print 0 the answer stands behind the end line and keeps every character."""
        directory = demo("深圳🫠 done\n")
        for script in directory.glob("run_*.sh"):
            script.write_text(script.read_text().replace("--live_print 1", "--live_print 0"))

        assert axchat("run", "-q", "-m", str(directory), "hi").assert_ok().out == "深圳🫠 done\n".encode()

    def test_statistics_are_the_runners(self, demo: Demo) -> None:
        """The rate is the runner's own figure, and what cannot be known is null."""
        answer = json.loads(axchat("run", "-q", "--json", "-m", str(demo("hi")), "hi").assert_ok().out)

        assert answer["finish_reason"] == "unknown"
        assert answer["usage"]["completion_tokens"] is None
        assert answer["timings"]["engine"]["tokens_per_s"] > 0
        assert answer["timings"]["engine"]["rate_includes_prompt"] is True

    def test_a_script_can_be_named_itself(self, demo: Demo) -> None:
        """-m takes one run script too."""
        script = next(demo("named").glob(f"run_*_{ARCH}.sh"))

        assert axchat("run", "-q", "-m", str(script), "hi").assert_ok().out == b"named"

    def test_a_terminal_obeys_nothing_in_the_answer(self, demo: Demo) -> None:
        """Escapes of the model and of the runner do nothing on the user's terminal."""
        with OnTerminal("run", "-m", str(demo(ANSWERS[-1])), "hi", columns=20) as terminal:
            assert terminal.wait() == 0
            assert "tab" in terminal.text
            assert " end" in terminal.text
            assert "[2J" not in terminal.text
            assert terminal.title == ""
            assert b"\x1b[1;30;3" not in terminal.raw


class TestFailures:
    """Each failure of the card, the runner, its files and its tokenizer."""

    @pytest.mark.parametrize(
        ("failure", "status", "said"),
        [
            ("setdevice", 8, "0x80300186"),
            ("no-device", 5, "no card"),
            ("load-layer-2", 8, "0x8030070c"),
            ("segv-token-4", 9, "SIGSEGV"),
            ("dead-device-token-4", 8, "NPU failed"),
            ("exit-3", 9, "exit status 3"),
            ("garbage", 9, "before it answered"),
        ],
    )
    def test_the_runner_fails(self, demo: Demo, failure: str, status: int, said: str) -> None:
        """The cause is named in one line, with the next command and the right status."""
        directory = demo("one two three four five")

        outcome = axchat("run", "-m", str(directory), "hi", env={"AXCHAT_STANDIN_FAIL": failure})

        assert outcome.status == status
        assert said in outcome.err.splitlines()[-2]
        assert ("loaded" in outcome.err) is (outcome.out != b"")
        assert "Traceback" not in outcome.err
        assert not running_in(directory)

    @pytest.mark.parametrize("failure", ["hang-load", "silent", "hang-token-2"])
    def test_a_hanging_runner_is_ended_in_time(self, demo: Demo, failure: str) -> None:
        """A time limit ends a runner that hangs, and nothing of it stays."""
        directory = demo("one two three four five")

        outcome = axchat(
            "run", "-q", "--timeout", "3", "-m", str(directory), "hi", env={"AXCHAT_STANDIN_FAIL": failure}
        )

        assert outcome.status == 9
        assert "time limit" in outcome.err
        assert not running_in(directory)

    @pytest.mark.parametrize("failure", ["late-log", "library-log"])
    def test_a_library_line_in_the_answer_is_a_warning(self, demo: Demo, failure: str) -> None:
        """A line of the AXCL library on either stream is told on stderr and is no part of the answer."""
        outcome = axchat(
            "run", "-m", str(demo("one two three four five")), "hi", env={"AXCHAT_STANDIN_FAIL": failure}
        ).assert_ok()

        assert outcome.out == b"one two three four five"
        assert "warning: AXCL runtime: device 1 is dead" in outcome.err

    def test_a_missing_tokenizer_is_explained_before_the_start(self, tmp_path: Path) -> None:
        """Without a server the runner would die wordless; axchat says what to start, and starts nothing."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        directory = write_demo(tmp_path / "demo", port=port, layers=2, answers=["hi"], has_tokenizer=False)

        outcome = axchat("run", "-q", "-m", str(directory), "hi")

        assert outcome.status == 9
        assert f"no tokenizer server at 127.0.0.1:{port}: nothing listens" in outcome.err
        assert "qwen2.5_tokenizer.py --host" in outcome.err

    def test_the_directorys_tokenizer_is_started_when_asked(self, tmp_path: Path) -> None:
        """With tokenizer.start the script runs for this request and ends with it."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        directory = write_demo(
            tmp_path / "demo", port=port, layers=2, load_s=0, answers=["started"], has_tokenizer=False
        )

        outcome = axchat(
            "run",
            "-m",
            str(directory),
            "hi",
            env={"AXCHAT_TOKENIZER_START": "true"},
        ).assert_ok()

        assert outcome.out == b"started"
        assert "starting qwen2.5_tokenizer.py" in outcome.err
        assert not running_in(directory)

    @pytest.mark.parametrize(
        ("damage", "said"),
        [
            (lambda d: (d / f"main_{ARCH}").chmod(0o644), "not executable"),
            (lambda d: (d / f"main_{ARCH}").unlink(), "the runner is missing"),
            (
                lambda d: next(d.glob("*/*_l1_*.axmodel")).write_text(
                    "version https://git-lfs.github.com/spec/v1\n"
                ),
                "git-lfs pointer",
            ),
            (lambda d: [s.unlink() for s in d.glob(f"run_*{ARCH}.sh")], f"no run_*{ARCH}*.sh"),
        ],
    )
    def test_a_damaged_directory_is_refused_before_the_load(
        self, demo: Demo, damage: Callable[[Path], object], said: str
    ) -> None:
        """Missing bits, programs and models are named at once instead of after a minute of loading."""
        directory = demo("hi")
        damage(directory)

        outcome = axchat("run", "-q", "-m", str(directory), "hi")

        assert outcome.status == 4
        assert said in outcome.err

    @pytest.mark.parametrize(
        ("files", "said"),
        [
            ({"config.json": '{"model_name": "Qwen3"}'}, "is for the program axllm"),
            (
                {f"run_ctx_{ARCH}.sh": './main_axcl_x86 --system_prompt "You are" --devices 0\n'},
                "--engine session -m DIR; it needs the model's tokenizer.json",
            ),
            ({f"run_api_{ARCH}.sh": "./main_api_axcl_x86 --devices 0\n"}, f"no run_*{ARCH}*.sh"),
            ({f"run_two_{ARCH}.sh": "cd x\n./main_axcl_x86 --prompt $1\n"}, "2 commands"),
            (
                {f"run_no_{ARCH}.sh": './main_axcl_x86 --continue 1 --prompt ""\n'},
                "no argument on as the prompt",
            ),
            ({"README.md": "# a model"}, "not a model directory"),
        ],
    )
    def test_other_directories_are_refused_with_the_reason(
        self, tmp_path: Path, files: dict[str, str], said: str
    ) -> None:
        """What this engine does not drive is named, and nothing is started."""
        for name, text in files.items():
            (tmp_path / name).write_text(text)

        outcome = axchat("run", "-q", "-m", str(tmp_path), "hi")

        assert outcome.status == 4
        assert said in outcome.err

    @pytest.mark.parametrize(
        ("prompt", "said"),
        [
            ("two\nlines", "line break"),
            ("bell\x07", "U+0007"),
            ("ü" * 2048, "4096 bytes"),
        ],
    )
    def test_prompts_a_script_cannot_carry_are_refused(
        self, demo: Demo, tokenizer: TokenizerServer, prompt: str, said: str
    ) -> None:
        """They are refused with the reason before the runner starts."""
        outcome = axchat("run", "-q", "-m", str(demo("hi")), prompt)

        assert outcome.status == 2
        assert said in outcome.err
        assert not [r for r in tokenizer.requests if r.path == "/encode"]

    def test_the_longest_prompt_goes_through(self, demo: Demo, tokenizer: TokenizerServer) -> None:
        """4,095 bytes are carried whole."""
        prompt = "ü" * 2047 + "x"

        axchat("run", "-q", "-m", str(demo("ok")), prompt).assert_ok()

        assert json.loads(next(r.body for r in tokenizer.requests if r.path == "/encode"))["text"] == prompt


class TestNothingStays:
    """Every way out ends the runner."""

    def test_ctrl_c_in_the_answer_ends_the_runner(self, demo: Demo) -> None:
        """The text stays, the status is 130, the runner and its shell are gone."""
        directory = demo("word " * 200, token_s=0.02)
        with OnTerminal("run", "-m", str(directory), "hi") as terminal:
            terminal.read_until(b"word word")
            assert running_in(directory)
            terminal.send("\x03")

            assert terminal.wait() == 130
        assert not running_in(directory)

    def test_ctrl_c_in_the_load_ends_the_runner(self, demo: Demo) -> None:
        """A runner deaf to SIGINT while it loads is terminated."""
        directory = demo("hi", load_s=60.0)
        with OnTerminal("run", "-m", str(directory), "hi") as terminal:
            terminal.read_until(b"loading 2/")
            terminal.send("\x03")

            assert terminal.wait() == 130
        assert not running_in(directory)

    @pytest.mark.parametrize("failure", ["", "ignore-int", "ignore-term", "ignore-hup"])
    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
    def test_ending_axchat_ends_a_deaf_runner(self, demo: Demo, failure: str, number: signal.Signals) -> None:
        """Whatever the runner ignores, it does not outlive axchat, also after kill -9 in mid-answer."""
        directory = demo("word " * 500, token_s=0.02)
        process = subprocess.Popen(
            [*AXCHAT, "run", "-q", "-m", str(directory), "hi"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "AXCHAT_STANDIN_FAIL": failure} if failure else None,
        )
        assert process.stdout is not None
        assert process.stdout.read(4) == b"word"
        pids = running_in(directory)
        assert len(pids) >= 2

        process.send_signal(number)
        process.wait()
        process.stdout.close()

        assert all(wait_until_gone(pid) for pid in pids)

    def test_kill_9_while_loading_leaves_nothing(self, demo: Demo) -> None:
        """The load is no exception."""
        directory = demo("hi", load_s=60.0)
        with OnTerminal("run", "-m", str(directory), "hi") as terminal:
            terminal.read_until(b"loading 2/")
            pids = running_in(directory)
            os.kill(terminal.pid, signal.SIGKILL)
            assert terminal.wait() == 137

        assert len(pids) >= 2
        assert all(wait_until_gone(pid) for pid in pids)
