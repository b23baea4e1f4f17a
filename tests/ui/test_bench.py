import contextlib
import io
import json
import os
import pty
import re
import termios
import threading

import pytest

import axchat
from axchat.bench.measure import measure
from axchat.bench.plan import Plan
from axchat.bench.report import Report
from axchat.engines.base import Capabilities
from axchat.engines.scripted import CAPABILITIES, ScriptedEngine
from axchat.ui.bench import as_json, as_text, show_report
from support.clock import FakeClock


def report(*prompts: str, model: str = "a model", exact: bool = True, requests: int = 99) -> Report:
    """Two repetitions of each prompt on a schedule; interrupted after so many requests."""
    clock = FakeClock()

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if len(engine.requests) > requests:
            raise KeyboardInterrupt

    engine = ScriptedEngine(
        [["a"] * 3],
        model=model,
        load_s=8.0,
        first_token_s=0.125,
        token_s=0.25,
        capabilities=Capabilities(sampling=CAPABILITIES.sampling, exact_counts=exact),
        sleep=sleep,
        clock=clock,
    )
    return measure(engine, Plan(prompts or ("ask",), repetitions=2, warm_ups=0), clock=clock)


def row(text: str, title: str) -> list[str]:
    """The cells of the row with this title."""
    [line] = [line for line in text.splitlines() if line.startswith(f"{title}  ")]
    return line.split()


def test_plain_text_holds_the_figures() -> None:
    """Each figure is one row: mean, deviation, extremes, unit, count, clock."""
    text = as_text(report())
    assert text.splitlines()[0] == (
        f"a model (scripted), axchat {axchat.__version__}: 2 repetitions after 0 warm-ups"
    )
    assert row(text, "load") == ["load", "8.00", "-", "8.00", "8.00", "8.00", "s", "1", "axchat"]
    assert row(text, "decode") == [
        "decode",
        "4.00",
        "0",
        "4.00",
        "4.00",
        "4.00",
        "tok/s",
        "2",
        "axchat",
    ]
    assert row(text, "first text")[2:5] == ["0.125", "0", "0.125"]
    assert row(text, "answer")[1:6] == ["3", "0", "3", "3", "3"]
    assert "engine prefill" not in text
    assert "first text: from handing over the request" in text


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(1234.5, "1234"), (123.45, "123.5"), (12.345, "12.35"), (0.5, "0.500"), (0.01234, "0.0123")],
)
def test_numbers_keep_what_matters(seconds: float, shown: str) -> None:
    """Three digits of a figure are seen whatever its size."""
    clock = FakeClock()
    engine = ScriptedEngine([["a"]], first_token_s=seconds, sleep=clock.sleep)
    text = as_text(measure(engine, Plan(repetitions=1, warm_ups=0), clock=clock))
    assert row(text, "total")[1] == shown


def test_plain_text_columns_are_aligned() -> None:
    """The unit begins at the same column in every row, and no line ends in blanks."""
    lines = as_text(report()).splitlines()
    rows = lines[2 : lines.index("", 2)]
    start = rows[0].index("unit")
    assert all(line[start - 1] == " " and line[start] != " " for line in rows)
    assert not any(line.endswith(" ") for line in lines)


def test_several_prompts_are_several_tables() -> None:
    """Each prompt has its heading; the load stands once."""
    text = as_text(report("first\nprompt", "second " * 20))
    assert "prompt 1: first prompt" in text
    assert "prompt 2: second second" in text
    assert "…" in text
    assert sum(line.startswith("load  ") for line in text.splitlines()) == 1


def test_a_stopped_bench_says_so() -> None:
    """What was measured is shown, with a word that it is not all."""
    assert "stopped early" in as_text(report(requests=1)).splitlines()[0]
    nothing = as_text(report(requests=0))
    assert "no repetition was finished" in nothing
    assert row(nothing, "load")[1] == "8.00"


def test_a_rate_that_is_not_known_is_explained() -> None:
    """Without exact counts the row is missing and a line says why."""
    text = as_text(report(exact=False))
    assert "decode: unknown; it needs exact token counts" in text
    assert not any(line.startswith("decode  ") for line in text.splitlines())


def test_json_has_stable_keys_with_units_and_every_sample() -> None:
    """Programs find each figure under a key that names its unit, with clock and meaning."""
    document = json.loads(as_json(report("one", "two")))
    assert (document["engine"], document["model"], document["repetitions"]) == ("scripted", "a model", 2)
    assert document["axchat_version"] == axchat.__version__
    assert document["is_complete"] is True
    assert document["loads"] == [{"load_s": 8.0, "source": "start"}]
    first = document["prompts"][0]
    assert first["text"] == "one"
    assert first["figures"]["decode_tokens_per_s"]["summary"] == {
        "n": 2, "mean": 4.0, "sd": 0.0, "min": 4.0, "median": 4.0, "max": 4.0,
    }  # fmt: skip
    assert first["figures"]["ttft_s"]["clock"] == "axchat"
    assert first["figures"]["engine_prefill_s"]["summary"] is None
    assert first["samples"] == [
        {
            "repetition": number,
            "finish": "stop",
            "ttft_s": 0.125,
            "total_s": 0.625,
            "decode_tokens_per_s": 4.0,
            "prompt_tokens": 1,
            "completion_tokens": 3,
            "engine_ttft_s": 0.125,
            "engine_prefill_s": None,
            "engine_tokens_per_s": 4.0,
            "engine_rate_includes_prompt": False,
            "load_s": None,
        }
        for number in (0, 1)
    ]


def test_elsewhere_than_on_a_terminal_there_is_no_escape() -> None:
    """A pipe gets the plain text, without a control character of the model's name either."""
    stream = io.StringIO()
    made = report(model="evil\x1b[2J\x1b]0;x\x07 [red]name")
    show_report(made, stream, is_terminal=False)
    assert stream.getvalue() == as_text(made)
    assert stream.getvalue().startswith("evil [red]name (scripted)")
    assert "\x1b" not in stream.getvalue()


def drawn(made: Report, columns: int) -> str:
    """What a terminal of this width gets."""
    main, other = pty.openpty()
    termios.tcsetwinsize(other, (50, columns))
    data = bytearray()

    def read() -> None:
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while piece := os.read(main, 65536):
                data.extend(piece)

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(other, "w") as stream:
        show_report(made, stream, is_terminal=True)
    reader.join()
    os.close(main)
    return data.decode()


@pytest.mark.parametrize("model", ["plain", "evil\x1b]0;x\x07 [red]name"])
def test_a_terminal_gets_a_table(model: str) -> None:
    """On a terminal the figures are in a drawn table; names are neither obeyed nor read as markup."""
    shown = drawn(report(model=model), 80)
    assert model.replace("\x1b]0;x\x07", "") in shown
    assert "\x1b]0;" not in shown
    [load] = [line for line in shown.splitlines() if line.startswith("│ load ")]
    assert load.replace("│", " ").split() == ["load", "8.00", "-", "8.00", "8.00", "8.00", "s", "1", "axchat"]


def test_a_narrow_terminal_gets_the_means_whole() -> None:
    """At 40 columns there are fewer columns, and no figure is cut off."""
    shown = re.sub("\x1b\\[[0-9;]*m", "", drawn(report(), 40))
    assert all(len(line) <= 40 for line in shown.splitlines())
    assert "…" not in shown
    [load] = [line for line in shown.splitlines() if line.startswith("│ load ")]
    assert load.replace("│", " ").split() == ["load", "8.00", "-", "s"]
