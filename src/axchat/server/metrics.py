"""The holder's counts for Prometheus."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from axchat import __version__
from axchat.axcl.smi import Card
from axchat.server.status import State, Status
from axchat.server.tally import Buckets, Tally

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(status: Status, tally: Tally, card: Card | None) -> bytes:
    """The text that Prometheus reads.

    Args:
        status: of now.
        tally: the counts.
        card: what axcl-smi said of the card; None where it is not known.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Now(lambda: [*_of_status(status), *_of_tally(tally), *_of_card(status, card)]))
    return generate_latest(registry)


class _Now(Collector):
    def __init__(self, collect: Callable[[], list[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> list[Metric]:
        """See ``Collector``."""
        return self._collect()


def _of_status(status: Status) -> Iterator[Metric]:
    info = InfoMetricFamily("axchat", "The holder")
    info.add_metric([], {"version": __version__})
    yield info
    states = GaugeMetricFamily("axchat_state", "1 for the state the holder is in", labels=["state"])
    for state in State:
        states.add_metric([state.value], float(state is status.state))
    yield states
    yield GaugeMetricFamily("axchat_queue_length", "Requests that wait for the card", status.queue)
    yield GaugeMetricFamily("axchat_busy", "1 while a request is being served", float(status.is_busy))
    if status.spec is not None:
        model = GaugeMetricFamily(
            "axchat_model_loaded", "1 when loaded, 0 while loading", labels=["model", "engine"]
        )
        model.add_metric([status.spec.name, status.spec.engine], float(status.since is not None))
        yield model
    if status.load_percent is not None:
        yield GaugeMetricFamily("axchat_load_ratio", "How far the load is, 0 to 1", status.load_percent / 100)


def _of_tally(tally: Tally) -> Iterator[Metric]:
    with tally.lock:
        yield _histogram(
            "axchat_ttft_seconds", "From the start of the generation to the first text", tally.ttft
        )
        yield _histogram("axchat_inter_token_seconds", "From each piece of text to the next", tally.gaps)
        yield _histogram("axchat_queue_wait_seconds", "From a request to its generation", tally.queued)
        yield _histogram("axchat_load_seconds", "What loads took", tally.loads)
        answers = CounterMetricFamily("axchat_answers", "Answers that ended, by reason", labels=["reason"])
        for reason, count in tally.finished.items():
            answers.add_metric([reason], count)
        yield answers
        errors = CounterMetricFamily(
            "axchat_errors", "Requests that failed, by the error's id", labels=["id"]
        )
        for error, count in tally.errors.items():
            errors.add_metric([error], count)
        yield errors
        tokens = CounterMetricFamily(
            "axchat_tokens", "Tokens, where the engine counts them exactly", labels=["kind"]
        )
        tokens.add_metric(["prompt"], tally.prompt_tokens)
        tokens.add_metric(["prompt_cached"], tally.cached_tokens)
        tokens.add_metric(["completion"], tally.completion_tokens)
        yield tokens


def _histogram(name: str, what: str, buckets: Buckets) -> Metric:
    return HistogramMetricFamily(name, what, buckets=buckets.cumulative(), sum_value=buckets.total)


def _of_card(status: Status, card: Card | None) -> Iterator[Metric]:
    if status.remaining_cmm_mib is not None:
        yield GaugeMetricFamily(
            "axchat_card_cmm_free_after_load_bytes",
            "Card memory that the runner told to be left when it had loaded",
            status.remaining_cmm_mib * 2.0**20,
        )
    if card is None:
        return
    if card.temperature_c is not None:
        yield GaugeMetricFamily("axchat_card_temperature_celsius", "By axcl-smi", card.temperature_c)
    if card.cmm_used_mib is not None:
        yield GaugeMetricFamily("axchat_card_cmm_used_bytes", "By axcl-smi", card.cmm_used_mib * 2.0**20)
    if card.cmm_total_mib is not None:
        yield GaugeMetricFamily("axchat_card_cmm_total_bytes", "By axcl-smi", card.cmm_total_mib * 2.0**20)
    if card.npu_percent is not None:
        yield GaugeMetricFamily("axchat_card_npu_ratio", "By axcl-smi", card.npu_percent / 100)
