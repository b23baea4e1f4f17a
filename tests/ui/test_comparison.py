import io
import json
import re
from typing import Any

import pytest

from axchat.bench.compare import Comparison, compare
from axchat.ui.comparison import as_json, as_text, show_comparison
from support.drawn_tables import on_terminal
from support.saved_reports import figure, of_rates, report, result, sample

NAMES = ("before", "after")


def slower(**more: Any) -> Comparison:
    """From 100 to 80 tokens a second, three values each; the kernel is another one."""
    a, b = of_rates([99, 100, 101], **more), of_rates([80, 80, 80], **more)
    return compare({**a, "host": {"kernel": "6.1"}}, {**b, "host": {"kernel": "6.6"}})


def test_plain_text_is_aligned() -> None:
    """A row has both means, the change with its interval, and the verdict; the sum and differences follow."""
    assert as_text(slower(), NAMES) == (
        "A: before\n"
        "B: after\n"
        "\n"
        "qwen (session), tg128\n"
        "figure      A      B  unit    change       95 % interval  n  verdict\n"
        "decode  100.0  80.00  tok/s  -20.0 %  -22.0 % to -18.0 %  3  regression\n"
        "\n"
        "1 regression; worse or better by more than 5 % counts\n"
        "not the same: kernel: 6.1 in A, 6.6 in B\n"
    )


def test_notes_stand_under_the_tables() -> None:
    """A note that several rows share is told once; a test that only one has is named."""
    one = result("pp128", [sample(0, 0.5, [0.01] * 5)])
    text = as_text(compare(report(one, result("tg64")), report(one)), NAMES)
    assert text.count("same [1]\n") == 2
    assert text.count("[1] one value: by the threshold alone\n") == 1
    assert "only in A: qwen (session), tg64\n" in text
    assert "2 the same; worse" in text
    text = as_text(compare(report(one), report(one, result("tg64"))), NAMES)
    assert "only in B: qwen (session), tg64\n" in text
    assert "only in A" not in text


def test_told_rows_have_no_verdict() -> None:
    """Percentiles are shown with their change only."""
    a = report(result(samples=[sample(n, 0.5, [0.01] * 30) for n in range(2)]))
    [p99] = [
        line for line in as_text(compare(a, a), NAMES).splitlines() if line.startswith("inter-token p99")
    ]
    assert p99.split()[2:] == ["0.0100", "0.0100", "s", "+0.0", "%", "-", "60", "-"]


def test_a_tenfold_change_is_told_in_times() -> None:
    """1,900 % is hard to read; 20x is not. Unequal numbers of values are both shown."""
    text = as_text(compare(of_rates([1, 1]), of_rates([20, 20, 20])), NAMES)
    assert " 20x " in text
    assert " 2, 3 " in text


def test_no_change_has_one_sign() -> None:
    """A change too small to be seen is +0.0 %, from either side."""
    text = as_text(compare(of_rates([1, 1, 1.00001]), of_rates([1, 1, 1])), NAMES)
    assert "-0.0 %" not in text
    assert "+0.0 % to +0.0 %" in text


def test_json_has_every_value() -> None:
    """Programs get shares, both means, counts of values, and whether anything is worse."""
    found = json.loads(as_json(slower(), NAMES))
    [row] = found.pop("rows")
    low, high = row.pop("interval")
    assert low < -0.2 < high
    assert row.pop("change") == pytest.approx(-0.2)
    assert row == {
        "model": "qwen", "engine": "session", "test": "tg128", "figure": "decode_tokens_per_s",
        "title": "decode", "unit": "tok/s", "better": "higher", "a": 100.0, "b": 80.0, "n_a": 3, "n_b": 3,
        "verdict": "regression", "note": "",
    }  # fmt: skip
    assert found == {
        "a": "before", "b": "after", "threshold": 0.05, "has_regression": True,
        "counts": {"regression": 1, "improvement": 0, "same": 0, "unclear": 0, "told": 0},
        "only_a": [], "only_b": [], "warnings": ["kernel: 6.1 in A, 6.6 in B"],
    }  # fmt: skip


def test_elsewhere_than_on_a_terminal_there_is_no_escape() -> None:
    """A pipe gets the plain text, without a control character from a name or from the file."""
    stream = io.StringIO()
    evil = slower(model="evil\x1b[2J\nname", text="\x1b]0;x\x07")
    show_comparison(evil, stream, names=("a\x1b[31m", "b"), is_terminal=False)
    assert "\x1b" not in stream.getvalue()
    assert "\nevil name (session), tg128 " in stream.getvalue()
    titled = of_rates([1, 1])
    titled["results"][0]["figures"]["x"] = figure("t\x1b[2J" + "x" * 500, [1, 1], unit="\x1b[2J" + "s" * 500)
    show_comparison(compare(titled, titled), stream, names=NAMES, is_terminal=False)
    assert "\x1b" not in stream.getvalue()
    assert max(map(len, stream.getvalue().splitlines())) < 200


def drawn(comparison: Comparison, columns: int) -> str:
    """What a terminal of this width gets."""
    return on_terminal(
        lambda stream: show_comparison(comparison, stream, names=NAMES, is_terminal=True), columns
    )


@pytest.mark.parametrize(
    ("columns", "cells"),
    [
        (100, ["decode", "100.0", "80.00", "tok/s", "-20.0 %", "-22.0 % to -18.0 %", "3", "regression"]),
        (66, ["decode", "100.0", "80.00", "tok/s", "-20.0 %", "regression"]),
        (40, ["decode", "-20.0 %", "regression"]),
    ],
)
def test_a_terminal_gets_as_many_columns_as_fit(columns: int, cells: list[str]) -> None:
    """On a terminal the rows are in a drawn table; nothing is cut, and names are not markup."""
    shown = re.sub("\x1b\\[[0-9;]*m", "", drawn(slower(model="[red]q"), columns))
    assert "[red]q (session), tg128" in shown
    assert all(len(line) <= columns for line in shown.splitlines() if "│" in line)
    [row] = [line for line in shown.splitlines() if line.startswith("│ decode")]
    assert [cell.strip() for cell in row.strip("│").split("│")] == cells


def test_of_a_row_the_verdict_alone_has_a_colour() -> None:
    """Figures stay as the terminal shows all text."""
    [row] = [line for line in drawn(slower(), 100).splitlines() if line.startswith("│ decode")]
    assert re.findall("\x1b\\[[1-9][0-9;]*m([^\x1b]*)", row) == ["regression"]
