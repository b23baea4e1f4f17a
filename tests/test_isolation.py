"""The promises of conftest: own home, no network, nothing left behind."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import pytest_socket

from axchat.config import paths

CONFTEST = Path(__file__).with_name("conftest.py")


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_other_hosts_cannot_be_reached() -> None:
    """A connection beyond loopback is refused before a packet leaves."""
    with pytest.raises(pytest_socket.SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def test_home_is_empty_and_ones_own(isolated_home: Path) -> None:
    """Nothing of the person who runs the tests is in sight."""
    assert Path.home() == isolated_home
    assert [path.name for path in isolated_home.iterdir()] == ["run"]
    assert "NO_COLOR" in os.environ


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("import os; os.environ['LEAK'] = '1'", "the test changed the environment"),
        (  # it ends when pytest does, which closes its input
            "import subprocess as s; test_leak.child = s.Popen(['cat'], stdin=s.PIPE)",
            "the test left processes behind",
        ),
    ],
)
def test_a_test_that_leaks_fails(tmp_path: Path, body: str, said: str) -> None:
    """A changed environment and a process left behind are errors of the test that did it."""
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text())
    (tmp_path / "test_leak.py").write_text(f"def test_leak():\n    {body}\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = hardware: x\n")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert done.returncode == 1
    assert said in done.stdout


def test_the_configuration_of_this_machine_is_out_of_sight(isolated_home: Path) -> None:
    """Whatever is in /etc/xdg where the tests run."""
    assert all(file.is_relative_to(isolated_home) for file in paths.config_files())
