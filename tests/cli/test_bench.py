"""``axchat bench``: what is kept of it, in which form it comes out, and two of them side by side."""

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

from axchat.bench import saved
from support.cli import axchat
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
