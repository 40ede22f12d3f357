"""Combinations as PyCorrCPI, an independent program, counts them: the same numbers from the same momenta."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from onlinecei.analysis import analyse
from onlinecei.bench import correlations
from onlinecei.bench.cases import Case
from onlinecei.bench.pycorrcpi_peer import Correlated, pairs_of_times, pycorrcpi
from onlinecei.centroids import Layout
from onlinecei.coincidence import find, identify
from onlinecei.detector import accept
from onlinecei.errors import CEIError
from onlinecei.ions import Channel
from onlinecei.records import Batch, Hits
from onlinecei.setup import Setup

WIDE_AU = 3000.0
"""Beyond any momentum of a hit, background included: the peer counts what lies on its map."""


@pytest.mark.parametrize(("name", "sum_au"), [("O+/H+", np.inf), ("O+/H+/H+", np.inf), ("O+/H+/H+", 20.0)])
def test_both_count_the_same_combinations(water: Setup, water_batch: Batch, name: str, sum_au: float) -> None:
    pytest.importorskip("PyCorrCPI")
    ions, channel = identify(accept(water_batch, water), water), Channel.parse(name)
    sums = find(ions, channel, water).momentum_au.sum(axis=1)
    ours = int(np.sum(np.linalg.norm(sums, axis=1) <= sum_au))
    assert ours > 20
    orders = 2 if name.endswith("H+/H+") else 1  # the peer counts two H+ in both orders
    theirs = Correlated([ions], water, WIDE_AU).combinations(channel.ions, sum_au=sum_au)
    assert theirs == pytest.approx(orders * ours)


def test_both_count_the_same_pairs_of_flight_times(water: Setup, water_batch: Batch) -> None:
    pytest.importorskip("PyCorrCPI")
    layout = Layout.of(water)
    hits = _before(layout.time_end_ns, accept(water_batch, water))
    pairs = int(layout.view(analyse(water_batch, water).values, "pipico").sum())
    last = np.diff(hits.first_hit)[np.diff(hits.first_hit) > 0][-1]
    theirs = pairs_of_times([hits], 100, 2.0 * layout.time_end_ns)
    assert theirs == pytest.approx(2 * pairs - last * (last - 1))  # in both orders, and not those of the last pulse
    assert theirs > 100


def _before(end_ns: float, hits: Hits) -> Hits:
    inside = hits.t_ns < end_ns
    first = np.append(0, np.cumsum(inside))[hits.first_hit]
    columns = {name: getattr(hits, name)[inside] for name in ("x_mm", "y_mm", "t_ns")}
    return replace(hits, first_hit=first, **columns)


def test_a_row_has_a_rate_for_each(water: Setup, water_batch: Batch) -> None:
    pytest.importorskip("PyCorrCPI")
    case = Case.of("water", "a few pulses", water, [water_batch])
    row = correlations.correlation_row(case, ["O+", "H+"], 1)
    assert (row.name, row.hits) == ("water, O+/H+", water_batch.hits)
    assert min(row.stage, row.from_momenta, row.coincidences, row.covariance) > 0


def test_without_the_peer_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PyCorrCPI", None)
    with pytest.raises(CEIError, match=r"onlinecei\[bench\]"):
        pycorrcpi()
