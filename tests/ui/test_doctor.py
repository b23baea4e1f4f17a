"""The doctor's findings on a screen, in a file and as JSON."""

import io
import json

import pytest
from rich.console import Console

from axchat.doctor.examine import Examination, examine
from axchat.doctor.result import CheckResult, Status
from axchat.doctor.selection import select
from axchat.doctor.verdict import judge
from axchat.ui.doctor import as_json, draw, lines, plain
from support.machines import CONTEXT, PCI, board, without

RESULTS = [
    CheckResult("pci.device", Status.OK, "card there", "not shown", "not shown either"),
    CheckResult("card.memory", Status.WARN, "1841 MiB in use", "Somebody holds it.", "kill 763"),
    CheckResult("model.directory", Status.SKIP, "none named", hint="not shown"),
    CheckResult("model.lfs-pointer", Status.FAIL, "a pointer", hint="git lfs pull", exit_status=4),
    CheckResult("host.proxy", Status.OK, "no proxy", facts={"pids": [1]}),
]


def found(results: list[CheckResult], root_adds: str = "") -> Examination:
    """An examination with these findings."""
    return Examination(tuple(results), judge(results), root_adds)


def drawn(results: list[CheckResult], *, width: int = 60) -> str:
    """What a terminal of that width gets."""
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system="standard", no_color=False)
    draw(lines(found(results)), console)
    return out.getvalue()


def test_the_verdict_comes_first_then_the_findings_by_layer() -> None:
    """Meaning and next command stand only below warnings and failures; the host comes before the card."""
    assert plain(lines(found(RESULTS, "with sudo it would see more"))) == (
        "model files failed: a pointer\n"
        "  try first: git lfs pull\n"
        "\n"
        "host\n"
        "  ok    host.proxy          no proxy\n"
        "\n"
        "bus\n"
        "  ok    pci.device          card there\n"
        "\n"
        "memory\n"
        "  warn  card.memory         1841 MiB in use\n"
        "        Somebody holds it.\n"
        "        -> kill 763\n"
        "\n"
        "model files\n"
        "  skip  model.directory     none named\n"
        "  FAIL  model.lfs-pointer   a pointer\n"
        "        -> git lfs pull\n"
        "\n"
        "with sudo it would see more"
    )


def test_verbose_adds_the_raw_facts() -> None:
    """Each fact is one line of JSON below its finding; without --verbose there is none."""
    assert "        pids = [1]" in plain(lines(found(RESULTS), is_verbose=True)).splitlines()
    assert "pids" not in plain(lines(found(RESULTS)))


def test_long_commands_stay_on_one_line_and_sentences_wrap() -> None:
    """A command can be copied whole from a narrow terminal; no word of a summary is lost."""
    command = "sudo modprobe -a " + " ".join(f"module_{n}" for n in range(20))
    summary = " ".join(f"word{n}" for n in range(30))
    text = drawn([CheckResult("a", Status.FAIL, summary, summary, command)], width=40)
    assert f"-> {command}" in text
    rows = text.splitlines()
    assert all(len(row) < 40 + 25 for row in rows if "modprobe" not in row)  # escape sequences have length
    assert text.count("word29") == 3


def test_a_file_gets_no_escape_byte_and_a_terminal_gets_colour() -> None:
    """Colour is the terminal's."""
    assert "\x1b" not in plain(lines(found(RESULTS)))
    assert "\x1b[" in drawn(RESULTS)


def test_texts_from_files_cannot_act_on_the_terminal() -> None:
    """Escape sequences, new lines and direction marks in names are shown, not obeyed; markup is text."""
    name = "a\x1b[2Jb\nc\u202ed [red]x[/red] \ud800 你好 °"
    results = [CheckResult("model.file-missing", Status.FAIL, name, name, name, {name: name})]
    text = plain(lines(found(results), is_verbose=True))
    assert "\x1b" not in text
    assert len(text.splitlines()) == 8
    assert r"a\x1b[2Jb\nc\u202ed [red]x[/red] \ud800 你好 °" in text


def test_json_holds_everything_and_the_exit_status() -> None:
    """Programs get the verdict, and ids, layers, facts and hints of all checks, in ASCII."""
    text = as_json(found([*RESULTS, CheckResult("x", Status.WARN, "°\x1b")]), {"axchat": "1"})
    assert text.isascii()
    assert "\x1b" not in text
    value = json.loads(text)
    assert (value["schema"], value["exit_status"], value["versions"]) == (1, 4, {"axchat": "1"})
    assert value["verdict"] == {
        "state": "failed",
        "text": "model files failed: a pointer",
        "id": "model.lfs-pointer",
        "layer": "model files",
        "command": "git lfs pull",
        "exit_status": 4,
        "otherwise": "",
    }
    assert [check["status"] for check in value["checks"]] == ["ok", "warn", "skip", "fail", "ok", "warn"]
    assert value["checks"][3] == {
        "id": "model.lfs-pointer",
        "layer": "model files",
        "status": "fail",
        "summary": "a pointer",
        "meaning": "",
        "hint": "git lfs pull",
        "exit_status": 4,
        "facts": {},
        "steps": [],
    }
    assert value["checks"][4]["facts"] == {"pids": [1]}


@pytest.mark.parametrize("probes", [board(), without(board(), PCI)])
def test_real_findings_can_be_shown_both_ways(probes: object) -> None:
    """Every fact of every check is JSON-ready, and no finding is lost by the grouping."""
    examination = examine(probes, CONTEXT.data_dir, None, None, select([], []))  # type: ignore[arg-type]
    assert len(json.loads(as_json(examination))["checks"]) == len(examination.results)
    text = plain(lines(examination))
    for result in examination.results:
        assert result.id in text
