import re
from xml.etree import ElementTree as ET

import pytest

from axchat.bench.plot_axes import HEIGHT, LEFT, RIGHT
from axchat.bench.plot_legend import legend_height
from axchat.bench.plot_panels import heat_panel, latency_panel, ttft_panel
from axchat.bench.plot_series import Answers, Waits
from axchat.bench.plot_svg import COLOURS


def answer(*gaps: list[float], rates: tuple[tuple[tuple[float, float], ...], ...] = ()) -> Answers:
    """Answers of one test with these waits in seconds."""
    numbered = tuple(tuple((float(place), gap) for place, gap in enumerate(each, 2)) for each in gaps)
    return Answers(("a", "qwen", "cpu", "tg"), numbered, rates)


def paths(svg: str, **attributes: str) -> list[str]:
    """The paths with these attributes, below the legend or in it."""
    found = ET.fromstring(f"<g>{svg}</g>").iter("path")
    named = {key.replace("_", "-"): value for key, value in attributes.items()}
    return [path.get("d", "") for path in found if named.items() <= dict(path.items()).items()]


def values(path: str, *, x_high: float, y_high: float, top: float) -> list[tuple[float, float]]:
    """The points of a line, read back with the scales of the axes, both from 0."""
    return [
        (
            (float(x) - LEFT) / (RIGHT - LEFT) * x_high,
            (top + HEIGHT - float(y)) / HEIGHT * y_high,
        )
        for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", path)
    ]


def test_the_median_is_where_the_axes_say() -> None:
    """Three answers of 10, 20 and 60 ms at the second token and 40 at the third: the line is 20 to 40."""
    panel = latency_panel([answer([0.01, 0.04], [0.02, 0.04], [0.06, 0.04])])
    [median] = paths(panel.svg, stroke=COLOURS[0], stroke_width="1.6")
    top = legend_height(1)
    found = values(median, x_high=3, y_high=60, top=top)
    assert [value for point in found for value in point] == pytest.approx([2, 20, 3, 40], abs=0.1)


def test_every_wait_is_a_dot() -> None:
    """All repetitions, as one element of so many dots."""
    panel = latency_panel([answer([0.01, 0.04], [0.02, 0.04], [0.06, 0.04])])
    [dots] = paths(panel.svg, stroke_linecap="round")
    assert dots.count("h0") == 6


def test_a_stall_does_not_press_the_others_flat() -> None:
    """One wait of 2 s among 400 of 20 ms is marked at the edge and told; the axis ends near the rest."""
    panel = latency_panel([answer([0.02] * 200 + [2.0] + [0.02] * 199)])
    assert "1 wait above, up to 2000 ms (▲)" in panel.svg
    assert len([path for path in paths(panel.svg) if path.endswith("l4 7h-8z")]) == 1
    [dots] = paths(panel.svg, stroke_linecap="round")
    assert dots.count("h0") == 399
    [median] = paths(panel.svg, stroke=COLOURS[0], stroke_width="1.6")
    assert values(median, x_high=401, y_high=30, top=legend_height(1))[0][1] == pytest.approx(20, abs=0.1)


def test_a_slow_model_is_no_stall() -> None:
    """A short answer that is slow all along stays on the axis beside a long fast one."""
    panel = latency_panel([answer([0.02] * 1000), answer([0.5] * 3)])
    assert "above, up to" not in panel.svg


def test_too_many_series_are_told() -> None:
    """21 are drawn; how many are not is said."""
    panel = latency_panel([answer([0.02] * 3)] * 25)
    assert "4 more are not drawn" in panel.svg
    assert len(paths(panel.svg, stroke_width="1.6")) == 21


def test_a_deviation_is_a_bar() -> None:
    """A mean of 1 s with a deviation of 0.5: the bar goes from 500 to 1500 ms; none without a deviation."""
    panel = ttft_panel([Waits(("a", "qwen", "cpu", ""), ((100.0, 1.0, 0.5), (200.0, 1.5, 0.0)))])
    [bar] = paths(panel.svg, stroke=COLOURS[0], stroke_width="1.2")
    match = re.match(r"M([\d.]+) ([\d.]+)V([\d.]+)", bar)
    assert match is not None
    bottom = legend_height(1) + HEIGHT
    shares = [(bottom - float(place)) / HEIGHT * 1500 for place in match.groups()[1:]]
    assert shares == pytest.approx([500, 1500], abs=1)
    assert float(match[1]) == pytest.approx(LEFT + (RIGHT - LEFT) / 2, abs=0.1)


def test_series_of_one_size_stand_side_by_side() -> None:
    """Two models' markers at one prompt size do not hide each other, whatever their times."""
    same = ((128.0, 1.0, 0.0),)
    panel = ttft_panel([Waits(("a", name, "cpu", ""), same) for name in "xy"])
    places = [re.match(r"M([\d.]+)", paths(panel.svg, fill=COLOURS[n])[-1]) for n in range(2)]
    first, second = (float(place[1]) for place in places if place)
    assert second - first == pytest.approx(5, abs=0.2)


def test_seconds_are_seconds() -> None:
    """A wait of over two seconds is not told in thousands."""
    assert "± sd, s<" in ttft_panel([Waits(("a", "q", "c", ""), ((128.0, 2.5, 0.0),))]).svg
    assert "± sd, ms<" in ttft_panel([Waits(("a", "q", "c", ""), ((128.0, 1.5, 0.0),))]).svg


def test_answers_are_apart_in_time() -> None:
    """Each answer's rates are a line of their own; the temperature has its axis and its line."""
    rates = (((10.0, 40.0), (20.0, 30.0)), ((50.0, 20.0), (60.0, 10.0)))
    panel = heat_panel([answer([0.02], rates=rates), answer([0.02])], [("a", [(0.0, 50.0), (80.0, 70.0)])])
    first, second = paths(panel.svg, stroke=COLOURS[0], stroke_width="1.6")
    top = legend_height(2)
    found = values(first, x_high=80, y_high=40, top=top) + values(second, x_high=80, y_high=40, top=top)
    expected = [10, 40, 20, 30, 50, 20, 60, 10]
    assert [value for point in found for value in point] == pytest.approx(expected, abs=0.1)
    [_, warm] = paths(panel.svg, stroke_width="1.4")  # the first is the legend's
    assert warm == f"M{LEFT:.0f} {top + HEIGHT:.0f}L{RIGHT:.0f} {top:.0f}"


def test_temperature_alone_is_drawn() -> None:
    """Of answers too short for a rate the heat is still shown."""
    assert "temperature, °C" in heat_panel([answer([0.02])], [("a", [(0.0, 50.0)])]).svg
