"""``axchat doctor`` as a process on whole machines that lie in a directory."""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from support.cli import AXCHAT, axchat
from support.flood import LINE, flooding
from support.host_changes import NO_CARD_ON_X86, PORT_REFUSED
from support.host_tree import host
from support.machines import SMI
from support.processes import wait_until_gone

KIB_PER_MIB = 1024
MEASURE = """
import resource, subprocess, sys
with open(sys.argv[1], "wb") as out:
    status = subprocess.run(sys.argv[2:], stdout=out).returncode
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Runs a command from a small process: a child's figure begins with the memory of whoever started it."""


def report(root: Path) -> dict[str, object]:
    """What --json says of the machine in the directory."""
    outcome = axchat("doctor", "--json", env={"AXCHAT_DOCTOR_ROOT": str(root)})
    value = json.loads(outcome.out)
    assert value["exit_status"] == outcome.status
    return dict(value)


@pytest.mark.parametrize("name", ["pi5", "rock5bplus", "x86_mini_pc"])
def test_a_healthy_machine_is_healthy(name: str, tmp_path: Path) -> None:
    """No failure; what root would add is said, since the user there is not root."""
    value = report(host(name).plant(tmp_path))
    assert value["verdict"]["state"] in ("healthy", "warnings"), value["verdict"]  # type: ignore[index]
    assert value["exit_status"] == 0
    assert "sudo" in str(value["root_adds"])


def test_a_refused_port_is_not_called_a_permission_problem(tmp_path: Path) -> None:
    """The verdict names port or card, with exit 8, and the report is complete."""
    value = report(host("pi5", PORT_REFUSED).plant(tmp_path))
    assert value["exit_status"] == 8
    assert value["verdict"]["layer"] in ("port", "card")  # type: ignore[index]
    assert len(value["checks"]) > 30  # type: ignore[arg-type]


def test_no_card(tmp_path: Path) -> None:
    """The same verdict as on a real machine without one."""
    value = report(host("x86_mini_pc", NO_CARD_ON_X86).plant(tmp_path))
    assert (value["verdict"]["state"], value["exit_status"]) == ("no-card", 5)  # type: ignore[index]


def test_a_flood_of_log_lines_is_judged_in_little_memory(tmp_path: Path) -> None:
    """axcl-smi on a dead card prints 1.5 million lines: below 100 MB, and named as a dead card.

    Memory is the largest resident set of the process and all that it waited for.
    """
    root = flooding(tmp_path)
    out = tmp_path / "out"
    outcome = subprocess.run(
        [sys.executable, "-c", MEASURE, str(out), *AXCHAT, "doctor", "--json"],
        env={**os.environ, "AXCHAT_DOCTOR_ROOT": str(root)},
        stdout=subprocess.PIPE,
        timeout=100,
        check=True,
    )
    status, resident_kib = map(int, outcome.stdout.split())
    assert status == 8
    assert resident_kib < 100 * KIB_PER_MIB
    checks = {check["id"]: check for check in json.loads(out.read_text())["checks"]}
    assert checks["card.answers"]["status"] == "fail"


def test_a_bundle_of_a_machine_names_nobody_there(tmp_path: Path) -> None:
    """The tree's user, host and addresses do not leave it."""
    tree = host("pi5")
    tree.files["/etc/passwd"] = b"anna:x:1000:1000:Anna Example:/home/anna:/bin/sh\n"
    tree.files["/proc/sys/kernel/hostname"] = b"kitchen-pi\n"
    tree.files["/tmp/axcl/axcl_logs.txt"] = f"{LINE}\nanna on kitchen-pi at 192.168.7.9\n".encode()
    root = tree.plant(tmp_path / "root")
    path = tmp_path / "b.tar.gz"
    outcome = axchat("doctor", "--bundle", str(path), env={"AXCHAT_DOCTOR_ROOT": str(root)})
    assert "written: " in outcome.err
    with tarfile.open(path) as archive:
        texts = {m.name: archive.extractfile(m).read().decode() for m in archive.getmembers()}  # type: ignore[union-attr]
    assert texts["axchat-doctor/tmp_axcl_axcl_logs.txt"].endswith("<user-2> on <host> at <ipv4>\n")
    assert not [
        name for name, text in texts.items() if "anna" in text or "kitchen" in text or "192.168" in text
    ]


def test_steps_are_for_this_machine_only(tmp_path: Path) -> None:
    """Numbers of processes in a tree mean nothing here."""
    outcome = axchat("doctor", "--fix", env={"AXCHAT_DOCTOR_ROOT": str(tmp_path)})
    assert (outcome.status, outcome.out) == (2, b"")


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    """A usage error, not a machine without a card."""
    outcome = axchat("doctor", env={"AXCHAT_DOCTOR_ROOT": str(tmp_path / "no")})
    assert outcome.status == 2
    assert "names no directory" in outcome.err


def test_a_hanging_program_is_left_behind_by_a_whole_report(tmp_path: Path) -> None:
    """axcl-smi hangs: the report comes within its limit all the same, names the card, and nothing is left."""
    root = host("pi5").plant(tmp_path)
    program = root / SMI.lstrip("/")
    program.write_text("#!/bin/sh\necho $$ > \"${0%/*}/pid\"\ntrap '' TERM\nexec sleep 3600\n")
    program.chmod(0o755)
    value = report(root)
    pid = int((program.parent / "pid").read_text())
    assert wait_until_gone(pid)
    assert value["exit_status"] == 8
    assert value["verdict"]["layer"] == "card"  # type: ignore[index]
    assert len(value["checks"]) > 30  # type: ignore[arg-type]


def test_a_machine_without_sys_is_a_whole_report(tmp_path: Path) -> None:
    """No /sys, no /dev, as in a narrow sandbox: and the exit status is one of a card's."""
    value = report(host("pi5", "!! /sys\n!! /dev\n").plant(tmp_path))
    assert value["exit_status"] in (5, 6)
    assert len(value["checks"]) > 20  # type: ignore[arg-type]


def test_a_bundle_into_a_read_only_place_is_one_error(tmp_path: Path) -> None:
    """The report is still shown; the error names the file; nothing is left half-written."""
    folder = Path("/proc")  # a file system in which nobody, not even root, can make a file
    outcome = axchat("doctor", "--bundle", str(folder / "b.tar.gz"))
    assert b"no card: " in outcome.out
    assert "/proc/b.tar.gz cannot be written" in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.status == 2
