"""How late versions are, and what is made of the counts."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from onlinecei.records.facts import LATENCY_BOUNDS_S
from onlinecei.stream.latency import LATENCIES, Latency, quantile
from onlinecei.stream.wire import Kind, Message


def arrived(at_s: float) -> Message:
    return Message(kind=Kind.DELTA, info={"arrived": at_s})


def test_a_batch_is_late_from_its_arrival_to_the_version_that_holds_it() -> None:
    latency = Latency()
    assert latency.percentiles == (None, None)
    assert sum(latency.counts) == 0
    latency.applied(Message(kind=Kind.DELTA))
    for at_s in (1.0, 1.02, 1.02):
        latency.applied(arrived(at_s))
    assert sum(latency.counts) == 0, "it is in no version yet"
    latency.published(1.045)
    latency.published(9.0)
    assert latency.percentiles == pytest.approx((0.025, 0.045), abs=5e-4)
    assert {bound: count for bound, count in zip(LATENCY_BOUNDS_S, latency.counts, strict=False) if count} == {
        0.03: 2,
        0.05: 1,
    }


def test_what_trains_waited_in_their_source_is_in_what_the_line_says(make_line: Callable[..., Any]) -> None:
    for waited_s in (0.0, 4.0):
        line = make_line()
        line.source.waited_s = waited_s
        line.start()
        line.finish()
        facts = line.reducer.facts()
        assert waited_s <= facts.latency_p50_s <= facts.latency_p99_s < waited_s + 1.0


def test_all_batches_are_counted_and_the_last_thousand_remembered() -> None:
    latency = Latency()
    for at_s in (0.0, *[9.93] * LATENCIES):
        latency.applied(arrived(at_s))
    latency.published(10.0)
    assert latency.percentiles == pytest.approx((0.07, 0.07))
    assert (sum(latency.counts), latency.counts[-1]) == (LATENCIES + 1, 1)


def test_quantiles_of_counts_are_near_those_of_the_latencies() -> None:
    late = np.random.default_rng(3).gamma(4.0, 0.01, 20_000)
    latency = Latency()
    for each in late:
        latency.applied(arrived(1.0 - each))
    latency.published(1.0)
    for share in (0.1, 0.5, 0.9, 0.99):
        assert quantile(latency.counts, share) == pytest.approx(np.quantile(late, share), abs=0.002)
    assert quantile([0] * len(LATENCY_BOUNDS_S) + [1], 0.5) == np.inf
    assert np.isnan(quantile([0, 0], 0.5))
    assert np.isnan(quantile((), 0.5))
