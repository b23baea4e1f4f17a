"""``axchat doctor`` beside real holders: in the background, in the foreground, stopped, killed."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.cli import AXCHAT, OnTerminal, axchat
from support.holders import end, holder_pid

PATIENCE_S = 60.0
ONLY = ("doctor", "--only", "axchat")


def findings(*arguments: str) -> dict[str, dict[str, Any]]:
    """What the doctor reports about axchat itself, by id."""
    outcome = axchat(*ONLY, "--json", *arguments)
    return {each["id"]: each for each in json.loads(outcome.out)["checks"]}


@contextmanager
def serving(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """``axchat serve`` in the foreground, ready; it is let go on before it is ended."""
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
        child.send_signal(signal.SIGCONT)
        child.terminate()
        child.communicate(timeout=PATIENCE_S)


def stop_and_wait(pid: int) -> None:
    """SIGSTOP, and only return when it stands."""
    os.kill(pid, signal.SIGSTOP)
    if os.waitid(os.P_PID, pid, os.WSTOPPED) is None:
        pytest.fail("it does not stand")


@pytest.mark.usefixtures("holder_home")
class TestForeground:
    """A child of the test."""

    def test_it_is_seen_with_its_process_and_model(self) -> None:
        """Nothing is wrong, before and after a request."""
        with serving("-e", "scripted") as child:
            found = findings()
            assert found["axchat.holder"]["status"] == "ok"
            assert found["axchat.holder"]["summary"] == f"pid {child.pid}, axchat serve, has nothing loaded"
            axchat("run", "hi").assert_ok()
            assert "has scripted (scripted) loaded" in findings()["axchat.holder"]["summary"]
            assert {each["status"] for each in found.values() if each["id"] != "axchat.config"} == {"ok"}

    def test_one_that_is_stopped_fails_and_fix_ends_it(self, holder_home: Path) -> None:
        """Busy is its exit status; after a yes it is gone and the next look finds none."""
        with serving("-e", "scripted") as child:
            stop_and_wait(child.pid)
            outcome = axchat(*ONLY)
            assert outcome.status == 7
            assert f"it lives (pid {child.pid}) and does not answer: it is stopped" in outcome.out.decode()
            with OnTerminal(*ONLY, "--fix", columns=200) as terminal:
                terminal.read_until(b"[y/N]")
                terminal.send("y\r")
                terminal.wait()
                assert f"the holder (pid {child.pid}) did not answer and was ended" in terminal.text
            child.wait(PATIENCE_S)
            assert holder_pid(holder_home / "run") is None
            assert findings()["axchat.holder"]["summary"].startswith("none runs")


class TestBackground:
    """Started by a command."""

    def test_it_is_seen_and_what_a_killed_one_leaves_is_harmless(
        self, holder_home: Path, tmp_path: Path
    ) -> None:
        """A socket without anybody behind it is no finding."""
        make = [
            *AXCHAT[:2],
            "axchat.standin",
            "demo",
            str(tmp_path / "demo"),
            "--layers",
            "3",
            "--load-s",
            "0",
        ]
        subprocess.run(make, check=True, capture_output=True)
        axchat("load", "-m", str(tmp_path / "demo")).assert_ok()
        pid = holder_pid(holder_home / "run")
        assert pid is not None
        holder = findings()["axchat.holder"]
        assert (holder["status"], holder["facts"]["pid"]) == ("ok", pid)
        assert holder["summary"] == f"pid {pid}, in the background, has demo (session) loaded"
        end(pid, signal.SIGKILL)
        assert (holder_home / "run/axchat/holder-0.sock").exists()
        holder = findings()["axchat.holder"]
        assert (holder["status"], holder["facts"]["pid"]) == ("ok", None)
        assert "the next start replaces it" in holder["summary"]

    def test_an_open_folder_is_found_with_the_command_that_closes_it(self, holder_home: Path) -> None:
        """No holder would start; the doctor says it before."""
        folder = holder_home / "run" / "axchat"
        folder.mkdir()
        folder.chmod(0o755)
        found = findings()["axchat.runtime-folder"]
        assert (found["status"], found["hint"]) == ("fail", f"chmod 700 {folder}")
        folder.chmod(0o700)
        assert findings()["axchat.runtime-folder"]["status"] == "ok"
