"""Unit files: real systemd tools read them, and the script that carries them installs them as they are."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from axchat.errors import UsageError
from axchat.server.systemd import NODES, UnitFile, quoted, unit_files, units
from support.debian_tools import Tool

DOCUMENTED = Path(__file__).parents[2] / "docs/service.md"

SYSTEM_EXPOSURE, USER_EXPOSURE = 20, 32
"""Limits in tenths of what ``systemd-analyze security`` counts, 0 (safe) to 100. A service with network and
devices cannot be at 0; one without a sandbox is at 96. A user's manager cannot limit devices or addresses."""

MANAGER_UNITS = ("sysinit.target", "basic.target", "shutdown.target", "sockets.target")
"""What every unit depends on; stubs, so that it does not matter which units the machine has."""


@pytest.fixture(params=["user", "system"])
def scope(request: pytest.FixtureRequest) -> str:
    """Whose service manager."""
    return str(request.param)


@pytest.fixture
def analyze(
    debian_tool: Callable[[str], Tool], tmp_path: Path, scope: str
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs systemd-analyze on a folder with the unit files."""
    tool = debian_tool("systemd-analyze")
    folder = tmp_path / "units"
    folder.mkdir()
    for name in MANAGER_UNITS:
        (folder / name).write_text(f"[Unit]\nDescription={name}\n")
    env = {
        **tool.env,
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"],
        "SYSTEMD_UNIT_PATH": str(folder),
        "LC_ALL": "C.UTF-8",
    }

    def run(verb: str, *arguments: str, files: tuple[UnitFile, ...]) -> subprocess.CompletedProcess[str]:
        for unit in files:
            (folder / unit.name).write_text(unit.text)
        manager = ["--user"] if scope == "user" else []
        return subprocess.run(
            [tool.path, verb, *manager, *arguments],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def _program(folder: Path) -> str:
    path = folder / "axchat 100%i $HOME"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("name", ["axchat@.socket", "axchat@.service"])
def test_systemd_takes_every_line(
    analyze: Callable[..., subprocess.CompletedProcess[str]], scope: str, tmp_path: Path, name: str
) -> None:
    """``systemd-analyze verify`` has nothing to say about a unit, even with an odd path of the program."""
    files = unit_files(_program(tmp_path), user=scope == "user")

    done = analyze("verify", "--man=no", f"./{name}", files=files)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_documented_drop_in_is_taken(
    analyze: Callable[..., subprocess.CompletedProcess[str]], scope: str, tmp_path: Path
) -> None:
    """The drop-in for TCP in docs/service.md replaces the command and adds a credential, in both units."""
    (text,) = re.findall(r"```ini\n(.*?)```", DOCUMENTED.read_text(), re.DOTALL)
    assert "/opt/axchat/bin/axchat" in text
    drop_in = tmp_path / "units/axchat@.service.d/tcp.conf"
    drop_in.parent.mkdir()
    drop_in.write_text(text.replace("/opt/axchat/bin/axchat", f'"{_program(tmp_path)}"'.replace("%", "%%")))
    files = unit_files(str(tmp_path / "missing"), user=scope == "user")

    done = analyze("verify", "--man=no", "./axchat@.service", files=files)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_verify_would_see_a_mistake(
    analyze: Callable[..., subprocess.CompletedProcess[str]], scope: str, tmp_path: Path
) -> None:
    """An unknown setting and a program that does not exist are both found: the check above can fail."""
    socket, service = unit_files(str(tmp_path / "missing"), user=scope == "user")
    wrong = UnitFile(
        service.folder, service.name, service.text.replace("[Service]", "[Service]\nTipe=notify")
    )

    done = analyze("verify", "--man=no", f"./{service.name}", files=(socket, wrong))

    assert done.returncode != 0
    assert "Tipe" in done.stderr
    assert "missing is not executable" in done.stderr


def test_the_sandbox_is_tight(
    analyze: Callable[..., subprocess.CompletedProcess[str]], scope: str, tmp_path: Path
) -> None:
    """``systemd-analyze security`` counts at most 2.0 of 10 for the system service and 3.2 for a user's."""
    files = unit_files(_program(tmp_path), user=scope == "user")
    limit = USER_EXPOSURE if scope == "user" else SYSTEM_EXPOSURE

    done = analyze(
        "security", "--offline=true", "--no-pager", f"--threshold={limit}", "./axchat@.service", files=files
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Overall exposure level" in done.stdout


def test_the_system_service_reaches_the_four_nodes_and_terminals() -> None:
    """Every other device is closed; the pty of the runner's console needs ptmx and the pts."""
    _, service = unit_files("/usr/bin/axchat", user=False)

    allowed = [line for line in service.text.splitlines() if line.startswith("DeviceAllow=")]

    assert allowed == [
        *(f"DeviceAllow={node} rw" for node in NODES),
        "DeviceAllow=/dev/ptmx rw",
        "DeviceAllow=char-pts rw",
    ]
    assert "DevicePolicy=closed" in service.text


def test_only_the_user_reaches_a_user_s_socket() -> None:
    """0600 in a folder 0700; the system's is for its group."""
    user, _ = unit_files("/usr/bin/axchat", user=True)
    system, _ = unit_files("/usr/bin/axchat", user=False)

    assert {"SocketMode=0600", "DirectoryMode=0700"} <= set(user.text.splitlines())
    assert {"SocketMode=0660", "SocketGroup=axchat"} <= set(system.text.splitlines())


@pytest.mark.parametrize(
    "path", ["axchat", "./axchat", "/opt/a\nExecStartPre=/bin/evil", "/opt/a\tb", "/it's", '/"', "/\\"]
)
def test_a_path_cannot_add_a_line(path: str) -> None:
    """A relative path is refused, and so is one with control characters or others that systemd refuses."""
    with pytest.raises(UsageError):
        unit_files(path, user=True)


def test_a_path_is_quoted() -> None:
    """Spaces and specifiers stand for themselves; systemd expands no variable here."""
    assert quoted("/a b/100%h/$HOME") == '"/a b/100%%h/$HOME"'


def test_the_script_installs_exactly_the_units(tmp_path: Path, isolated_home: Path) -> None:
    """``sh`` on the printed text writes both files into the user's folder and starts the socket of card 0."""
    told = tmp_path / "told"
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(f'#!/bin/sh\necho "$@" >> {told}\n')
    systemctl.chmod(0o755)
    program = "/opt/my own $HOME `id` 100%/axchat"

    subprocess.run(
        ["sh"],
        input=units(program, user=True),
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(isolated_home)},
        text=True,
        check=True,
        timeout=60,
    )

    for unit in unit_files(program, user=True):
        assert (isolated_home / ".config/systemd/user" / unit.name).read_text() == unit.text
    assert told.read_text().splitlines() == ["--user daemon-reload", "--user enable --now axchat@0.socket"]


def test_the_system_script_asks_for_root_by_command(tmp_path: Path) -> None:
    """Every command that changes the machine goes through sudo, and nothing else does."""
    asked = tmp_path / "asked"
    for name, body in {
        "sudo": f'echo "$@" >> {asked}; [ "$1" != tee ] || cat > /dev/null',
        "id": "exit 1",
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)

    subprocess.run(
        ["sh"],
        input=units("/usr/bin/axchat", user=False),
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        text=True,
        check=True,
        timeout=60,
    )

    assert [line.split()[0] for line in asked.read_text().splitlines()] == [
        "useradd",
        "tee",
        "tee",
        "systemctl",
        "systemctl",
    ]
