"""Socket activation: the sockets are the ones that were passed, and only for the process that was meant."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from axchat.errors import ConfigError
from axchat.server.activation import listen_sockets
from support.debian_tools import Tool

PROGRAM = Path(__file__).parents[1] / "support/activated_program.py"
PID = 4321


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A listening socket, inheritable as a manager passes it."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.set_inheritable(True)
        yield made


def _environment(**said: str) -> dict[str, str]:
    return {"LISTEN_PID": str(PID), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "axchat", "HOME": "/home", **said}


def test_a_start_by_hand_has_no_sockets() -> None:
    """Without the variables there is nothing to take over."""
    assert listen_sockets({"HOME": "/home"}, PID) == []


def test_a_passed_socket_is_taken_over(listening: socket.socket) -> None:
    """It is the same socket, closed in children, and no child can take the variables for its own."""
    env = _environment()
    (found,) = listen_sockets(env, PID, first=listening.fileno())
    try:
        assert found.getsockname() == listening.getsockname()
        assert not found.get_inheritable()
        assert env == {"HOME": "/home"}
    finally:
        found.detach()


def test_another_process_s_sockets_are_left_alone(listening: socket.socket) -> None:
    """A child that inherited the variables takes nothing, and they end with it."""
    env = _environment(LISTEN_PID="1")

    assert listen_sockets(env, PID, first=listening.fileno()) == []
    assert env == {"HOME": "/home"}
    assert listening.get_inheritable()


@pytest.mark.parametrize(
    "said", [{"LISTEN_PID": "x"}, {"LISTEN_FDS": "0"}, {"LISTEN_FDS": "-1"}, {"LISTEN_FDS": "1_0"}]
)
def test_malformed_variables_are_an_error(said: dict[str, str]) -> None:
    """A manager that says nonsense is not guessed at."""
    with pytest.raises(ConfigError, match="is not a number"):
        listen_sockets(_environment(**said), PID)


def test_a_descriptor_that_is_not_open_is_an_error() -> None:
    """The message has its number."""
    with pytest.raises(ConfigError, match="descriptor 987654 of the service manager is not open"):
        listen_sockets(_environment(), PID, first=987_654)


def test_a_file_is_no_socket(tmp_path: Path) -> None:
    """A descriptor of something else is named, not served."""
    with (tmp_path / "file").open("w") as file, pytest.raises(ConfigError, match="is no socket"):
        listen_sockets(_environment(), PID, first=file.fileno())


def test_a_connection_is_not_served_as_a_listener() -> None:
    """``Accept=yes`` in the socket unit passes a connection; the message has the setting."""
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(ConfigError, match="does not listen") as caught:
        listen_sockets(_environment(), PID, first=ours.fileno())

    assert "Accept=no" in str(caught.value.hint)


def test_systemd_s_own_tool_passes_sockets_that_work(
    debian_tool: Callable[[str], Tool], tmp_path: Path
) -> None:
    """``systemd-socket-activate`` starts the program at the first connection; it serves what waits there."""
    tool = debian_tool("systemd-socket-activate")
    paths = [tmp_path / "first.sock", tmp_path / "second.sock"]
    command = [tool.path, *(f"--listen={path}" for path in paths), "--fdname=one:two"]
    env = {**os.environ, **tool.env}
    with subprocess.Popen(
        [*command, sys.executable, str(PROGRAM), "serve"],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            assert process.stderr
            said = b""
            while said.count(b"Listening on") < len(paths):
                line = process.stderr.readline()
                assert line, said
                said += line
            found = [_read(path) for path in paths]
            assert process.wait(60) == 0, process.stderr.read()
        finally:
            process.kill()

    assert [one["number"] for one in found] == [0, 1]
    for one in found:
        assert one["sockets"] == 2
        assert one["inheritable"] == [False, False]
        assert one["variables"] == []
        assert one["arguments"] == ["serve"]


def test_axchat_serve_takes_the_socket_over(
    debian_tool: Callable[[str], Tool], isolated_home: Path, tmp_path: Path
) -> None:
    """``axchat ps`` starts the server by connecting, the manager hears READY=1, the socket outlives it."""
    tool = debian_tool("systemd-socket-activate")
    folder = isolated_home / "run/axchat"
    folder.mkdir(mode=0o700)
    path = folder / "holder-1.sock"
    names = ("XDG_RUNTIME_DIR", "NOTIFY_SOCKET")
    env = {**os.environ, **tool.env, "NOTIFY_SOCKET": str(tmp_path / "notify")}
    axchat = [sys.executable, "-m", "axchat"]
    command = [
        tool.path,
        f"--listen={path}",
        *(f"--setenv={name}" for name in names),
        *axchat,
        "serve",
        "--device=1",
    ]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(60)
        manager.bind(env["NOTIFY_SOCKET"])
        with subprocess.Popen([*command, "--engine=scripted"], env=env, stderr=subprocess.PIPE) as server:
            try:
                assert server.stderr
                assert b"Listening on" in server.stderr.readline()
                asked = subprocess.run(
                    [*axchat, "ps", "--json"],
                    env={**os.environ, "AXCHAT_DEVICE": "1"},
                    capture_output=True,
                    text=True,
                    check=False,
                    timeout=60,
                )
                assert asked.returncode == 0, asked.stderr
                found = json.loads(asked.stdout)
                assert (found["state"], found["device"]) == ("idle", 1)
                assert manager.recv(4096) == b"READY=1"
                server.send_signal(signal.SIGTERM)
                assert server.wait(60) == 0, server.stderr.read()
            finally:
                server.kill()
    assert path.is_socket()


def _read(path: Path) -> dict[str, object]:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(60)
        client.connect(str(path))
        return dict(json.loads(b"".join(iter(lambda: client.recv(65536), b""))))
