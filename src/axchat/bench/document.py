"""A report as values that JSON holds; pure. Its keys name their units and stay as they are."""

import dataclasses

from axchat.bench.figures import Figure, figures, load_figures, slowed
from axchat.bench.plan import BenchTest
from axchat.bench.report import ModelRun, Report, Result, Sample
from axchat.bench.split import split

SCHEMA = 2
"""Raised when a reader of the last one would misunderstand."""


def as_document(report: Report) -> dict[str, object]:
    """The whole report."""
    return {
        "schema": SCHEMA,
        "axchat_version": report.axchat_version,
        "at": report.at,
        "is_complete": report.is_complete,
        "host": report.host,
        "models": [_model(run) for run in report.runs],
        "results": [as_row(run, result) for run in report.runs for result in run.results],
    }


def _model(run: ModelRun) -> dict[str, object]:
    return {
        "model": run.model,
        "engine": run.engine,
        "is_complete": run.is_complete,
        "error": None if run.error is None else run.error.as_dict(),
        "repetitions": run.plan.repetitions,
        "warm_ups": run.plan.warm_ups,
        "delay_s": run.plan.delay_s,
        "sampling": run.plan.sampling.chosen(),
        "loads_per_request": run.loads_per_request,
        "loads": [{"load_s": load.seconds, "source": load.source.value} for load in run.loads],
        "ttft_cold_s": run.ttft_cold_s,
        "figures": {figure.key: _figure(figure) for figure in load_figures(run)},
        "heat": [list(reading) for reading in run.heat],
    }


def as_row(run: ModelRun, result: Result) -> dict[str, object]:
    """One test of one model."""
    test, parts = result.test, split(result.samples)
    return {
        "model": run.model,
        "engine": run.engine,
        **_test(test),
        "error": None if result.error is None else result.error.as_dict(),
        "figures": {figure.key: _figure(figure) for figure in figures(run, result)},
        "throttling": slowed(run, result),
        "split": None if parts is None else dataclasses.asdict(parts),
        "samples": [_sample(sample) for sample in result.samples],
    }


def _test(test: BenchTest) -> dict[str, object]:
    said = {"text": test.text} if test.text is not None else {}
    return {
        "test": test.name,
        "n_prompt": test.n_prompt,
        "n_gen": test.n_gen,
        "n_depth": test.n_depth,
        **said,
    }


def _figure(figure: Figure) -> dict[str, object]:
    summary = figure.summary
    return {
        "title": figure.title,
        "unit": figure.unit,
        "clock": figure.clock,
        "includes": figure.includes,
        "better": figure.better,
        "summary": None if summary is None else dataclasses.asdict(summary),
    }


def _sample(sample: Sample) -> dict[str, object]:
    reuse = None if sample.reuse is None else dataclasses.asdict(sample.reuse)
    return {
        "repetition": sample.repetition,
        "at_s": sample.at_s,
        "finish": sample.finish,
        "ttft_s": sample.ttft_s,
        "total_s": sample.total_s,
        "load_s": None if sample.load is None else sample.load.seconds,
        "prompt_tokens": sample.prompt_tokens,
        "cached_tokens": sample.usage.cached_tokens,
        "completion_tokens": sample.usage.completion_tokens,
        "reuse": reuse,
        "render_s": sample.render_s,
        "timings": dataclasses.asdict(sample.timings),
        "arrivals": [[arrival.at_s, arrival.tokens] for arrival in sample.arrivals],
    }
