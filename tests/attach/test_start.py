"""From a place to a connection: small programs play the holder's start."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from axchat.attach.place import Lock, Place, listen, place_of
from axchat.attach.start import Starter, attach
from axchat.deadline import Deadline
from axchat.errors import DeviceBusy, HolderFailed

PATIENCE_S = 60.0

# listens, says so, and lives until its socket file is gone or somebody connects and says "end"
HOLDER = """
import json, os, socket, sys
fd = int(sys.argv[sys.argv.index("--report-fd") + 1])
path, count = sys.argv[1], sys.argv[2]
open(count, "a").write("started\\n")
listening = socket.socket(socket.AF_UNIX)
listening.bind(path)
listening.listen()
os.write(fd, b'{"ready": 1}\\n')
os.close(fd)
while True:
    connection, _ = listening.accept()
    if connection.recv(10) == b"end":
        break
    connection.close()
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A place of the test's own; a holder that lives there is told to end."""
    from axchat.attach.place import connect

    made = place_of(0, {"XDG_RUNTIME_DIR": str(tmp_path)})
    yield made
    found = connect(made.socket)
    if found is not None:
        with found:
            found.sendall(b"end")


def starter(tmp_path: Path, place: Place, program: str = HOLDER) -> Starter:
    """Starts a program in the holder's place."""
    return Starter(
        ["-c", program, str(place.socket), str(tmp_path / "starts")],
        dict(os.environ),
        tmp_path / "log" / "h.log",
    )


def starts(tmp_path: Path) -> int:
    """How often a holder was started."""
    file = tmp_path / "starts"
    return len(file.read_text().splitlines()) if file.exists() else 0


def test_one_that_lives_is_found(tmp_path: Path, place: Place) -> None:
    """Nothing is started for the second."""
    for _ in range(2):
        attach(place, starter(tmp_path, place), Deadline(PATIENCE_S)).close()
    assert starts(tmp_path) == 1


def test_several_that_start_at_once_get_one_holder(tmp_path: Path, place: Place) -> None:
    """The start lock lets one start it; the others find it."""
    told: list[int] = []
    together = threading.Barrier(6)

    def begin() -> None:
        together.wait()
        attach(place, starter(tmp_path, place), Deadline(PATIENCE_S), lambda: told.append(1)).close()

    threads = [threading.Thread(target=begin) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert (starts(tmp_path), told) == (1, [1])


def test_it_belongs_to_nobody(tmp_path: Path, place: Place) -> None:
    """It is no child of who started it, has a session of its own, and the log for its output."""
    program = HOLDER.replace(
        "listening.listen()", "listening.listen(); print(os.getppid(), os.getsid(0), os.getpid(), flush=True)"
    )
    attach(place, starter(tmp_path, place, program), Deadline(PATIENCE_S)).close()
    parent, session, own = (tmp_path / "log" / "h.log").read_text().split()
    assert int(parent) != os.getpid()
    assert int(session) != os.getsid(0)
    assert int(own) not in {os.getpid(), os.getppid()}


def test_its_reason_not_to_start_is_the_commands_error(tmp_path: Path, place: Place) -> None:
    """What it reports is raised as the class that it was."""
    report = b'{"error": {"id": "device-busy", "message": "taken", "hint": "wait"}}\n'
    program = f"import os,sys\nos.write(int(sys.argv[-1]), {report!r})"
    with pytest.raises(DeviceBusy, match="taken") as raised:
        attach(place, starter(tmp_path, place, program), Deadline(PATIENCE_S))
    assert raised.value.hint == "wait"


@pytest.mark.parametrize("program", ["raise SystemExit(3)", "import os; os.kill(os.getpid(), 9)"])
def test_one_that_ends_without_a_word_is_named_with_its_log(
    tmp_path: Path, place: Place, program: str
) -> None:
    """The log is where its reason is."""
    with pytest.raises(HolderFailed, match="ended while it started") as raised:
        attach(place, starter(tmp_path, place, program), Deadline(PATIENCE_S))
    assert raised.value.hint == f"see {tmp_path / 'log' / 'h.log'}"


def test_one_that_never_gets_ready_is_given_up(tmp_path: Path, place: Place) -> None:
    """The deadline ends the wait; the program is the test's to end."""
    told = tmp_path / "pid"
    os.mkfifo(told)
    program = (
        f"import os,signal\nwith open({str(told)!r}, 'w') as f: f.write(str(os.getpid()))\nsignal.pause()"
    )
    with pytest.raises(HolderFailed, match="does not get ready"):
        attach(place, starter(tmp_path, place, program), Deadline(0.5))
    os.kill(int(told.read_text()), 9)


def test_a_start_that_another_command_is_at_for_too_long_is_named(tmp_path: Path, place: Place) -> None:
    """Whoever holds the start lock is waited for, but not for ever."""
    place.folder.mkdir(mode=0o700)
    lock = Lock(place.start_lock)
    assert lock.take_at_once()
    with pytest.raises(HolderFailed, match="another axchat has been starting"):
        attach(place, starter(tmp_path, place), Deadline(0.2))
    lock.release()


def test_without_a_way_to_start_one_the_command_that_does_is_named(tmp_path: Path, place: Place) -> None:
    """A named socket is somebody else's to start: axchat serve."""
    with pytest.raises(HolderFailed, match="no holder listens at") as raised:
        attach(place, None, Deadline(1.0))
    assert "axchat load" in str(raised.value.hint)
    named = place_of(0, {}, named=str(tmp_path / "n.sock"))
    with pytest.raises(HolderFailed) as raised:
        attach(named, starter(tmp_path, named), Deadline(1.0))
    assert "axchat serve" in str(raised.value.hint)
    assert starts(tmp_path) == 0


def test_a_socket_that_was_left_behind_does_not_count(tmp_path: Path, place: Place) -> None:
    """Nobody listens there: a holder is started."""
    place.folder.mkdir(mode=0o700)
    listen(place.socket).close()
    program = HOLDER.replace("listening.bind(path)", "os.unlink(path); listening.bind(path)")
    attach(place, starter(tmp_path, place, program), Deadline(PATIENCE_S)).close()
    assert starts(tmp_path) == 1


def test_a_killed_command_leaves_no_lock(tmp_path: Path, place: Place) -> None:
    """The command that was starting a holder is killed; the next starts one."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom axchat.attach.place import Lock\n"
        "lock = Lock(Path(sys.argv[1])); lock.take(); print('taken', flush=True)\nsys.stdin.read()"
    )
    place.folder.mkdir(mode=0o700)
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(place.start_lock)], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"taken\n"
    child.kill()
    child.communicate()
    attach(place, starter(tmp_path, place), Deadline(PATIENCE_S)).close()
    assert starts(tmp_path) == 1
