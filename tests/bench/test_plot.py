import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from axchat.bench.plot import plot
from support.saved_reports import any_report, report, result, sample

SVG = "{http://www.w3.org/2000/svg}"
PANELS = ("Inter-token latency over the answer", "TTFT by prompt size", "Rate and temperature over time")


def texts(svg: str) -> list[str]:
    """Every line of text in a picture."""
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def bench(*, gaps: Sequence[float] = (0.02,) * 40, heat: Sequence[Any] = (), **more: Any) -> dict[str, Any]:
    """A report of one model: an answer, and a prompt of 64 tokens."""
    answer = result("tg128", [sample(n, 0.5, gaps, at_s=10 * n) for n in range(3)], **more)
    prompt = result("pp64", [sample(0, 0.25, [])], n_prompt=64, n_gen=1, **more)
    return report(answer, prompt, models=[{"model": "qwen", "engine": "session", "heat": list(heat)}])


@given(st.lists(st.tuples(st.text(st.characters(), max_size=9), any_report()), max_size=3))
def test_any_report_is_a_picture(reports: list[tuple[str, dict[str, Any]]]) -> None:
    """Valid XML that can be written as UTF-8 comes out, without a number that is none."""
    svg = plot(reports)
    root = ET.fromstring(svg.encode())
    assert root.tag == f"{SVG}svg"
    numbers = [value for element in root.iter() for name, value in element.items() if name in {"d", "x", "y"}]
    assert not re.search("nan|inf", " ".join(numbers))


def test_each_panel_is_there_when_it_has_something() -> None:
    """Temperature needs readings; an answer of which no token is timed has no latency."""
    told = {what: [title for title in PANELS if title in texts(plot([("a", bench(**what_is))]))]
            for what, what_is in {"hot": {"heat": [[0, 50, 800], [30, 60, None]]}, "cool": {},
                                  "short": {"gaps": []}}.items()}  # fmt: skip
    assert told == {"hot": list(PANELS), "cool": list(PANELS[:2]), "short": [PANELS[1]]}


def test_an_unknown_temperature_is_no_panel() -> None:
    """Readings without degrees have nothing to show."""
    assert PANELS[2] not in texts(plot([("a", bench(heat=[[0, None, 800]]))]))


def test_nothing_to_draw_is_said() -> None:
    """An empty report, or none, is a picture that says so."""
    for reports in ([], [("a", report())]):
        assert any(line.startswith("There is nothing to draw") for line in texts(plot(reports)))


def test_a_report_is_told_with_its_version() -> None:
    """Under the title: each report's name, version and time, and whether it was stopped."""
    svg = plot([("a", bench()), ("a", {**bench(), "is_complete": False})])
    assert texts(svg)[:3] == [
        "axchat bench: a, a (2)",
        "a: axchat 1.0, 2026-11-28T22:00:00Z",
        "a (2): axchat 1.0, 2026-11-28T22:00:00Z, stopped early",
    ]
    names = [plot([(name, bench()) for name in ("a", "a (2)", "a")])]
    assert texts(names[0])[0] == "axchat bench: a, a (2), a (3)"
    many = texts(plot([(str(number), bench()) for number in range(12)]))
    assert "and 4 more" in many


def test_axes_have_units() -> None:
    """Every axis of the three panels says what it is and in which unit."""
    shown = texts(plot([("a", bench(heat=[[0, 50, 800]]))]))
    for title in (
        "token of the answer",
        "time since the token before, ms",
        "tokens of the prompt",
        "time to the first token ± sd, ms",
        "time since the bench began, s",
        "rate, tokens/s",
        "temperature, °C",
    ):
        assert title in shown


def test_names_are_not_markup() -> None:
    """A model's name is text whatever it holds, and nothing unseen of it is kept."""
    evil = '</text><script>x</script>&"\x00\x1b[31m\ud800\u202e'
    svg = plot([(evil, bench(model=evil)), ("b", bench())])
    assert [element.tag for element in ET.fromstring(svg).iter(f"{SVG}script")] == []
    assert any(text.startswith('</text><script>x</script>&" [31m : axchat') for text in texts(svg))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", svg)


def test_the_paper_is_its_own() -> None:
    """The first thing drawn is a light sheet as large as the picture: a dark viewer shows the same."""
    root = ET.fromstring(plot([("a", bench())]))
    sheet = next(element for element in root if element.tag != f"{SVG}title")
    assert (sheet.tag, sheet.get("fill")) == (f"{SVG}rect", "#ffffff")
    assert (sheet.get("width"), sheet.get("height")) == (root.get("width"), root.get("height"))


def test_nothing_is_drawn_outside() -> None:
    """Every panel ends where the next begins, and the picture below the last."""
    root = ET.fromstring(plot([("a", bench(heat=[[0, 50, 800]]))]))
    heights = [float(group.get("transform", "").split()[1].strip(")")) for group in root.iter(f"{SVG}g")]
    assert heights == sorted(heights)
    assert float(root.get("height", "0")) - heights[-1] > 300


def test_a_large_bench_is_a_small_picture() -> None:
    """Five models of four answers of 1000 tokens stay below 300 kB."""
    gaps = [0.02 + 0.00001 * (number * 7919 % 1000) for number in range(999)]
    heat = [[second, 50 + second % 7, 800] for second in range(2000)]
    reports = [
        (str(number), report(
            result("tg1000", [sample(n, 0.5, gaps, at_s=n * 40) for n in range(4)], model=f"m{number}"),
            models=[{"model": "m", "engine": "session", "heat": heat}],
        )) for number in range(5)
    ]  # fmt: skip
    assert 50_000 < len(plot(reports).encode()) < 300_000
