import csv
import io
import json
import re
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pytest

import axchat
from axchat.bench.measure import Progress, Watch, measure
from axchat.bench.plan import Plan, all_tests
from axchat.bench.report import Arrival, Report, Sample
from axchat.engines.base import Capabilities, Request
from axchat.engines.scripted import ScriptedEngine
from axchat.errors import UsageError
from axchat.events import EngineTimings, Event, Finished
from axchat.ui.bench import as_text, in_brief, show_report
from axchat.ui.bench_formats import as_csv, as_json, as_json_line, as_markdown
from axchat.ui.bench_headline import headline, number
from axchat.ui.bench_progress import progress_line
from axchat.ui.histogram import BLOCKS, drawn
from axchat.ui.markdown.stream import MarkdownRows
from axchat.ui.render_cost import render_s
from axchat.ui.rows import Frame
from support.clock import FakeClock
from support.drawn_tables import on_terminal
from support.scheduled import ScheduledEngine

AT = "2026-11-28T22:00:00Z"


def report(*, requests: int = 99, model: str = "a model", **asked: Any) -> Report:
    """Two repetitions of each test on a schedule; interrupted after so many requests."""
    clock = FakeClock()

    def sleep_or_stop(number: int) -> float:
        if number == 1 and len(engine.requests) > requests:
            raise KeyboardInterrupt
        return 0.25

    engine = ScheduledEngine(clock, model=model, gap_s=sleep_or_stop)
    tests = all_tests(**(asked or {"prompts": [64], "answers": [25]}))
    run = measure(engine, Plan(tests, 2, 1), Watch(clock=clock, draw=lambda _pieces: 0.125))
    return Report(axchat.__version__, AT, {"kernel": "6.1"}, (run,), run.is_complete)


def row(text: str, title: str) -> list[str]:
    """The cells of the last row with this title."""
    return [line for line in text.splitlines() if line.startswith(f"{title}  ")][-1].split()


def untold(sample: Sample) -> Sample:
    """The same, of an engine that does not say how many tokens a text has."""
    return replace(sample, arrivals=tuple(Arrival(at_s, None) for at_s, _ in sample.arrivals))


def cells(text: str) -> list[str]:
    """The words of a row."""
    return text.split()


def test_plain_text_holds_the_figures() -> None:
    """Each figure is one row: mean, deviation, extremes, percentiles where there are enough, unit, clock."""
    text = as_text(report(answers=[25]))
    assert text.splitlines()[0] == (
        f"a model (scheduled), axchat {axchat.__version__}: 2 repetitions after 1 warm-up"
    )
    assert row(text, "load") == ["load", "8.00", *["-", "8.00", "8.00", "-", "-", "8.00", "s", "1", "axchat"]]
    assert row(text, "decode") == cells("decode 4.00 0 4.00 4.00 - - 4.00 tok/s 2 axchat")
    assert row(text, "inter-token") == cells("inter-token 0.250 0 0.250 0.250 0.250 0.250 0.250 s 48 axchat")
    assert row(text, "answer")[1:6] == ["25", "0", "25", "25", "-"]
    assert "engine TTFT" not in text
    assert "TTFT: from handing over the request" in text


def test_a_line_for_each_test_comes_first() -> None:
    """As llama-bench has it: the rate with its deviation, then what a user waits for."""
    text = as_text(report())
    assert row(text.split("\n\n")[2], "pp64") == cells("pp64 100.0 ± 0 590.0 ± 0 -")
    assert row(text.split("\n\n")[2], "tg25") == cells(
        "tg25 4.00 ± 0 10.00 ± 0 250.0 / 250.0 / 250.0 / 250.0"
    )


def test_a_request_with_both_shows_the_rate_of_its_answer() -> None:
    """Its prefill stands below, with the other figures."""
    text = as_text(report(pairs=[(64, 25)]))
    assert row(text.split("\n\n")[2], "pp64+tg25")[1] == "4.00"


def test_a_rate_without_counts_is_the_engines_own() -> None:
    """Some runners tell their rate and no counts; what nobody knows is a dash."""

    class Telling(ScriptedEngine):
        def generate(self, request: Request) -> Generator[Event, None, None]:
            for event in super().generate(request):
                is_end = isinstance(event, Finished)
                yield Finished(event.reason, timings=EngineTimings(tokens_per_s=9.9)) if is_end else event

    clock = FakeClock()
    engine = Telling([["a", "b"]], token_s=1.0, sleep=clock.sleep, clock=clock)
    engine.capabilities = Capabilities(exact_counts=False)
    run = measure(engine, Plan(all_tests(texts=["hi"]), 1, 0), Watch(clock=clock))
    shown = headline(run, replace(run.results[0], samples=tuple(map(untold, run.results[0].samples))))
    assert shown[1] == "9.90 (engine)"


def test_what_a_figure_includes_is_told_once_for_all_tests() -> None:
    """A footnote names the tests only where they differ."""
    lines = as_text(report()).splitlines()
    assert sum(line.startswith("total: ") for line in lines) == 1
    assert [line[:30] for line in lines if line.startswith("inter-token")][-1].startswith("inter-token: ")


def test_where_the_time_goes_is_a_row_for_each_test() -> None:
    """Parts that nobody can tell have no column; drawing stands beside the total."""
    text = as_text(report())
    start = text.index("where a request's time goes")
    head, pp, tg = text[start:].splitlines()[1:4]
    assert head.split() == [
        "test",
        "queue",
        "tokenise",
        "prefill",
        "decode",
        "transport",
        "rest",
        "total",
        "render",
    ]
    assert pp.split()[:4] == ["pp64", "0", "0", "0.590"]
    assert tg.split()[4] == "6.00"
    assert tg.split()[-1] == "0.125"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (1234.5, "1234"),
        (123.45, "123.5"),
        (12.345, "12.35"),
        (0.5, "0.500"),
        (0.01234, "0.0123"),
        (None, "-"),
    ],
)
def test_numbers_keep_what_matters(seconds: float | None, shown: str) -> None:
    """Three digits of a figure are seen whatever its size."""
    assert number(seconds) == shown


def test_a_prompt_of_ones_own_is_shown_shortened() -> None:
    """In one line, without what a terminal would obey."""
    text = as_text(report(texts=["first\nprompt\x1b[2J", "second " * 20], text_answer=4))
    assert "prompt 1: first prompt\n" in text
    assert "prompt 2: second second" in text
    assert "…" in text


def test_in_brief_there_is_a_line_for_each_test_and_where_its_time_goes() -> None:
    """For a chat: no table for each figure and no footnotes."""
    text = in_brief(report(prompts=[8, 5000]))
    assert row(text.split("\n\n")[1], "pp8")[1] == "100.0"
    assert row(text.split("\n\n")[2], "pp8")[0] == "pp8"
    assert "pp5000: not measured" in text
    assert len(text.splitlines()) == 10
    assert "inter-token: " not in text


def test_a_stopped_bench_says_so() -> None:
    """What was measured is shown, with a word that it is not all."""
    assert "stopped early" in as_text(report(answers=[25], requests=2)).splitlines()[0]
    nothing = as_text(report(answers=[25], requests=0))
    assert "no repetition was finished" in nothing
    assert row(nothing, "load")[1] == "8.00"


def test_what_could_not_be_measured_is_named_with_the_reason() -> None:
    """Beside the tests that could; it has no row among their figures."""
    text = as_text(report(prompts=[8, 5000]))
    [line] = [line for line in text.splitlines() if "pp5000" in line]
    assert line.startswith("pp5000: not measured: pp5000 needs 5001 tokens")
    assert row(text, "pp8")[0] == "pp8"


def test_answers_that_ended_before_their_limit_are_counted() -> None:
    """A rate over 10 tokens is not one over 128."""
    engine = ScheduledEngine(FakeClock(), length=10)
    run = measure(engine, Plan(all_tests(answers=[128]), 3, 0), Watch(clock=engine.clock))
    assert "tg128: 3 of 3 answers ended before the limit" in as_text(Report("1", AT, runs=(run,)))


def test_json_has_stable_keys_with_units_and_every_sample() -> None:
    """Programs find each figure under a key that names its unit, with clock and meaning."""
    document = json.loads(as_json(report()))
    assert (document["schema"], document["axchat_version"], document["at"]) == (2, axchat.__version__, AT)
    assert (document["is_complete"], document["host"]) == (True, {"kernel": "6.1"})
    [model] = document["models"]
    assert (model["engine"], model["model"], model["repetitions"]) == ("scheduled", "a model", 2)
    assert model["loads"] == [{"load_s": 8.0, "source": "start"}]
    pp, tg = document["results"]
    assert (pp["test"], pp["n_prompt"], tg["n_gen"], tg["n_depth"]) == ("pp64", 64, 25, 0)
    assert tg["figures"]["decode_tokens_per_s"]["summary"] == {
        "n": 2, "mean": 4.0, "sd": 0.0, "min": 4.0, "median": 4.0, "p95": 4.0, "p99": 4.0, "max": 4.0,
    }  # fmt: skip
    assert tg["figures"]["ttft_s"]["clock"] == "axchat"
    assert tg["figures"]["engine_ttft_s"]["summary"] is None
    assert tg["split"]["decode_s"] == 6.0
    assert [len(sample["arrivals"]) for sample in tg["samples"]] == [25, 25]
    assert tg["samples"][0]["finish"] == "length"
    assert pp["samples"][0]["reuse"]["cached_tokens"] > 60


def test_a_json_line_stands_for_itself() -> None:
    """One test a line, with version and host."""
    made = report()
    [run] = made.runs
    lines = [json.loads(as_json_line(made, run, result)) for result in run.results]
    assert [line["test"] for line in lines] == ["pp64", "tg25"]
    assert all(line["host"] == {"kernel": "6.1"} and line["schema"] == 2 for line in lines)


def test_csv_is_a_line_for_each_figure() -> None:
    """Read by any spreadsheet; a model's name cannot break it."""
    rows = list(csv.DictReader(io.StringIO(as_csv(report(model='a "b", c')))))
    [decode] = [r for r in rows if r["figure"] == "decode_tokens_per_s"]
    assert (decode["model"], decode["test"], decode["n_gen"], decode["mean"]) == (
        'a "b", c',
        "tg25",
        "25",
        "4.0",
    )
    assert {r["figure"] for r in rows if r["test"] == "load"} == {"load_s", "ttft_cold_s"}


def test_markdown_is_a_table_that_a_name_cannot_break() -> None:
    """A bar or a line break in a model's name stays in its cell."""
    lines = as_markdown(report(model="a|b\nc")).splitlines()
    assert len(lines) == 4
    assert lines[2].startswith("| a\\|b c | scheduled | pp64 | 100.0 ± 0 |")


def test_elsewhere_than_on_a_terminal_there_is_no_escape() -> None:
    """A pipe gets the plain text, without a control character of the model's name either."""
    stream = io.StringIO()
    made = report(model="evil\x1b[2J\x1b]0;x\x07 [red]name")
    show_report(made, stream, is_terminal=False)
    assert stream.getvalue() == as_text(made)
    assert stream.getvalue().startswith("evil [red]name (scheduled)")
    assert "\x1b" not in stream.getvalue()


def shown_on(made: Report, columns: int) -> str:
    """What a terminal of this width gets."""
    return on_terminal(
        lambda stream: show_report(made, stream, is_terminal=True, notes=["host: a board"]), columns
    )


@pytest.mark.parametrize("model", ["plain", "evil\x1b]0;x\x07 [red]name"])
def test_a_terminal_gets_tables_and_a_histogram(model: str) -> None:
    """On a terminal the figures are in drawn tables; names are neither obeyed nor read as markup."""
    shown = shown_on(report(model=model), 120)
    assert model.replace("\x1b]0;x\x07", "") in shown
    assert "\x1b]0;" not in shown
    [load] = [line for line in shown.splitlines() if line.startswith("│ load ")]
    assert load.replace("│", " ").split() == cells("load 8.00 - 8.00 8.00 - - 8.00 s 1 axchat")
    assert "tg25, inter-token: 250.0 |█" in shown
    assert "host: a board" in shown


def test_a_narrow_terminal_gets_the_means_whole() -> None:
    """At 40 columns there are fewer columns, and no figure is cut off."""
    shown = re.sub("\x1b\\[[0-9;]*m", "", shown_on(report(prompts=[64]), 40))
    assert all(len(line) <= 40 for line in shown.splitlines())
    assert "…" not in shown
    [load] = [line for line in shown.splitlines() if line.startswith("│ load ")]
    assert load.replace("│", " ").split() == ["load", "8.00", "-", "s"]


def test_a_histogram_shows_how_often_and_the_outlier_in_words() -> None:
    """Half at 10 ms, half at 20; one stall of a second counts in the last cell and is told."""
    line = drawn([0.010] * 100 + [0.020] * 99 + [1.0], BLOCKS)
    assert line == f"10.0 |█{' ' * 22}█| 20.0 ms, at most 1000.0"
    assert drawn([0.010] * 100 + [0.020] * 50) == f"10.0 |@{' ' * 22}=| 20.0 ms"


def test_progress_is_a_bar_with_what_is_left() -> None:
    """Before the first request nothing is known; after five of ten in a minute another minute is left."""
    [test] = all_tests(answers=[5])
    assert progress_line(Progress(0, 10, None)) == ""
    assert progress_line(Progress(0, 10, test, is_warm_up=True)) == f"[{'.' * 20}] 1/10 tg5 warm-up"
    half = f"[{'#' * 10}{'.' * 10}] 6/10 tg5 request, about 60 s left"
    assert progress_line(Progress(5, 10, test, elapsed_s=60.0)) == half


def test_the_cost_of_drawing_is_that_of_its_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame every 40 ms of the answer, as on a terminal, and its end: 25 of a second of tokens, not 100."""
    clock, drawn_frames = FakeClock(), []

    class SlowRows(MarkdownRows):
        def frame(self, columns: int, rows: int) -> Frame:
            clock.sleep(0.5)
            drawn_frames.append(columns)
            return super().frame(columns, rows)

    monkeypatch.setattr("axchat.ui.render_cost.MarkdownRows", SlowRows)
    assert render_s([(n / 100, "word ") for n in range(100)], clock) == 0.5 * len(drawn_frames)
    assert 20 <= len(drawn_frames) <= 25


def test_an_error_of_a_test_is_in_json() -> None:
    """With its id, as errors are elsewhere."""
    document = json.loads(as_json(report(prompts=[5000])))
    assert document["results"][0]["error"]["id"] == UsageError("").id
