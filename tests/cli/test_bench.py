"""``axchat bench``: what is kept of it, in which form it comes out, and two of them side by side."""

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from axchat.bench import plan as plans
from axchat.bench import saved
from axchat.cli.benching import Benching, Format
from axchat.cli.context import AppContext
from axchat.cli.opening import How
from axchat.doctor.rooted import RootedProbes
from axchat.standin.demo import write_demo
from support.cli import axchat
from support.host_tree import host
from support.machines import CAPTURES
from support.saved_reports import of_rates

QUICK = ("bench", "-q", "-e", "scripted", "-r", "1", "--no-warmup", "-n", "2")


def keep(name: str, rate: float) -> None:
    """A saved bench of about this rate."""
    saved.save(of_rates([rate, rate * 1.001, rate * 0.999, rate]), name)


def test_a_slower_bench_is_a_regression() -> None:
    """Exit status 1, with the change, its interval and the verdict on stdout; the other way it is none."""
    keep("before", 10.0)
    keep("after", 8.0)
    worse = axchat("bench", "compare", "before", "after")
    assert (worse.status, worse.err) == (1, "")
    [line] = [line for line in worse.out.decode().splitlines() if line.endswith("regression")]
    assert "-20.0 %" in line
    assert b"improvement" in axchat("bench", "compare", "after", "before").assert_ok().out
    assert (
        b"regression"
        not in axchat("bench", "compare", "before", "after", "--threshold", "25%").assert_ok().out
    )


def test_a_comparison_is_json_for_programs_and_a_picture_for_people(tmp_path: Path) -> None:
    """Both reports are in the picture, which is XML."""
    keep("before", 10.0)
    keep("after", 8.0)
    picture = tmp_path / "both.svg"
    outcome = axchat("bench", "compare", "before", "after", "-o", "json", "--plot", str(picture))
    assert outcome.status == 1
    [verdict] = {row["verdict"] for row in json.loads(outcome.out)["rows"]}
    assert verdict == "regression"
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")


def test_a_bench_is_kept_by_name_and_not_replaced_unasked(tmp_path: Path) -> None:
    """A taken name and a missing folder are refused before anything is measured; JSON prints what is kept."""
    picture = tmp_path / "one.svg"
    out = axchat(*QUICK, "--save", "one", "--plot", str(picture), "-o", "json").assert_ok().out
    assert saved.read("one") == json.loads(out)
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")
    again = axchat(*QUICK, "--save", "one")
    assert (again.status, again.out) == (2, b"")
    assert again.err.startswith("axchat: a bench is saved as 'one' already")
    axchat(*QUICK, "--save", "one", "--overwrite").assert_ok()
    nowhere = axchat(*QUICK, "--plot", str(tmp_path / "missing" / "one.svg"))
    assert (nowhere.status, nowhere.out) == (2, b"")
    assert axchat("bench", "list").assert_ok().out == b"one\n"


def test_csv_and_markdown_come_out_of_the_command() -> None:
    """To be read by programs and to be pasted."""
    rows = list(csv.DictReader(io.StringIO(axchat(*QUICK, "-o", "csv").assert_ok().out.decode())))
    assert {"ttft_s", "decode_tokens_per_s", "load_s"} <= {row["figure"] for row in rows}
    table = axchat(*QUICK, "-o", "md").assert_ok().out.decode().splitlines()
    assert table[2].startswith("| scripted | scripted | tg2 |")


def test_what_was_never_saved_is_named_with_what_is_near() -> None:
    """One line, the nearest name, and status 2."""
    keep("before", 10.0)
    outcome = axchat("bench", "compare", "befor", "before")
    assert outcome.status == 2
    assert outcome.err.splitlines() == ["axchat: no bench is saved as 'befor'", "  -> did you mean before?"]


def test_the_cards_temperature_is_read_beside_the_bench(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A process in the place of axcl-smi, which prints the recorded table, one degree warmer at each run."""
    root = host("pi5").plant(tmp_path / "pi")
    smi = root / "usr" / "bin" / "axcl" / "axcl-smi"
    table = (CAPTURES / "table-one-card.txt").read_text()
    assert table.count("81C") == 1
    assert not set(table) & set('$`"\\')
    count = tmp_path / "count"
    count.write_text("40\n")
    told = table.replace("81C", "${next}C")
    smi.write_text(
        f'#!/bin/sh\nread last < {count}\nnext=$((last + 1))\necho $next > {count}\nprintf %s "{told}"\n'
    )
    smi.chmod(0o755)
    model = write_demo(tmp_path / "demo", answers=["one two three"], layers=2, load_s=0.0, token_s=0.0)
    tests = plans.all_tests(prompts=(), answers=(2,), pairs=(), depths=(0,), texts=(), text_answer=None)
    bench = Benching(
        AppContext(),
        plans.Plan(tests, 2, 0),
        {},
        How(is_quiet=True, is_once=True, loads_at_start=True),
        Format.JSON,
        save=None,
        plot=None,
        overwrite=False,
        probes_of=lambda _stop: RootedProbes(root),
    )
    assert bench.run([str(model)])
    report = json.loads(capfd.readouterr().out)
    degrees = [celsius for _, celsius, _ in report["models"][0]["heat"]]
    assert len(degrees) >= 2
    assert degrees == sorted(set(degrees)), "every reading is a run of its own"
    card = report["host"]["card"]
    assert (card["temperature_c"], card["temperature_after_c"]) == (41, degrees[-1])
    assert card["name"] == "AX650N"
