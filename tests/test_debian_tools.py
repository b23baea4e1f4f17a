"""Programs of Debian packages for the tests: found, fetched, or named with the command that fetches them."""

import subprocess
from pathlib import Path

import pytest

from support import debian_tools

PLAN = """\
Inst liblua5.3-0 (5.3.6-2 Debian:12.15/oldstable [amd64])
Inst libsystemd0 [252.38-1~deb12u1] (252.39-1~deb12u2 Debian:12.15/oldstable [amd64])
Inst haproxy (2.6.12-1+deb12u3 Debian:12.15/oldstable [amd64])
Conf liblua5.3-0 (5.3.6-2 Debian:12.15/oldstable [amd64])
"""
"""What apt-get 2.6 printed on Debian 12 for --simulate install haproxy; the second line is an upgrade's."""


def _program(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\necho here\n")
    path.chmod(0o755)
    return path


def test_a_plan_names_new_and_upgraded_packages_once() -> None:
    """What apt would install is read with its exact versions; lines about set-up are not read."""
    assert debian_tools.to_install(PLAN) == [
        ("liblua5.3-0", "5.3.6-2"),
        ("libsystemd0", "252.39-1~deb12u2"),
        ("haproxy", "2.6.12-1+deb12u3"),
    ]


def test_an_installed_program_is_used_as_it_is(tmp_path: Path) -> None:
    """A program on the path comes before a fetched one and needs no libraries."""
    installed = _program(tmp_path / "sbin/haproxy")
    _program(tmp_path / "cache/haproxy/usr/sbin/haproxy")

    assert debian_tools.find("haproxy", tmp_path / "cache", str(tmp_path / "sbin")) == debian_tools.Tool(
        installed
    )


def test_a_fetched_program_brings_its_libraries(tmp_path: Path) -> None:
    """The folders with the fetched libraries are on the loader's path, no others."""
    fetched = _program(tmp_path / "haproxy/usr/sbin/haproxy")
    for name in ("usr/lib/arm/liblua.so.0", "usr/lib/arm/systemd/libcore.so", "usr/share/lib.so.8.gz"):
        (tmp_path / "haproxy" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "haproxy" / name).touch()

    found = debian_tools.find("haproxy", tmp_path, "")

    libraries = tmp_path / "haproxy/usr/lib/arm"
    assert found == debian_tools.Tool(fetched, {"LD_LIBRARY_PATH": f"{libraries}:{libraries}/systemd"})
    assert subprocess.check_output([found.path], env=dict(found.env)) == b"here\n"


def test_a_missing_program_names_both_commands(tmp_path: Path) -> None:
    """Nothing is skipped: the failure says how to fetch the program and how to install it."""
    with pytest.raises(debian_tools.ToolMissing) as caught:
        debian_tools.find("systemd-analyze", tmp_path, "")

    assert "debian_tools.py systemd " in str(caught.value)
    assert "sudo apt-get install systemd" in str(caught.value)


def test_a_fetched_program_can_be_called_by_its_name(tmp_path: Path) -> None:
    """Its script passes arguments on and sets what it needs; it has its name."""
    program = _program(tmp_path / "root/usr/bin/curl")
    program.write_text('#!/bin/sh\nprintf "%s|" "$LD_LIBRARY_PATH" "$@"\n')

    debian_tools.start_script(
        debian_tools.Tool(program, {"LD_LIBRARY_PATH": "/a b:/c"}), tmp_path / "scripts"
    )
    said = subprocess.check_output([tmp_path / "scripts/curl", "x y", "$z"], text=True)
    assert said == "/a b:/c|x y|$z|"


def test_a_fetch_that_fails_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where apt is missing the exit status is 1, and the message has its name and the way round it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(debian_tools.PROGRAMS, "absent", ("absent-program",))

    assert debian_tools.main(["absent"], tmp_path / "cache") == 1

    said = capsys.readouterr().err
    assert "apt-get is not here" in said
    assert "sudo apt-get install absent" in said
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_apt_says_reaches_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A download that fails, for example without a network, is told in apt's own words."""
    apt = _program(tmp_path / "bin/apt-get")
    apt.write_text("#!/bin/sh\necho 'E: Temporary failure resolving' >&2\nexit 100\n")
    monkeypatch.setenv("PATH", f"{apt.parent}:/usr/bin:/bin")

    with pytest.raises(debian_tools.ToolMissing, match="E: Temporary failure resolving"):
        debian_tools.fetch("haproxy", tmp_path / "cache")


def test_the_readme_fetches_every_package() -> None:
    """The line that runs the tests fetches all that they need: nothing is installed by hand."""
    readme = Path(__file__).parents[1] / "README.md"
    (line,) = [found for found in readme.read_text().splitlines() if "debian_tools.py" in found]
    named = line.partition("debian_tools.py ")[2].partition(" &&")[0]

    assert named.split() == sorted(debian_tools.PROGRAMS)
