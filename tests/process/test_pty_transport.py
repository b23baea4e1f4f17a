"""A child on a pty: its bytes, its end, and that nothing outlives axchat."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from axchat.errors import RunnerFailed
from axchat.process.launch import LaunchRequest, child_environment
from axchat.process.pty_transport import PtyTransport
from axchat.process.transport import Output
from support.processes import PATIENCE_S, is_running, wait_until_gone


def bash(script: str, cwd: Path = Path("/")) -> PtyTransport:
    """A transport that runs a bash script."""
    return PtyTransport(LaunchRequest(("/bin/bash", "-c", script), cwd, child_environment()))


def read_until(transport: PtyTransport, wanted: bytes) -> Output:
    """Everything up to the wanted console bytes."""
    console = stderr = b""
    while wanted not in console:
        output = transport.read(PATIENCE_S)
        assert output is not None, f"silence after {console!r}"
        assert not output.is_end, f"ended after {console!r} {stderr!r}"
        console, stderr = console + output.console, stderr + output.stderr
    return Output(console, stderr)


def read_to_end(transport: PtyTransport) -> Output:
    """Everything up to the end of the console."""
    console = stderr = b""
    while True:
        output = transport.read(PATIENCE_S)
        assert output is not None, f"silence after {console!r}"
        console, stderr = console + output.console, stderr + output.stderr
        if output.is_end:
            return Output(console, stderr, is_end=True)


class TestBytes:
    """What goes in and out."""

    def test_newlines_arrive_as_written(self) -> None:
        """Output processing is off: LF stays LF, CR stays CR, and nothing is echoed."""
        transport = bash(r"printf 'ready\n'; IFS= read -r x; printf 'a\nb\r\n%s' \"$x\"".replace('\\"', '"'))
        read_until(transport, b"ready\n")
        transport.write(b"typed\n", PATIENCE_S)

        assert read_to_end(transport).console == b"a\nb\r\ntyped"
        assert transport.close(PATIENCE_S) == 0

    def test_standard_error_can_be_part_of_the_console(self) -> None:
        """In the order in which it was written, for programs whose log is on both."""
        argv = ("/bin/bash", "-c", "echo out; echo err >&2; echo more")
        transport = PtyTransport(LaunchRequest(argv, Path("/"), child_environment(), True))

        output = read_to_end(transport)

        assert (output.console, output.stderr) == (b"out\nerr\nmore\n", b"")
        assert transport.close(PATIENCE_S) == 0

    def test_standard_error_stays_apart(self) -> None:
        """What is said on standard error never stands among the console's bytes."""
        transport = bash("echo out; echo err >&2")

        end = read_to_end(transport)
        transport.close(PATIENCE_S)

        assert (end.console, end.stderr) == (b"out\n", b"err\n")

    def test_a_long_line_arrives_whole(self) -> None:
        """Line editing is off: 9,000 bytes are not cut to 4,096, and control bytes are data."""
        transport = bash(r"echo ready; IFS= read -r x; printf '%s' \"${#x}\"".replace('\\"', '"'))
        read_until(transport, b"ready\n")
        transport.write(b"x" * 8996 + b"\x03\x04\x15\x1a\n", PATIENCE_S)

        assert read_to_end(transport).console == b"9000"
        transport.close(PATIENCE_S)

    def test_a_child_sees_a_terminal(self) -> None:
        """Standard output is a terminal, so that the runner's C library flushes line by line."""
        transport = bash("test -t 0 && test -t 1 && test ! -t 2 && echo yes")

        assert read_to_end(transport).console == b"yes\n"
        transport.close(PATIENCE_S)

    def test_silence_is_none(self) -> None:
        """A read without bytes in time gives None and the child lives on."""
        transport = bash("read x")

        assert transport.read(0.01) is None
        assert transport.close(PATIENCE_S) == 128 + signal.SIGKILL

    def test_wake_ends_a_waiting_read(self) -> None:
        """Another thread can end a read that has no limit."""
        transport = bash("read x")
        timer = threading.Timer(0.05, transport.wake)
        timer.start()

        assert transport.read(None) is None
        timer.join()
        transport.close(PATIENCE_S)

    def test_only_listed_environment_is_passed_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Keys and tokens of the user's shell do not reach a model directory's scripts."""
        monkeypatch.setenv("OPENAI_API_KEY", "secret")
        transport = bash('echo "key=$OPENAI_API_KEY home=${HOME:+set}"')

        assert read_to_end(transport).console == b"key= home=set\n"
        transport.close(PATIENCE_S)


class TestEnds:
    """How a child ends and what is left."""

    @pytest.mark.parametrize(("script", "status"), [("exit 7", 7), ("kill -SEGV $$", 139), ("true", 0)])
    def test_status_is_a_shells(self, script: str, status: int) -> None:
        """An exit status is passed on, a signal is 128 and its number."""
        transport = bash(script)
        read_to_end(transport)

        assert transport.close(PATIENCE_S) == status
        assert transport.close(PATIENCE_S) == status

    def test_a_program_that_is_not_there_is_told(self) -> None:
        """A missing program is a line on standard error and status 127, as in a shell."""
        transport = PtyTransport(LaunchRequest(("/no/such/program",), Path("/"), child_environment()))

        assert b"/no/such/program: No such file" in read_to_end(transport).stderr
        assert transport.close(PATIENCE_S) == 127

    def test_a_folder_that_is_not_there_is_told(self) -> None:
        """A missing working directory is a line on standard error and status 127."""
        transport = bash("true", cwd=Path("/no/such/folder"))

        assert b"/no/such/folder: No such file" in read_to_end(transport).stderr
        assert transport.close(PATIENCE_S) == 127

    def test_nothing_stays_open(self) -> None:
        """A closed transport leaves no descriptor behind."""
        before = len(list(Path("/proc/self/fd").iterdir()))
        transport = bash("true")
        read_to_end(transport)
        transport.close(PATIENCE_S)

        assert len(list(Path("/proc/self/fd").iterdir())) == before

    def test_close_kills_what_ignores_every_signal(self) -> None:
        """Even a grandchild in a session of its own, deaf to HUP, INT and TERM, ends with close."""
        transport = bash("trap '' HUP INT TERM; setsid sleep 1000 & echo $!; echo $$; sleep 1000")
        pids = [int(word) for word in read_until(transport, b"\n").console.split()]
        while len(pids) < 2:
            pids += [int(word) for word in read_until(transport, b"\n").console.split()]

        transport.close(PATIENCE_S)

        assert all(wait_until_gone(pid) for pid in pids)
        assert not any(is_running(pid) for pid in pids)

    def test_the_terminal_outlives_its_child_until_all_is_read(self) -> None:
        """The last words of a child wait for a slow reader: nothing hangs the terminal up before close."""
        transport = bash("echo $$; read x; echo last words; exit 3")
        child = int(read_until(transport, b"\n").console)
        transport.write(b"go\n", PATIENCE_S)

        assert wait_until_gone(child)
        assert is_running(transport.pid)
        assert read_to_end(transport).console == b"last words\n"
        assert is_running(transport.pid)
        assert transport.close(PATIENCE_S) == 3

    def test_writing_to_a_child_that_is_gone_is_an_error(self) -> None:
        """A closed console is named, not silent."""
        transport = bash("true")
        read_to_end(transport)

        with pytest.raises(RunnerFailed, match="closed its console"):
            transport.write(b"hello\n", PATIENCE_S)
        transport.close(PATIENCE_S)

    def test_kill_9_of_the_parent_leaves_nothing(self) -> None:
        """When axchat is killed with SIGKILL, its child and grandchildren end, whatever they ignore."""
        program = (
            "from pathlib import Path\n"
            "from axchat.process.pty_transport import PtyTransport\n"
            "from axchat.process.launch import *\n"
            "t = PtyTransport(LaunchRequest(('/bin/bash', '-c', \"trap '' HUP INT TERM; setsid sleep 1000 &"
            " echo $! $$; sleep 1000 & wait\"), Path('/'), child_environment()))\n"
            "print(t.pid, t.read(60).console.decode(), flush=True)\n"
            "t.read(None)\n"
        )
        parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        assert len(pids) == 3
        assert all(is_running(pid) for pid in pids)

        parent.kill()
        parent.wait()
        parent.stdout.close()

        assert all(wait_until_gone(pid) for pid in pids)
