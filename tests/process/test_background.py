"""A helper without a terminal: it logs to a file and cannot outlive its starter."""

import os
import stat
import subprocess
import sys
from pathlib import Path

from axchat.process.background import BackgroundProcess
from axchat.process.launch import LaunchRequest, child_environment
from support.processes import PATIENCE_S, wait_until_gone


def bash(script: str, log: Path) -> BackgroundProcess:
    """A helper that runs a bash script."""
    return BackgroundProcess(LaunchRequest(("/bin/bash", "-c", script), Path("/"), child_environment()), log)


def test_both_streams_go_to_a_private_log(tmp_path: Path) -> None:
    """Output and errors stand in the log, which only the user may read."""
    log = tmp_path / "logs" / "helper.log"
    process = bash("echo out; echo err >&2; exit 4", log)

    assert process.wait(PATIENCE_S) == 4
    process.close()

    assert log.read_text() == "out\nerr\n"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_close_ends_a_deaf_helper_and_its_children(tmp_path: Path) -> None:
    """A helper that ignores SIGTERM is killed with everything it started, and twice is once."""
    fifo = tmp_path / "pids"
    os.mkfifo(fifo)
    process = bash(f"trap '' TERM HUP; setsid sleep 1000 & echo $$ $! > {fifo}; wait", tmp_path / "log")
    pids = [int(word) for word in fifo.read_text().split()]

    process.close()
    process.close()

    assert all(wait_until_gone(pid) for pid in pids)


def test_kill_9_of_the_starter_ends_the_helper(tmp_path: Path) -> None:
    """A tokenizer server that axchat started does not outlive a killed axchat."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from axchat.process.background import BackgroundProcess\n"
        "from axchat.process.launch import *\n"
        "script = \"trap '' HUP TERM; sleep 1000 & echo $$ $! > \" + sys.argv[1] + '; wait'\n"
        "request = LaunchRequest(('/bin/bash', '-c', script), Path('/'), child_environment())\n"
        "BackgroundProcess(request, Path(sys.argv[2])).wait(1000)\n"
    )
    fifo = tmp_path / "pids"
    os.mkfifo(fifo)
    starter = subprocess.Popen([sys.executable, "-c", program, str(fifo), str(tmp_path / "log")])
    pids = [int(word) for word in fifo.read_text().split()]

    starter.kill()
    starter.wait()

    assert len(pids) == 2
    assert all(wait_until_gone(pid) for pid in pids)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A missing working directory is a line in the log and status 127."""
    log = tmp_path / "log"
    process = BackgroundProcess(LaunchRequest(("/bin/true",), Path("/no/such"), child_environment()), log)

    assert process.wait(PATIENCE_S) == 127
    process.close()

    assert "/no/such: No such file" in log.read_text()
