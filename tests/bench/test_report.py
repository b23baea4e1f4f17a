import pytest

from axchat.bench.measure import measure
from axchat.bench.plan import Plan
from axchat.bench.report import Report, figures, load_figure
from axchat.engines.base import Capabilities
from axchat.engines.scripted import CAPABILITIES, ScriptedEngine
from support.clock import FakeClock


def report(*, stays_loaded: bool = True) -> Report:
    """Two prompts, two repetitions, on a schedule."""
    clock = FakeClock()
    engine = ScriptedEngine(
        [["a"] * 3, ["a"] * 5],
        load_s=8.0,
        first_token_s=2.0,
        token_s=0.5,
        capabilities=Capabilities(sampling=CAPABILITIES.sampling, stays_loaded=stays_loaded),
        sleep=clock.sleep,
        clock=clock,
    )
    return measure(engine, Plan(("a", "b"), repetitions=2, warm_ups=0), clock=clock)


def test_figures_are_summed_up_per_prompt() -> None:
    """Means and deviations are over the repetitions of one prompt."""
    shown = {figure.key: figure.summary for figure in figures(report(), 1)}
    total, rate = shown["total_s"], shown["decode_tokens_per_s"]
    assert total is not None
    assert rate is not None
    assert (total.n, total.min, total.mean, total.max, total.sd) == (2, 3.0, 3.5, 4.0, 0.5**0.5)
    assert (rate.mean, rate.sd) == (2.0, 0.0)
    assert shown["engine_prefill_s"] is None


@pytest.mark.parametrize("stays_loaded", [True, False])
def test_every_figure_says_whose_clock_it_is_and_what_it_includes(stays_loaded: bool) -> None:
    """The load is named in the time to first text exactly when it is in it."""
    made = report(stays_loaded=stays_loaded)
    shown = [load_figure(made), *figures(made, 0)]
    assert {figure.clock for figure in shown} == {"axchat", "engine"}
    assert all(figure.includes for figure in shown)
    [ttft] = [figure for figure in shown if figure.key == "ttft_s"]
    assert ("loading the model" in ttft.includes) != stays_loaded


def test_the_load_is_one_of_the_start_or_one_per_request() -> None:
    """Its clock is axchat's around the start, the engine's where it loads in every request."""
    once, each = load_figure(report()), load_figure(report(stays_loaded=False))
    assert once.summary is not None
    assert each.summary is not None
    assert (once.summary.n, once.clock, once.summary.mean) == (1, "axchat", 8.0)
    assert (each.summary.n, each.clock, each.summary.mean) == (4, "engine", 8.0)
