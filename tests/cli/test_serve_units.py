"""``axchat serve --print-systemd``: the script on stdout, with the path of the program that was called."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from axchat.server.systemd import units


@pytest.mark.parametrize("scope", ["user", "system"])
def test_the_script_names_the_program_that_was_called(scope: str, tmp_path: Path) -> None:
    """A link to the program stays a link in the unit; stdout has the script and nothing else."""
    program = Path(sys.executable).with_name("axchat")
    link = tmp_path / "axchat"
    link.symlink_to(program)

    called = subprocess.run(
        [link, "serve", "--print-systemd", scope], capture_output=True, text=True, check=False, timeout=60
    )
    as_module = subprocess.run(
        [sys.executable, "-m", "axchat", "serve", f"--print-systemd={scope}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (called.returncode, called.stderr) == (0, "")
    assert called.stdout == units(str(link), user=scope == "user")
    assert as_module.stdout == units(str(program), user=scope == "user")


def test_a_tcp_socket_is_not_taken_over(isolated_home: Path) -> None:
    """A socket unit cannot open TCP without the key that ``--host`` asks for."""
    code = (
        "import os, socket, sys\n"
        "made = socket.create_server(('127.0.0.1', 0))\n"
        "os.dup2(made.fileno(), 3)\n"
        "os.set_inheritable(3, True)\n"
        "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'axchat', 'serve', '--engine', 'scripted'])\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 2
    assert "one Unix socket only" in done.stderr
