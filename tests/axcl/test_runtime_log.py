"""Log lines of the runtime and of axcl-smi, in all that was recorded."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.axcl.runtime_log import LogLine, log_lines
from axchat.axcl.smi import parse_smi

CAPTURES = Path(__file__).parent.parent / "captures" / "axcl-smi"
RECORDED = sorted(CAPTURES.rglob("*.txt"))


def test_both_forms_are_read() -> None:
    """The runtime's with its thread, axcl-smi's coloured and without year; older ones pad the line number."""
    runtime = "[2026-11-22 07:07:43.926][27875][E][device manager][init][60]: open fail, errno: 2"
    smi = "\x1b[1;30;31m[11-22 07:07:43:926][E][smi][device_manager][  20]: axcl init fail, ret = 0x1\x1b[0m"
    assert list(log_lines(f"{runtime}\n{smi}\n")) == [
        LogLine(
            "2026-11-22 07:07:43.926",
            "E",
            "device manager",
            "init",
            60,
            "open fail, errno: 2",
            27875,
        ),
        LogLine("11-22 07:07:43:926", "E", "smi", "device_manager", 20, "axcl init fail, ret = 0x1"),
    ]


def test_a_line_without_module_is_read() -> None:
    """The message port's own lines name neither module nor function."""
    [line] = log_lines("[2026-11-22 07:04:44.330][17391][E]AX_PCIe_WriteMsg write_len AX_PCIE_ERR:-1")
    assert (line.module, line.function, line.line) == ("", "", 0)
    assert line.text == "AX_PCIe_WriteMsg write_len AX_PCIE_ERR:-1"


def test_lines_that_run_into_each_other_are_told_apart() -> None:
    """The asynchronous logger writes in the middle of another line, or of the table."""
    one = "[2026-11-22 07:04:49.138][1][E][pcie][open][81]: handshake fail"
    row = "|    0  AX650N                     V3.6.5 | 0001:11:00.0 |"
    assert [line.text for line in log_lines(f"x {one}{one} {row}")] == ["handshake fail", "handshake fail"]


def test_a_death_is_trouble_though_it_is_a_warning() -> None:
    """Levels E and C are trouble, and "is dead"."""
    dead = "[2025-11-09 09:00:00.123][77][W][device manager][listen][292]: device 1 is dead"
    other = dead.replace("device 1 is dead", "slow")
    assert [line.is_trouble for line in log_lines(f"{dead}\n{other}")] == [True, False]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_every_recorded_log_line_is_read(path: Path) -> None:
    """As many lines as there are stamps with a level; their texts hold no colour and no further stamp."""
    text = path.read_text(errors="replace")
    stamps = re.findall(
        r"\[[\d -]{5,11}\d\d:\d\d:\d\d[:.]\d{3}\](?:\[\d+\])?(?:\x1b\[[\d;]*m)?\[[TDIWEC]\]", text
    )
    lines = list(log_lines(text))
    assert len(lines) == len(stamps)
    assert not [line for line in lines if "\x1b" in line.text or re.search(r"\]\[[EWC]\]", line.text)]


RUN = r"^\$ \[user=\w+\] (\[sim=.*axcl-smi.*)\n--- stdout\n([\s\S]*?)\n?--- exit"
RUNS = [
    (path.stem, number, command, output)
    for path in sorted((CAPTURES / "whole").glob("*.txt"))
    for number, (command, output) in enumerate(re.findall(RUN, path.read_text(), re.MULTILINE))
]


@pytest.mark.parametrize(("name", "number", "command", "output"), RUNS)
def test_every_recorded_run_of_axcl_smi_is_judged(name: str, number: int, command: str, output: str) -> None:
    """No run shows a card; what is wrong is in the report: a code, lines of trouble, the lock."""
    report = parse_smi(output)
    assert report.cards == ()
    assert report.init_code == (0x8030010B if "axcl init fail" in output else None)
    assert bool(report.log) == any(line.is_trouble for line in log_lines(output))
    assert report.already_running == ("already running" in output)
    if command.endswith("-v"):
        assert report.already_running or report.version == "V3.10.2_20251215140224"


def test_recorded_runs_are_there() -> None:
    """The pattern that cuts the recordings apart finds them all."""
    assert len(RUNS) > 40


@given(st.text() | st.text(alphabet="[]0123456789-:. EWsmi\n|", max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    """Nothing is a crash."""
    assert all(line.level for line in log_lines(text))
