"""A busy card's error names who runs a program for it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from axchat.cli.neighbours import neighbours
from axchat.doctor.fake_probes import FakeProbes
from support.cli import AXCHAT, axchat

PATIENCE_S = 60.0


def process(pid: int, command: str, parent: int, uid: int) -> dict[str, bytes | str]:
    """The /proc files of a process."""
    return {
        f"/proc/{pid}/comm": f"{command.split(maxsplit=1)[0]}\n",
        f"/proc/{pid}/cmdline": command.replace(" ", "\0"),
        f"/proc/{pid}/status": f"State:\tS (x)\nPPid:\t{parent}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n",
    }


def test_others_are_named_and_our_own_holder_is_not() -> None:
    """A bare runner by its user, one of a holder by that holder's user."""
    files: dict[str, bytes | str] = {
        "/etc/passwd": "alice:x:1001:1001::/:/bin/sh\n",
        **process(10, "python3 -m axchat serve", 1, 1000),
        **process(11, "main_axcl_aarch", 10, 1000),
        **process(20, "python3 -m axchat serve", 1, 1001),
        **process(21, "main_axcl_aarch", 20, 1001),
        **process(30, "axllm run", 5, 1000),
    }
    assert neighbours(FakeProbes(files=files)) == [
        "a program for the card runs: 21 main_axcl_aarch (axchat serve of alice, pid 20)",
        "a program for the card runs: 30 axllm (of user 1000)",
    ]


def test_many_are_counted() -> None:
    """Three are named."""
    files: dict[str, bytes | str] = {}
    for pid in range(50, 55):
        files |= process(pid, "axllm run", 5, 1001)
    assert neighbours(FakeProbes(files=files))[2:] == [
        "a program for the card runs: 52 axllm (of user 1001)",
        "and 2 more",
    ]


@pytest.mark.usefixtures("holder_home")
def test_a_busy_card_names_a_real_process(tmp_path: Path) -> None:
    """A second axchat serve is refused; a program with a runner's name is told below the hint."""
    program = tmp_path / "main_axcl_x86"
    shutil.copy(shutil.which("cat") or "", program)
    runner = subprocess.Popen([program], stdin=subprocess.PIPE)
    first = subprocess.Popen(
        [*AXCHAT, "serve", "-e", "scripted"], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )
    try:
        assert first.stderr is not None
        assert any("listening at" in line for line in first.stderr)
        outcome = axchat("serve", "-e", "scripted")
        assert outcome.status == 7
        # tests beside this one may run programs of such names, too, and only three are named
        assert re.search(r"a program for the card runs: \d+ \S+ \(", outcome.err)
    finally:
        first.terminate()
        first.communicate(timeout=PATIENCE_S)
        runner.communicate(timeout=PATIENCE_S)
