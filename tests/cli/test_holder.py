"""The commands and the holder, as real processes."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from axchat import __version__
from support.cli import AXCHAT, OnTerminal, axchat
from support.holders import end, holder_pid

pytestmark = pytest.mark.usefixtures("holder_home")

PATIENCE_S = 60.0
ANSWER = "one two three"


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """A model directory around the stand-in runner that loads in half a second."""
    return demo_at(tmp_path / "demo")


def demo_at(folder: Path, *, load_s: float = 0.5, token_s: float = 0.001, answer: str = ANSWER) -> Path:
    """The same anywhere."""
    command = [sys.executable, "-m", "axchat.standin", "demo", str(folder), "--layers", "4"]
    options = ["--load-s", str(load_s), "--token-s", str(token_s), "--answer", answer]
    subprocess.run([*command, *options], check=True, capture_output=True)
    return folder


def ps() -> Any:
    """The holder's status; None where none lives."""
    return json.loads(axchat("ps", "--json").assert_ok().out)


@contextmanager
def serving(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """``axchat serve`` in the foreground, ready."""
    child = subprocess.Popen([*AXCHAT, "serve", *arguments], stderr=subprocess.PIPE, text=True)
    try:
        assert child.stderr is not None
        for line in child.stderr:
            if "listening at" in line:
                break
        else:
            pytest.fail("it did not start")
        yield child
    finally:
        child.terminate()
        child.communicate(timeout=PATIENCE_S)


class TestWarm:
    """One load, many commands."""

    def test_the_second_run_finds_the_model_loaded(self, holder_home: Path, demo: Path) -> None:
        """The first starts the holder and shows the load; the second only answers, in the same runner."""
        first = axchat("run", "-m", str(demo), "hi").assert_ok()
        pid = holder_pid(holder_home / "run")
        second = axchat("run", "-m", str(demo), "hi").assert_ok()
        assert (first.out, second.out) == (ANSWER.encode(), ANSWER.encode())
        assert "started a holder in the background" in first.err
        assert "loaded demo in" in first.err
        assert "loaded" not in second.err
        assert holder_pid(holder_home / "run") == pid
        status = ps()
        assert (status["answered"], status["spec"]["name"], status["version"]) == (2, "demo", __version__)

    def test_run_without_a_model_takes_what_is_loaded(self, demo: Path) -> None:
        """Auto says that it picked the holder's."""
        axchat("load", "-m", str(demo)).assert_ok()
        outcome = axchat("run", "hi").assert_ok()
        assert outcome.out == ANSWER.encode()
        assert "engine session, model demo (the holder has it)" in outcome.err

    def test_chat_asks_the_holder_too(self, demo: Path) -> None:
        """A chat's messages are answered by the loaded model."""
        axchat("load", "-m", str(demo)).assert_ok()
        outcome = axchat("chat", "-m", str(demo), stdin=b"hi\nagain\n").assert_ok()
        assert outcome.out.count(ANSWER.encode()) == 2
        assert ps()["answered"] == 2

    def test_bench_measures_the_loaded_model_and_no_load(self, demo: Path) -> None:
        """A holder that lives is asked, and its model was loaded long ago; without one, none is started."""
        quick = ("bench", "-m", str(demo), "-r", "1", "--warm-up", "0", "--prompt", "hi", "-o", "json")
        alone = json.loads(axchat(*quick).assert_ok().out)["models"][0]
        assert alone["loads"][0]["load_s"] > 0.4
        assert ps() is None
        axchat("load", "-m", str(demo)).assert_ok()
        held = json.loads(axchat(*quick).assert_ok().out)["models"][0]
        assert held["loads"] == []
        assert ps()["answered"] == 1

    def test_once_bypasses_the_holder(self, holder_home: Path, demo: Path) -> None:
        """Nothing stays behind."""
        assert axchat("run", "--once", "-m", str(demo), "hi").assert_ok().out == ANSWER.encode()
        assert holder_pid(holder_home / "run") is None

    def test_once_does_not_open_a_card_that_the_holder_has(self, demo: Path) -> None:
        """The misleading error of a busy card does not come up: the holder is named, with the way out."""
        axchat("load", "-m", str(demo)).assert_ok()
        outcome = axchat("run", "--once", "-m", str(demo), "hi")
        assert outcome.status == 7
        assert "has demo loaded on the card" in outcome.err
        assert "axchat stop" in outcome.err

    def test_an_error_of_the_holder_is_the_commands_own(self, demo: Path) -> None:
        """Exit status, message and hint are those of a run without a holder."""
        next(demo.glob("*/*_l1_*.axmodel")).unlink()
        held = axchat("run", "-m", str(demo), "--json", "hi")
        alone = axchat("run", "--once", "-m", str(demo), "--json", "hi")
        assert held.status == alone.status == 4
        one, other = json.loads(held.out)["error"], json.loads(alone.out)["error"]
        assert one == other

    def test_a_prompt_that_the_engine_cannot_take_is_refused_as_ever(self, demo: Path) -> None:
        """The refusal comes from the holder, with the usage status."""
        outcome = axchat("run", "-m", str(demo), "--seed", "1", "hi")
        assert outcome.status == 2
        assert "cannot set --seed" in outcome.err

    def test_bytes_that_are_no_text_come_through(self, tmp_path: Path) -> None:
        """What the model says is what stdout gets, byte for byte."""
        answer = "héllo 世界 \N{GRINNING FACE}\n\n\ttabs"
        model = demo_at(tmp_path / "demo", answer=answer)
        assert axchat("run", "-m", str(model), "hi").assert_ok().out == answer.encode()


class TestTogether:
    """Several at once."""

    def test_commands_that_start_at_once_get_one_holder(self, demo: Path) -> None:
        """Three cold starts, one load."""
        children = [
            subprocess.Popen([*AXCHAT, "run", "-m", str(demo), "hi"], stdout=-1, stderr=-1) for _ in range(3)
        ]
        outcomes = [child.communicate(timeout=100) for child in children]
        assert [child.returncode for child in children] == [0, 0, 0], outcomes
        assert [out for out, _ in outcomes] == [ANSWER.encode()] * 3
        assert sum(b"started a holder" in err for _, err in outcomes) == 1
        assert ps()["answered"] == 3

    def test_whoever_waits_is_told_where_he_stands(self, tmp_path: Path) -> None:
        """The second sees one request before it."""
        model = demo_at(tmp_path / "demo", token_s=0.2, answer="a b c d e f g h i j")
        axchat("load", "-m", str(model)).assert_ok()
        first = subprocess.Popen([*AXCHAT, "run", "-m", str(model), "hi"], stdout=-1, stderr=-1)
        assert first.stdout is not None
        assert first.stdout.read(1) == b"a"
        second = axchat("run", "-m", str(model), "--max-tokens", "1", "hi").assert_ok()
        first.communicate(timeout=PATIENCE_S)
        assert "waiting for the card: 1 request comes first" in second.err

    def test_who_goes_away_frees_the_card(self, tmp_path: Path) -> None:
        """A killed client's answer of many minutes does not keep the next one waiting."""
        model = demo_at(tmp_path / "demo", token_s=0.5, answer=" ".join("x" * 1000))
        axchat("load", "-m", str(model)).assert_ok()
        first = subprocess.Popen([*AXCHAT, "run", "-m", str(model), "hi"], stdout=-1, stderr=-1)
        assert first.stdout is not None
        first.stdout.read(1)
        first.kill()
        first.communicate()
        outcome = axchat("run", "-m", str(model), "--max-tokens", "1", "hi").assert_ok()
        assert outcome.out == b"x"

    def test_ctrl_c_stops_the_answer_and_keeps_the_counts(self, tmp_path: Path) -> None:
        """The holder tells the end of a cancelled answer as of any other."""
        model = demo_at(tmp_path / "demo", token_s=0.3, answer="WORD " * 1000)
        axchat("load", "-m", str(model)).assert_ok()
        with OnTerminal("run", "-m", str(model), "--stats", "hi") as terminal:
            terminal.read_until(b"WORD")
            os.kill(terminal.pid, signal.SIGINT)
            assert terminal.wait() == 130
            assert re.search(r"finish cancelled, .*answer \d+ tokens", terminal.text.replace("\n", ""))
        assert axchat("run", "-m", str(model), "--max-tokens", "1", "hi").assert_ok().out == b"W"


class TestKeepAlive:
    """How long it stays."""

    def test_nought_leaves_nothing_behind(self, holder_home: Path, demo: Path) -> None:
        """The answer comes, then the holder ends by itself."""
        axchat("run", "-m", str(demo), "--keep-alive", "0", "hi").assert_ok()
        wait_for_no_holder(holder_home)

    def test_the_setting_is_the_default(self, demo: Path) -> None:
        """For ever, here; ps says so."""
        env = {"AXCHAT_KEEP_ALIVE": "-1"}
        axchat("run", "-m", str(demo), "hi", env=env).assert_ok()
        assert "never (axchat stop)" in axchat("ps").assert_ok().out.decode()

    @pytest.mark.parametrize(("given", "status"), [("flag", 2), ("setting", 3)])
    def test_a_wrong_one_is_named_with_its_source(self, demo: Path, given: str, status: int) -> None:
        """Nothing is started for it."""
        flags = ["--keep-alive", "soon"] if given == "flag" else []
        env = {} if flags else {"AXCHAT_KEEP_ALIVE": "soon"}
        outcome = axchat("run", "-m", str(demo), *flags, "hi", env=env)
        assert outcome.status == status
        assert ("--keep-alive: 'soon'" if flags else "AXCHAT_KEEP_ALIVE: 'soon'") in outcome.err

    def test_no_request_is_lost_between_arrival_and_unload(self, holder_home: Path, demo: Path) -> None:
        """Every command hits a holder that is about to end; each is answered."""
        for _ in range(8):
            outcome = axchat("run", "-m", str(demo), "--keep-alive", "0", "hi").assert_ok()
            assert outcome.out == ANSWER.encode()
        wait_for_no_holder(holder_home)


class TestStop:
    """``axchat stop``."""

    def test_it_ends_the_holder_and_its_runner(self, holder_home: Path, demo: Path) -> None:
        """When it returns, the card is free."""
        axchat("load", "-m", str(demo)).assert_ok()
        assert "the card is free" in axchat("stop").assert_ok().err
        assert holder_pid(holder_home / "run") is None
        assert ps() is None
        assert "no holder runs" in axchat("stop").assert_ok().err

    def test_now_cuts_what_is_being_answered(self, tmp_path: Path) -> None:
        """The command whose answer was cut says so and fails."""
        model = demo_at(tmp_path / "demo", token_s=0.5, answer=" ".join("x" * 1000))
        axchat("load", "-m", str(model)).assert_ok()
        running = subprocess.Popen([*AXCHAT, "run", "-m", str(model), "hi"], stdout=-1, stderr=-1)
        assert running.stdout is not None
        running.stdout.read(1)
        axchat("stop", "--now").assert_ok()
        _, err = running.communicate(timeout=PATIENCE_S)
        assert running.returncode == 7
        assert b"not complete" in err

    def test_now_ends_a_holder_that_does_not_answer(self, holder_home: Path, demo: Path) -> None:
        """One that is stopped (SIGSTOP) accepts and says nothing; its lock tells who it is."""
        axchat("load", "-m", str(demo)).assert_ok()
        pid = holder_pid(holder_home / "run")
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            axchat("stop", "--now").assert_ok()
        finally:
            end(pid, signal.SIGKILL)
        assert holder_pid(holder_home / "run") is None


class TestDeath:
    """What is left behind never stands in the way."""

    def test_a_killed_holder_is_replaced(self, holder_home: Path, demo: Path) -> None:
        """Its socket and lock file stay; the next command starts anew; its runner is gone."""
        axchat("load", "-m", str(demo)).assert_ok()
        pid = holder_pid(holder_home / "run")
        assert pid is not None
        end(pid, signal.SIGKILL)
        assert (holder_home / "run" / "axchat" / "holder-0.sock").exists()
        assert axchat("run", "-m", str(demo), "hi").assert_ok().out == ANSWER.encode()

    def test_a_holder_killed_during_an_answer_is_an_error_that_says_so(
        self, holder_home: Path, tmp_path: Path
    ) -> None:
        """What was said stands; the status is that of a failed engine."""
        model = demo_at(tmp_path / "demo", token_s=0.3, answer=" ".join("x" * 1000))
        axchat("load", "-m", str(model)).assert_ok()
        running = subprocess.Popen([*AXCHAT, "run", "-m", str(model), "hi"], stdout=-1, stderr=-1)
        assert running.stdout is not None
        assert running.stdout.read(1) == b"x"
        pid = holder_pid(holder_home / "run")
        assert pid is not None
        end(pid, signal.SIGKILL)
        _, err = running.communicate(timeout=PATIENCE_S)
        assert running.returncode == 9
        assert b"the holder ended during the answer" in err

    def test_a_folder_that_others_may_enter_is_refused(self, holder_home: Path, demo: Path) -> None:
        """The way to close it is told, and nothing is started."""
        (holder_home / "run" / "axchat").mkdir(mode=0o755)
        (holder_home / "run" / "axchat").chmod(0o755)
        outcome = axchat("run", "-m", str(demo), "hi")
        assert outcome.status == 9
        assert "chmod 700" in outcome.err


class TestServe:
    """The holder in the foreground."""

    def test_commands_attach_to_it_and_stop_only_unloads(self) -> None:
        """Its model answers; after axchat stop it goes on without one."""
        with serving("-e", "scripted") as child:
            assert axchat("run", "hi").assert_ok().out.startswith(b"This is axchat's scripted engine")
            status = ps()
            assert (status["pid"], status["is_background"]) == (child.pid, False)
            assert "unloaded; axchat serve goes on" in axchat("stop").assert_ok().err
            assert (ps()["state"], ps()["spec"]) == ("idle", None)
            axchat("run", "hi").assert_ok()

    def test_a_second_one_is_refused_by_name(self) -> None:
        """The card has one owner."""
        with serving("-e", "scripted") as child:
            outcome = axchat("serve", "-e", "scripted")
            assert outcome.status == 7
            assert f"pid {child.pid}" in outcome.err

    def test_a_setting_that_makes_no_sense_is_named(self) -> None:
        """Nothing is guessed, and nothing listens."""
        outcome = axchat("serve", "-e", "scripted", env={"AXCHAT_SERVE_REASONING": "maybe"})
        assert outcome.status == 3
        assert "serve.reasoning must be split or inline, not 'maybe'" in outcome.err

    def test_sigterm_ends_it_with_nothing_left(self, holder_home: Path) -> None:
        """The status is 0 and the socket is gone."""
        with serving("-e", "scripted") as child:
            child.terminate()
            child.communicate(timeout=PATIENCE_S)
            assert child.returncode == 0
        assert not (holder_home / "run" / "axchat" / "holder-0.sock").exists()


def wait_for_no_holder(home: Path) -> None:
    """The holder ends by itself, soon."""
    deadline = time.monotonic() + PATIENCE_S
    while (pid := holder_pid(home / "run")) is not None:
        assert time.monotonic() < deadline
        handle = os.pidfd_open(pid)
        try:
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            poll.poll(1000)
        finally:
            os.close(handle)
