"""The figures of a line for Prometheus: what it counts, how late it is, and how it does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    StateSetMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from onlinecei import __version__
from onlinecei.centroids import Layout
from onlinecei.records import Condition, Facts, Snapshot, condition, incomplete
from onlinecei.records.facts import LATENCY_BOUNDS_S
from onlinecei.records.left_out import in_the_result
from onlinecei.stream.revisions import parsed


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What is known of a line at one moment."""

    snapshot: Snapshot | None
    facts: Facts
    silent_s: float
    """Since it was heard last."""

    @property
    def word(self) -> Condition:
        """How it does; one that was never heard is as good as one that is silent."""
        if self.snapshot is None:
            return Condition.STALE
        return condition(self.facts, finished=self.snapshot.state.finished, silent_s=self.silent_s)


class Figures(Collector):
    """Turns the newest `Seen` into metrics when it is asked, which costs the line nothing."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        """Replaced by whoever listens to the line."""

    def collect(self) -> Iterator[Metric]:
        """Give all metrics."""
        seen = self.seen  # the same moment for all of them
        yield from _of_facts(seen.facts)
        word = {str(each): each is seen.word for each in Condition}
        yield StateSetMetricFamily("onlinecei_condition", "One word for how the line does.", word)
        yield GaugeMetricFamily("onlinecei_silent_seconds", "Since the line was heard last.", seen.silent_s)
        if seen.snapshot is not None:
            yield from _of_state(seen.snapshot)


def _of_facts(facts: Facts) -> Iterator[Metric]:
    received = {"trains": facts.trains_received, "pulses": facts.pulses_received, "hits": facts.hits_received}
    yield _counter("received", "What the source gave; hits may be edges.", "what", received)
    yield _left_out("trains_left_out", "Trains that are not in the result.", facts)
    lacking = incomplete({}, facts)
    yield _counter("trains_incomplete", "Trains that lack something and are in the result.", "reason", lacking)
    yield _counter("messages_rejected", "Messages against the protocol.", "process", facts.messages_rejected)
    yield _counter("restarts", "Restarts of processes.", "process", facts.restarts)
    yield _gauge("queue", "What waits.", "queue", facts.queues)
    yield _counter("trains_recorded", "Trains written to run files.", "", {"": facts.trains_recorded})
    yield _gauge("degraded_reasons", "Things that are wrong now.", "", {"": len(facts.degraded)})
    latency = {"0.5": facts.latency_p50_s, "0.99": facts.latency_p99_s}
    known = {quantile: value for quantile, value in latency.items() if value is not None}
    yield _gauge("latency_seconds", "From the arrival of a train to the version that holds it.", "quantile", known)
    yield from _batch_latency(facts.latency_counts)
    if facts.idle_s is not None:
        yield _gauge("idle_seconds", "Since the newest train came in.", "", {"": facts.idle_s})


def _batch_latency(counts: Sequence[int]) -> Iterator[Metric]:
    if counts:
        bounds = [*map(str, LATENCY_BOUNDS_S), "+Inf"]
        buckets = [*zip(bounds, accumulate(counts), strict=False)]  # another version may have others
        words = "From the arrival of a batch to the version that holds it."
        yield HistogramMetricFamily("onlinecei_batch_latency_seconds", words, buckets=buckets, sum_value=None)


def _of_state(snapshot: Snapshot) -> Iterator[Metric]:
    state, setup = snapshot.state, parsed(snapshot.setup_text)
    layout = Layout.of(setup)
    counters = layout.counters(state.total.values)
    lost = {name: count for name, count in counters.items() if name not in {"pulses", "hits"} and " " not in name}
    used = {"trains": state.total.train_count, "pulses": counters["pulses"], "hits": counters["hits"]}
    yield _gauge("analysed", "What is in the sums; a revision of the setup begins anew.", "what", used)
    yield _gauge("left_out", "Hits, ions and pulses that the setup leaves out.", "reason", lost)
    yield _gauge("trains_rejected", "Trains that are not in the sums, by reason.", "reason", state.left_out)
    yield _gauge("trains_expected", "Trains that the source announced.", "", {"": state.trains_expected})
    yield _gauge("state_version", "Number of the newest version.", "", {"": state.version})
    yield _gauge("reconstructed_version", "Version of its geometries.", "", {"": snapshot.reconstructed_version})
    events = {each.name: int(layout.view(state.total.values, f"{each.name}:events").sum()) for each in setup.channels}
    yield _gauge("events", "Coincidences of a channel, at all delays.", "channel", events)
    yield _gauge("simulated", "Whether the trains come from a simulation.", "", {"": state.total.simulated})
    run = {"run": snapshot.run, "setup": setup.hash, "version": __version__}
    yield InfoMetricFamily("onlinecei_line", "What the line reads, and with what.", run)


def _counter(name: str, words: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(f"onlinecei_{name}", words, labels=_labels(label))
    return _filled(family, label, values)


def _gauge(name: str, words: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"onlinecei_{name}", words, labels=_labels(label))
    return _filled(family, label, values)


def _labels(label: str) -> Sequence[str]:
    return (label,) if label else ()


def _filled(family: CounterMetricFamily | GaugeMetricFamily, label: str, values: Mapping[str, float]) -> Metric:
    for name, value in values.items():
        family.add_metric((name,) if label else (), value)
    return family


def _left_out(name: str, words: str, facts: Facts) -> Metric:
    family = CounterMetricFamily(f"onlinecei_{name}", words, labels=("kind", "reason"))
    kinds = {"dropped": facts.dropped, "quarantined": facts.quarantined, "missing": facts.missing}
    for kind, counts in kinds.items():
        for reason, count in counts.items():
            if not in_the_result(reason):
                family.add_metric((kind, reason), count)
    return family
