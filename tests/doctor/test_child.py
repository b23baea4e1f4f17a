"""Real children that behave badly."""

import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from axchat.doctor.child import RunResult, Stop, left_behind, run_child
from axchat.doctor.probes import RealProbes

LONG_S = 60.0
SHORT_S = 0.5
ENVIRON = {"PATH": os.environ["PATH"]}


def run(*argv: str, timeout_s: float = LONG_S, limit: int = 256 * 1024) -> RunResult:
    """Run a child with a limit that it should not meet, unless told otherwise."""
    return run_child(argv, ENVIRON, timeout_s, limit)


def python(code: str, timeout_s: float = LONG_S, limit: int = 256 * 1024) -> RunResult:
    """Run a piece of Python as a child."""
    return run(sys.executable, "-I", "-S", "-c", code, timeout_s=timeout_s, limit=limit)


def ends(pid: int) -> bool:
    """Whether a process that was killed ends, within a generous time."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([pidfd], [], [], LONG_S)[0])
    finally:
        os.close(pidfd)


def is_alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in ("Z", "X")


def test_output_and_exit_code_are_kept() -> None:
    """Both streams arrive in one text, in order."""
    result = python(
        "import sys; print('a', flush=True); print('b', file=sys.stderr, flush=True); sys.exit(3)"
    )
    assert result == RunResult(output="a\nb\n", exit_code=3)


def test_bytes_that_are_no_text_are_replaced() -> None:
    """Output is text, whatever the program wrote."""
    assert python("import os; os.write(1, b'a\\xffb')").output == "a\ufffdb"


def test_a_missing_program_is_not_found() -> None:
    """Nothing was started."""
    result = run("/nonexistent/axcl-smi")
    assert not result.found
    assert result.exit_code is None


def test_a_program_that_cannot_be_executed_says_why(tmp_path: Path) -> None:
    """A missing exec bit and a file that is no program have the kernel's words."""
    file = tmp_path / "axcl-smi"
    file.write_bytes(b"\x7fELF rubbish")
    assert run(str(file)).error == "Permission denied"
    file.chmod(0o755)
    result = run(str(file))
    assert result.found
    assert result.error == "Exec format error"


def test_a_child_without_end_is_ended() -> None:
    """The time limit ends a sleeping child; nothing stays behind."""
    result = python("import time; time.sleep(600)", timeout_s=SHORT_S)
    assert result.timed_out
    assert not result.truncated
    assert result.exit_code in (-signal.SIGTERM, -signal.SIGKILL)
    assert result.left_pid is None


def test_a_child_is_ended_when_somebody_says_stop(tmp_path: Path) -> None:
    """From another thread, long before its time is over; the next one is ended at once."""
    ready, stop = tmp_path / "ready", Stop()
    os.mkfifo(ready)
    probes = RealProbes(ENVIRON, stop.descriptor)
    results: list[RunResult] = []
    argv = ["sh", "-c", f"echo > {ready}; exec sleep 600"]
    thread = threading.Thread(target=lambda: results.append(probes.run(argv, 3600.0)), daemon=True)
    thread.start()
    ready.read_text()
    stop()
    thread.join(LONG_S)
    assert not thread.is_alive()
    results.append(probes.run(["sleep", "600"], 3600.0))
    assert [(result.timed_out, result.exit_code) for result in results] == [(True, -signal.SIGTERM)] * 2


def test_a_flood_is_cut() -> None:
    """``yes`` is ended at the output limit; its time would be longer than the test's."""
    result = run("yes", timeout_s=3600.0, limit=256 * 1024)
    assert result.truncated
    assert not result.timed_out
    assert len(result.output) == 256 * 1024
    assert result.exit_code is not None
    assert result.exit_code < 0


def test_output_of_exactly_the_limit_is_whole() -> None:
    """The limit itself is allowed."""
    assert python("print('x' * 99)", limit=100).truncated is False
    assert python("print('x' * 100)", limit=100).truncated is True


def test_a_child_that_ignores_term_is_killed() -> None:
    """SIGTERM is polite, SIGKILL is not."""
    code = (
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('deaf', flush=True)\n"
        "time.sleep(600)"
    )
    result = python(code, timeout_s=5.0)
    assert result.output == "deaf\n"
    assert result.timed_out
    assert result.exit_code == -signal.SIGKILL


def test_a_child_may_close_its_output_and_work_on() -> None:
    """End of file is not the end of the child."""
    result = python("import os, sys, time; os.close(1); os.close(2); time.sleep(0.2); os._exit(7)")
    assert result == RunResult(exit_code=7)


def test_grandchildren_do_not_hold_the_doctor_and_do_not_stay() -> None:
    """A background process keeps the pipe open; it ends with its group."""
    result = run("sh", "-c", "sleep 600 & echo $!")
    assert result.exit_code == 0
    assert not result.timed_out
    assert ends(int(result.output))


def test_a_child_does_not_read_what_is_typed() -> None:
    """The doctor's own input is not the child's: axcl-smi asks questions in some forms."""
    doctor = (
        "import os\n"
        "from axchat.doctor.child import run_child\n"
        "print(run_child(['cat'], {'PATH': os.environ['PATH']}, 60.0, 1000))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", doctor], input="y\n", capture_output=True, text=True, timeout=90, check=True
    )
    assert said.stdout == f"{RunResult(exit_code=0)}\n"


def test_a_child_has_no_terminal_and_no_input() -> None:
    """Standard input is empty, the session is its own, and the environment is the one given."""
    code = (
        "import os, sys\n"
        "print(len(sys.stdin.read()), os.getsid(0) == os.getpid(), 'HOME' in os.environ)\n"
        "try:\n    os.open('/dev/tty', os.O_RDWR)\nexcept OSError:\n    print('no tty')\n"
    )
    assert python(code).output == "0 True False\nno tty\n"


def test_a_child_that_cannot_be_ended_is_left_and_named() -> None:
    """Like a child in the kernel's D state: the doctor comes back and says which process stays."""
    asked: list[int] = []
    result = run_child(["sleep", "600"], ENVIRON, SHORT_S, 1000, send=lambda *call: asked.append(call[1]))
    child = left_behind.pop()
    try:
        assert result.timed_out
        assert result.left_pid == child.pid
        assert result.exit_code is None
        assert asked == [signal.SIGTERM, signal.SIGKILL]
        assert is_alive(child.pid)
    finally:
        child.kill()
        child.wait()


def test_kill_9_of_who_waits_asks_the_child_to_end(tmp_path: Path) -> None:
    """As politely as ever, for axcl-smi has a lock to give back; so nothing outlives a killed axchat."""
    program = (
        "import os, sys\n"
        "from axchat.doctor.child import run_child\n"
        "fifo, told = sys.argv[1:]\n"
        "script = f\"trap 'echo asked > {told}; exit' TERM; printf '%099999d'; sleep 1000 & \"\\\n"
        "    f'echo $$ $! > {fifo}; wait'\n"
        "run_child(['/bin/bash', '-c', script], os.environ, 1000, 1000000)\n"
    )  # more than a pipe holds: once all is written somebody reads, and that is after the child was tied
    fifo, told = tmp_path / "pids", tmp_path / "told"
    os.mkfifo(fifo)
    waiting = subprocess.Popen([sys.executable, "-c", program, str(fifo), str(told)])
    pids = [int(word) for word in fifo.read_text().split()]

    waiting.kill()
    waiting.wait()

    assert all(ends(pid) for pid in pids)
    assert told.read_text() == "asked\n"


def test_an_interrupt_ends_the_child_too(tmp_path: Path) -> None:
    """Ctrl-C while the doctor waits leaves nothing running."""
    mark = tmp_path / "pid"
    os.mkfifo(mark)

    def interrupt() -> None:
        pids.append(int(mark.read_text()))
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    pids: list[int] = []
    waiting = threading.Thread(target=interrupt)
    waiting.start()
    with pytest.raises(KeyboardInterrupt):
        run("sh", "-c", f"echo $$ > {mark}; exec sleep 600")
    waiting.join()
    assert ends(pids[0])
