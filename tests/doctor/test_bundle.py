"""The archive for a support thread."""

import io
import json
import tarfile
from dataclasses import replace

import pytest

from axchat.doctor.bundle import LOG_LIMIT_BYTES, Member, collect, names_on, pack
from axchat.doctor.child import RunResult
from axchat.doctor.examine import Examination
from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.result import CheckResult, Status
from axchat.doctor.steps import StopProcess
from axchat.doctor.verdict import judge
from support.machines import board, having

PASSWD = (
    "root:x:0:0:root:/root:/bin/bash\n"
    "anna:x:1000:1000:Anna Example,,,:/home/anna:/bin/bash\n"
    "berta:x:1001:1001:Jörg:/data/berta:/bin/bash\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
)


def machine() -> FakeProbes:
    """A Pi whose logs name two users, its host and its network."""
    probes = having(
        board(),
        {
            "/etc/passwd": PASSWD,
            "/proc/sys/kernel/hostname": "kitchen-pi\n",
            "/etc/hosts": "127.0.0.1 localhost\n127.0.1.1 kitchen-pi kitchen-pi.example.org # anna's\n",
            "/proc/cmdline": "console=tty1 root=PARTUUID=01234567-89ab-cdef-0123-456789abcdef\n",
            "/tmp/axcl/axcl_logs.txt": "x" * LOG_LIMIT_BYTES
            + "\n[E][x]: /data/berta/m.axmodel of anna at 10.1.2.3\n",
        },
    )
    log = "[1.0] axcl wait dev 1 handshake...\n[2.0] usb 1-1: keyboard of anna\n[3.0] pcieport kitchen-pi\n"
    return replace(probes, programs={**probes.programs, "dmesg": RunResult(output=log, exit_code=0)})


RESULTS = (
    CheckResult(
        "host.proxy",
        Status.WARN,
        "report of Anna Example",
        "Jörg was\nanna",
        "ls /home/anna/x",
        {"log": ["a\nanna", {"by": "Jörg"}], "serial": "AB12", "count": 3},
        steps=(StopProcess(7, "anna", 1),),
    ),
)


def as_json(examination: Examination) -> str:
    """As the command line writes it, with escapes."""
    return json.dumps([[r.summary, r.meaning, r.hint, dict(r.facts)] for r in examination.results])


def members(probes: FakeProbes | None = None) -> dict[str, Member]:
    """The collected members by name."""
    examination = Examination(RESULTS, judge(RESULTS))
    found = collect(probes or machine(), examination, repr, as_json, {"axchat": "1"})
    return {m.name: m for m in found}


def test_names_come_from_the_machine() -> None:
    """People with their full names and homes, not system accounts; hosts without localhost."""
    names = names_on(machine())
    assert set(names.users) >= {"anna", "Anna Example", "berta", "Jörg"}
    assert not {"root", "nobody"} & set(names.users)
    assert set(names.hosts) == {"kitchen-pi", "kitchen-pi.example.org"}
    assert {"/home/anna", "/data/berta", "/root"} <= set(names.homes)


def test_the_bundle_holds_what_matters_and_names_nobody() -> None:
    """Report, versions, the driver's lines of the kernel log, the end of the runtime's log."""
    found = members()
    assert {"report.txt", "report.json", "versions.txt", "kernel-log.txt", "tmp_axcl_axcl_logs.txt"} <= set(
        found
    )
    assert found["versions.txt"].text == "axchat: 1\n"
    assert "handshake" in found["kernel-log.txt"].text
    assert "keyboard" not in found["kernel-log.txt"].text
    assert found["tmp_axcl_axcl_logs.txt"].text.endswith("<home>/m.axmodel of <user-4> at <ipv4>\n")
    everything = "\n".join(member.text for member in found.values())
    for secret in (
        "anna",
        "Anna",
        "berta",
        "J\\u00f6rg",
        "Jörg",
        "AB12",
        "kitchen",
        "10.1.2.3",
        "01234567-89ab",
    ):
        assert secret not in everything
    assert all(member.size <= LOG_LIMIT_BYTES + 100 for member in found.values())


def test_a_bare_machine_gives_the_report_alone() -> None:
    """What is not there is left out."""
    assert list(members(FakeProbes())) == ["report.txt", "report.json", "versions.txt"]


def test_the_archive_tells_nothing_of_its_maker() -> None:
    """Headers hold no owner and no time; the same members give the same bytes."""
    packed = pack([Member("a.txt", "text \ud800", "x")])
    assert packed == pack([Member("a.txt", "text \ud800", "y")])
    assert packed[4:8] == bytes(4)  # gzip's own time stamp
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        [header] = archive.getmembers()
        content = archive.extractfile(header)
        assert content is not None
        assert content.read() == b"text ?"
    assert header.name == "axchat-doctor/a.txt"
    assert (header.uid, header.uname, header.mtime, header.mode) == (0, "", 0, 0o644)


@pytest.mark.parametrize("text", ["", "not a passwd line", "a:b:c", ":::::::"])
def test_a_strange_passwd_is_no_crash(text: str) -> None:
    """Whatever the file holds, the bundle is made."""
    assert members(FakeProbes(files={"/etc/passwd": text}))
