"""A machine in a directory."""

from pathlib import Path

import pytest

from axchat.doctor.probes import NOBODY, Access, Probes
from axchat.doctor.rooted import RootedProbes
from support.host_tree import HostTree, host

ABSOLUTE = "== /etc/real\ninside\n== /etc/link -> /etc/real\n== /a/up -> ../../../../../../etc/real\n"


def planted(text: str, folder: Path, uid: int = 1000) -> RootedProbes:
    """The machine of a description."""
    return RootedProbes(HostTree().change(text).plant(folder), uid=uid)


def test_it_fits_the_port(tmp_path: Path) -> None:
    """Checks cannot tell it from this machine."""
    machine: Probes = RootedProbes(tmp_path)
    assert machine.listdir("/nonexistent") is None


def test_links_stay_inside(tmp_path: Path) -> None:
    """Absolute targets and too many dots end in the tree, never on this machine."""
    probes = planted(ABSOLUTE, tmp_path)
    assert probes.read_text("/etc/link") == "inside"
    assert probes.read_text("/a/up") == "inside"
    assert probes.read_text("/../../etc/real") == "inside"
    assert probes.readlink("/etc/link") == "/etc/real"
    assert probes.read_text("/etc/passwd") is None


def test_links_to_directories_are_followed(tmp_path: Path) -> None:
    """As /sys does it for every device, also with a link within a link."""
    text = "== /sys/devices/x/vendor\n0x1f4b\n== /sys/bus/x -> ../devices/x\n== /sys/class/y -> ../bus/x\n"
    probes = planted(text, tmp_path)
    assert probes.read_text("/sys/class/y/vendor") == "0x1f4b"
    assert probes.listdir("/sys/bus/x") == ["vendor"]


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    """Nothing is there, and nothing hangs."""
    probes = planted("== /a -> /b\n== /b -> /a\n", tmp_path)
    assert probes.read_text("/a") is None
    assert probes.exists("/a")
    assert probes.status("/a") is None


@pytest.mark.parametrize("path", ["/" + "x" * 5000, "/a\0b", "relative"])
def test_impossible_paths_are_not_there(path: str, tmp_path: Path) -> None:
    """Names from rubbish in files."""
    probes = planted(ABSOLUTE, tmp_path)
    assert probes.read_text(path) is None
    assert probes.access(path) is Access.MISSING
    assert not probes.exists(path)


@pytest.mark.parametrize(
    ("mode", "uid", "access"),
    [
        ("0666 owner=0", 1000, Access.OK),
        ("0600 owner=0", 1000, Access.DENIED),
        ("0660 owner=0", 1000, Access.DENIED),
        ("0600 owner=1000", 1000, Access.OK),
        ("0644 owner=1001", 1000, Access.DENIED),
        ("0600 owner=0", 0, Access.OK),
    ],
)
def test_written_modes_hold_as_in_the_kernel(mode: str, uid: int, access: Access, tmp_path: Path) -> None:
    """By owner and mode, for the user that is looked for, whoever runs the test."""
    probes = planted(f"== /dev/node mode={mode}\nx\n", tmp_path, uid)
    assert probes.access("/dev/node") is access
    assert probes.access("/dev/other") is Access.MISSING


@pytest.mark.parametrize(("mode", "access"), [(0o644, Access.OK), (0o666, Access.OK), (0o600, Access.DENIED)])
def test_without_written_modes_the_files_own_mode_decides(mode: int, access: Access, tmp_path: Path) -> None:
    """A plain copy, made with the usual umask, is open; one that only its owner may read is closed."""
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/axcl_host").write_text("")
    (tmp_path / "dev/axcl_host").chmod(mode)
    assert RootedProbes(tmp_path).access("/dev/axcl_host") is access


def test_a_file_that_is_closed_gives_nothing(tmp_path: Path) -> None:
    """Reading needs the right to read."""
    probes = planted("== /log mode=0600 owner=0\nsecret\n", tmp_path)
    assert (probes.read_text("/log"), probes.read_tail("/log")) == (None, None)
    assert probes.status("/log") is not None


def test_only_programs_of_the_tree_are_started(tmp_path: Path) -> None:
    """This machine's own are not found; the tree's are, by PATH or by name; its root is not told."""
    probes = planted(
        "== /usr/bin/axcl/axcl-smi run\nhello\n== /usr/bin/getconf run PAGESIZE\n4096\n", tmp_path
    )
    assert not probes.run(["ls"], 60).found
    assert probes.which("getconf") == "/usr/bin/getconf"
    assert probes.which("axcl-smi") is None
    assert probes.run(["/usr/bin/axcl/axcl-smi"], 60).output == "hello\n"
    assert probes.run(["getconf", "PAGESIZE"], 60).output == "4096\n"
    assert probes.run(["getconf", "ARG_MAX"], 60).exit_code == 1
    assert RootedProbes(tmp_path, {"PATH": "/usr/bin/axcl"}).which("axcl-smi") == "/usr/bin/axcl/axcl-smi"


@pytest.mark.parametrize(
    ("name", "release", "machine"),
    [
        ("pi5", "6.12.62+rpt-rpi-2712", "aarch64"),
        ("x86_mini_pc", "6.1.0-31-amd64", "x86_64"),
    ],
)
@pytest.mark.parametrize("gone", ["", "!! /proc/sys/kernel/osrelease\n!! /proc/sys/kernel/arch\n"])
def test_the_kernel_is_the_trees(name: str, release: str, machine: str, gone: str, tmp_path: Path) -> None:
    """From /proc/sys, or from /proc/version and what CPU or device tree say."""
    probes = RootedProbes(host(name, gone).plant(tmp_path))
    assert probes.uname() == (release, machine)


def test_nothing_of_this_machine_shows(tmp_path: Path) -> None:
    """Neither its environment nor its network, packages or free space."""
    probes = RootedProbes(tmp_path)
    assert probes.variable("PATH") is None
    assert probes.fetch("127.0.0.1", 9, "/", 1.0) == "Connection refused"
    assert probes.ask_holder("/run/x.sock", "/status", 1.0) == NOBODY
    assert not probes.has_module("pytest")
    assert probes.free_bytes("/") is None
    assert probes.user() == 1000
    assert probes.located(Path("/home/x")) == tmp_path / "home/x"
