"""The doctor's findings on a screen and as JSON."""

import io
import json

import pytest
from rich.console import Console

from axchat.doctor.registry import run_doctor
from axchat.doctor.result import CheckResult, Status
from axchat.ui.doctor import as_json, render
from support.machines import CONTEXT, PCI, board, without

RESULTS = [
    CheckResult("pci.device", Status.OK, "card there", "not shown", "not shown either"),
    CheckResult("card.memory", Status.WARN, "1841 MiB in use", "Somebody holds it.", "kill 763"),
    CheckResult("model.directory", Status.SKIP, "none named", hint="not shown"),
    CheckResult("model.lfs-pointer", Status.FAIL, "a pointer", hint="git lfs pull", exit_status=4),
]


def shown(results: list[CheckResult], *, terminal: bool = False, width: int = 60) -> str:
    """What a console of that width prints."""
    out = io.StringIO()
    color = "standard" if terminal else None
    render(
        results, Console(file=out, width=width, force_terminal=terminal, color_system=color, no_color=False)
    )
    return out.getvalue()


def test_one_line_per_check_and_advice_below_what_is_wrong() -> None:
    """Mark, id and summary; meaning and next command only for warnings and failures."""
    assert shown(RESULTS) == (
        "ok    pci.device          card there\n"
        "warn  card.memory         1841 MiB in use\n"
        "      Somebody holds it.\n"
        "      -> kill 763\n"
        "skip  model.directory     none named\n"
        "FAIL  model.lfs-pointer   a pointer\n"
        "      -> git lfs pull\n"
        "first failure: model.lfs-pointer; mend it before what stands below it\n"
    )


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        (RESULTS[:1], "nothing failed"),
        (RESULTS[:2], "nothing failed, 1 warning"),
        (RESULTS[1:2] * 2, "nothing failed, 2 warnings"),
        ([], "nothing failed"),
    ],
)
def test_the_last_line_is_the_verdict(results: list[CheckResult], verdict: str) -> None:
    """Warnings are counted."""
    assert shown(results).splitlines()[-1] == verdict


def test_long_commands_stay_on_one_line() -> None:
    """A command can be copied whole from a narrow terminal."""
    command = "sudo modprobe -a " + " ".join(f"module_{n}" for n in range(20))
    assert f"-> {command}\n" in shown([CheckResult("a", Status.FAIL, "s", hint=command)], width=20)


def test_a_pipe_gets_no_escape_byte_and_a_terminal_gets_colour() -> None:
    """Colour is the console's decision."""
    assert "\x1b" not in shown(RESULTS)
    assert "\x1b[" in shown(RESULTS, terminal=True)


def test_texts_from_files_cannot_act_on_the_terminal() -> None:
    """Escape sequences, new lines and direction marks in names are shown, not obeyed; markup is text."""
    name = "a\x1b[2Jb\nc\u202ed [red]x[/red] \ud800 你好 °"
    text = shown([CheckResult("model.file-missing", Status.FAIL, name, name, name)])
    assert "\x1b" not in text
    assert len(text.splitlines()) == 4
    assert r"a\x1b[2Jb\nc\u202ed [red]x[/red] \ud800 你好 °" in text


def test_json_holds_everything_and_the_exit_status() -> None:
    """Programs get ids, facts and hints of all checks, in ASCII."""
    text = as_json([*RESULTS, CheckResult("x", Status.WARN, "°\x1b", facts={"pids": [1]})])
    assert text.isascii()
    assert "\x1b" not in text
    value = json.loads(text)
    assert value["exit_status"] == 4
    assert [check["status"] for check in value["checks"]] == ["ok", "warn", "skip", "fail", "warn"]
    assert value["checks"][3] == {
        "id": "model.lfs-pointer",
        "status": "fail",
        "summary": "a pointer",
        "meaning": "",
        "hint": "git lfs pull",
        "facts": {},
    }
    assert value["checks"][4]["facts"] == {"pids": [1]}


@pytest.mark.parametrize("probes", [board(), without(board(), PCI), None])
def test_real_findings_can_be_shown_both_ways(probes: object) -> None:
    """Every fact of every check is JSON-ready."""
    results = run_doctor(None, None, CONTEXT.data_dir, probes)  # type: ignore[arg-type]
    assert len(json.loads(as_json(results))["checks"]) == len(results)
    for result in results:
        assert result.id in shown(results, width=200)
