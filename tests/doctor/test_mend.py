"""Harmless steps, carried out on real processes, files and segments of this test."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from axchat.doctor.child import RunResult
from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.mend import carry_out
from axchat.doctor.offers import start_of
from axchat.doctor.steps import SMI_LOCK_KEY, AddExecBit, ClearSmiLock, SetNoProxy, StopHolder, StopProcess
from support.processes import is_running, wait_until_gone


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits; ended at the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    with process:
        yield process
        process.kill()


def step_for(pid: int) -> StopProcess:
    """The step that an examination would have offered."""
    start = start_of(Path(f"/proc/{pid}/stat").read_text())
    assert start is not None
    return StopProcess(pid, "python", start)


def test_a_process_is_ended(child: subprocess.Popen[bytes]) -> None:
    """SIGTERM, and its end is waited for."""
    mended = carry_out(step_for(child.pid), FakeProbes())
    assert mended == (True, f"process {child.pid} ended")
    assert child.wait(60) == -signal.SIGTERM


def test_a_stopped_process_is_woken_to_end(child: subprocess.Popen[bytes]) -> None:
    """SIGTERM alone would wait for ever."""
    os.kill(child.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, child.pid, os.WSTOPPED)
    assert carry_out(step_for(child.pid), FakeProbes()).is_done
    assert child.wait(60) == -signal.SIGTERM


def test_another_process_with_the_same_number_is_left_alone(child: subprocess.Popen[bytes]) -> None:
    """Its start time differs, so no signal is sent."""
    mended = carry_out(replace(step_for(child.pid), start=1), FakeProbes())
    assert not mended.is_done
    assert "another process" in mended.text
    assert is_running(child.pid)


def test_a_process_that_is_gone_needs_nothing(child: subprocess.Popen[bytes]) -> None:
    """Somebody else ended it meanwhile."""
    step = step_for(child.pid)
    child.kill()
    child.wait(60)
    assert carry_out(step, FakeProbes()).is_done


def test_a_process_that_does_not_obey_is_named_with_the_harder_way(child: subprocess.Popen[bytes]) -> None:
    """KILL can lose work, so it is only told; here the signals go nowhere."""
    sent: list[int] = []
    mended = carry_out(step_for(child.pid), FakeProbes(), lambda _, number: sent.append(number))
    assert sent == [signal.SIGTERM, signal.SIGCONT]
    assert not mended.is_done
    assert f"kill -KILL {child.pid}" in mended.text
    assert not wait_until_gone(child.pid, 0)


def test_a_forbidden_signal_is_told(child: subprocess.Popen[bytes]) -> None:
    """The kernel's refusal is an answer, not a crash."""

    def refuse(descriptor: int, number: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    assert carry_out(step_for(child.pid), FakeProbes(), refuse) == (
        False,
        "not done: Operation not permitted",
    )


@pytest.mark.parametrize(("before", "after"), [(0o644, 0o755), (0o600, 0o700), (0o640, 0o750)])
def test_whoever_may_read_may_execute_afterwards(tmp_path: Path, before: int, after: int) -> None:
    """As chmod +x does under a usual umask, but for readers only."""
    path = tmp_path / "main_axcl"
    path.touch()
    path.chmod(before)
    assert carry_out(AddExecBit(str(path)), FakeProbes()).is_done
    assert path.stat().st_mode & 0o777 == after


def test_what_is_no_file_gets_no_exec_bit(tmp_path: Path) -> None:
    """A directory or a pipe in its place, or nothing at all: told, and not changed."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "nothing"):
        assert not carry_out(AddExecBit(str(path)), FakeProbes()).is_done
    assert (tmp_path / "pipe").stat().st_mode & 0o111 == 0


def machine(attached: int, result: RunResult) -> FakeProbes:
    """A machine with the lock's segment 12, on which ipcrm ends like this."""
    line = f"{SMI_LOCK_KEY} 12 666 128 70 71 {attached} {FakeProbes().user()} 0\n"
    return FakeProbes(files={"/proc/sysvipc/shm": f"key shmid\n{line}"}, programs={"ipcrm -m 12": result})


def test_a_stale_lock_is_removed_by_its_number() -> None:
    """Ipcrm is asked for that one segment."""
    probes = machine(0, RunResult(exit_code=0))
    assert carry_out(ClearSmiLock(12), probes).is_done
    assert [argv for argv, *_ in probes.started] == [("ipcrm", "-m", "12")]


def test_a_lock_that_is_used_again_is_left_alone() -> None:
    """Looked at again before it is removed."""
    probes = machine(1, RunResult(exit_code=0))
    assert not carry_out(ClearSmiLock(12), probes).is_done
    assert probes.started == []


def test_a_refused_removal_is_told() -> None:
    """With ipcrm's own words."""
    mended = carry_out(ClearSmiLock(12), machine(0, RunResult(exit_code=1, output="permission denied\n")))
    assert mended == (False, "not done: ipcrm: permission denied")


def test_a_variable_can_only_be_told() -> None:
    """The line to add is shown."""
    assert "export no_proxy=x" in carry_out(SetNoProxy("export no_proxy=x"), FakeProbes()).text


def stop_command(socket: str) -> str:
    """What ends the holder behind a socket."""
    return f"env AXCHAT_SOCKET={socket} {sys.executable} -P -m axchat stop --now"


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (
            RunResult(exit_code=0, output="axchat: the holder (pid 5) was ended\n"),
            (True, "the holder (pid 5) was ended"),
        ),
        (RunResult(exit_code=9, output="axchat: no\n"), (False, "not done: axchat stop --now: no")),
        (RunResult(timed_out=True), (False, "not done: axchat stop --now: it did not end")),
    ],
)
def test_a_holder_is_ended_by_axchat_stop(
    child: subprocess.Popen[bytes], result: RunResult, expected: tuple[bool, str]
) -> None:
    """The command is told the very socket, and its words are passed on."""
    step = StopHolder(child.pid, step_for(child.pid).start, "/run/s.sock")
    probes = FakeProbes(programs={stop_command("/run/s.sock"): result})
    assert carry_out(step, probes) == expected


def test_a_holder_that_is_another_process_by_now_is_left_alone(child: subprocess.Popen[bytes]) -> None:
    """Another start, or gone: nothing is run."""
    probes = FakeProbes()
    assert not carry_out(StopHolder(child.pid, 1, "/run/s.sock"), probes).is_done
    child.kill()
    child.wait(60)
    assert carry_out(StopHolder(child.pid, 1, "/run/s.sock"), probes).is_done
    assert probes.started == []
