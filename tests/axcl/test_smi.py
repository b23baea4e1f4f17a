"""Output of axcl-smi: tables, failures, garbage."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.axcl.smi import Card, CardProcess, parse_smi

CAPTURES = Path(__file__).parent.parent / "captures" / "axcl-smi"


def capture(name: str) -> str:
    """One capture, as it was printed."""
    return (CAPTURES / f"{name}.txt").read_text()


def test_the_table_of_one_card_is_read() -> None:
    """Both lines of a card's row are read, and an idle table has no processes."""
    report = parse_smi(capture("table-one-card"))
    assert report.cards == (Card(0, "AX650N", "V3.6.5", "0001:11:00.0", 81, 1, 0, 152, 945, 18, 7040),)
    assert report.version == "V3.6.5_20250908154509"
    assert (report.processes, report.codes, report.log) == ((), (), ())


def test_cells_of_a_silent_card_are_none() -> None:
    """``--`` stands for a query that timed out; processes of other users have no name."""
    report = parse_smi(capture("table-two-cards"))
    assert [card.index for card in report.cards] == [0, 1]
    assert report.cards[0].npu_percent == 97
    assert report.cards[1] == Card(
        1, "AX650N", "V3.6.5", "0001:82:00.0", memory_used_mib=152, memory_total_mib=945
    )
    assert report.processes == (
        CardProcess(0, 763, "/opt/bin/axcl/axcl_run_model", 1867000),
        CardProcess(0, 801, "", 160),
    )


def test_a_failed_init_is_recognised() -> None:
    """Without a driver the code and the log line with its errno are found; the table has no rows."""
    report = parse_smi(capture("no-driver"))
    assert report.init_code == 0x8030010B
    assert report.codes == (0x8030010B,)
    assert any("errno: 2 No such file" in line for line in report.log)
    assert report.cards == ()
    assert not any("\x1b" in line for line in report.log)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("simulated-port-refused", "request ports from device 1 fail, errno: 1"),
        ("simulated-no-port-left", "request 0 port from device 1"),
        ("simulated-no-message-node", "open pci msg dev fail!"),
        ("simulated-dead-card", "handshake to 1 timeout"),
    ],
)
def test_a_card_that_fails_leaves_log_lines_and_no_row(name: str, part: str) -> None:
    """The init succeeded, so only the runtime's log lines say what is wrong."""
    report = parse_smi(capture(name))
    assert report.cards == ()
    assert report.init_code is None
    assert any(part in line for line in report.log)


def test_repeated_log_lines_are_kept_once() -> None:
    """A dead card's flood differs in its time stamps only, and stays small."""
    report = parse_smi(capture("simulated-dead-card") * 300)
    assert len(report.log) == len(set(report.log)) < 20


def test_the_lock_of_another_instance_is_recognised() -> None:
    """axcl-smi runs once at a time; the second one says so, even for -v."""
    report = parse_smi(capture("already-running"))
    assert report.already_running


def test_the_version_needs_no_card() -> None:
    """``-v`` prints one line."""
    report = parse_smi(capture("version"))
    assert report.version == "V3.10.2_20251215140224"
    assert not report.already_running


def test_a_log_line_glued_before_a_row_does_not_hide_it() -> None:
    """The runtime's logger is asynchronous and writes in the middle of other output."""
    glued = capture("table-one-card").replace(
        "|    0  AX650N", "[W][device manager][listen] x |    0  AX650N"
    )
    assert parse_smi(glued).cards == parse_smi(capture("table-one-card")).cards


def test_a_row_cut_off_after_its_first_line_is_kept() -> None:
    """A killed axcl-smi may print half a row."""
    whole = capture("table-one-card")
    cut = whole[: whole.index("|   --   81C")]
    assert parse_smi(cut).cards == (
        Card(0, "AX650N", "V3.6.5", "0001:11:00.0", memory_used_mib=152, memory_total_mib=945),
    )


def test_a_death_in_the_log_is_kept() -> None:
    """The heartbeat's last line is a warning, and still counts."""
    text = "[2025-11-09 09:00:00.123][77][W][device manager][listen][292]: device 1 is dead"
    assert parse_smi(text).log == ("[W][device manager][listen][292]: device 1 is dead",)


@given(st.text() | st.text(alphabet="|-+= 0189:.AXMiBKCV[]/\n\x1b", max_size=300))
def test_garbage_gives_a_report(text: str) -> None:
    """Parsing never fails."""
    report = parse_smi(text)
    assert isinstance(report.cards, tuple)


@given(st.data())
def test_a_table_cut_anywhere_gives_a_report(data: st.DataObject) -> None:
    """Losing the end of the output loses rows and nothing else."""
    whole = capture("table-two-cards")
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    report = parse_smi(cut)
    assert [c.index for c in report.cards] == list(range(len(report.cards)))
    assert all(process in parse_smi(whole).processes for process in report.processes)


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
    assert bool(report.log) == bool(re.search(r"\[[EC]\]|is dead", output))
    assert report.already_running == ("already running" in output)
    if command.endswith("-v"):
        assert report.already_running or report.version == "V3.10.2_20251215140224"


def test_recorded_runs_are_there() -> None:
    """The pattern that cuts the recordings apart finds them all."""
    assert len(RUNS) > 40
