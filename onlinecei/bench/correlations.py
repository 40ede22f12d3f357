"""Our stage beside PyCorrCPI: two and three ions, the same hits, one thread, the same run."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from onlinecei.bench.cases import Case, analyse_messages
from onlinecei.bench.pycorrcpi_peer import Correlated, pairs_of_times
from onlinecei.bench.timing import timed
from onlinecei.centroids import Layout, accumulate
from onlinecei.centroids.layout import searched
from onlinecei.coincidence import find_all, identify
from onlinecei.detector import accept
from onlinecei.records import Batch, Hits, Ions
from onlinecei.setup import ChannelSection, Setup

HITS = 300_000
"""Enough for a rate; the peer takes a second for them, and does them PEER_TURNS times."""
PEER_TURNS = 3
REACH_AU = 100.0
"""Half-width of the peer's maps."""

_Prepared = Sequence[tuple[Batch, Hits, Ions]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelationRow:
    """One channel; all speeds in hits of the run per second of processor time."""

    name: str
    hits: int
    stage: float
    """From wire bytes to the merged Delta, with all spectra, images and maps."""
    from_momenta: float
    """From the momenta to the same."""
    coincidences: float
    """The peer, from the momenta to one map of coincidences."""
    covariance: float
    """The peer, from the momenta to one map with its covariance, false coincidences from shifted pulses."""


def correlation_row(case: Case, ions: Sequence[str], repeats: int, sum_au: float | None = None) -> CorrelationRow:
    """Measure one channel of two or three ions; the peer gets our momenta, so that it need not calibrate.

    Both leave out combinations whose momentum sum is beyond `sum_au`, if there is one.

    Raises
    ------
    CEIError
        PyCorrCPI is not installed.
    """
    section = _section(case.setup, ions, sum_au)
    part = _part(case.with_channels([section]))
    prepared = [_prepared(batch, part.setup) for batch in part.batches]
    peer = Correlated([ions for _, _, ions in prepared], part.setup, REACH_AU)
    limit = math.inf if sum_au is None else sum_au
    clock = partial(timed, clock=time.thread_time)
    seconds = {
        "stage": clock(lambda: analyse_messages(part.messages, part.setup), repeats),
        "from_momenta": clock(lambda: _from_momenta(prepared, part.setup), repeats),
        "coincidences": clock(lambda: peer.combinations(section.channel.ions, sum_au=limit), PEER_TURNS),
        "covariance": clock(lambda: peer.combinations(section.channel.ions, sum_au=limit, covariance=True), PEER_TURNS),
    }
    rates = {name: part.hits / best for name, (best, _) in seconds.items()}
    return CorrelationRow(name=f"{case.name}, {section.channel}", hits=part.hits, **rates)


def pairs_row(case: Case, repeats: int) -> CorrelationRow:
    """Measure all pairs of hits, whatever ions they are: PIPICO. The peer gives coincidences and covariance at once."""
    part = _part(case.with_channels([]))
    prepared = [_prepared(batch, part.setup) for batch in part.batches]
    return _row(f"{case.name}, all pairs", part, prepared, lambda: _pairs(prepared, part.setup), repeats)


def everything_row(case: Case, repeats: int) -> CorrelationRow:
    """Measure all channels and all pairs together: what the stage makes of a batch, beside the same maps of the peer.

    The peer makes its maps one by one, each with its covariance.
    """
    part = _part(case)
    prepared = [_prepared(batch, part.setup) for batch in part.batches]
    peer = Correlated([ions for _, _, ions in prepared], part.setup, REACH_AU)

    def maps() -> None:
        for section in part.setup.channels:
            peer.maps(section.channel.ions, sum_au=section.sum_gate_au or math.inf)
        _pairs(prepared, part.setup)

    return _row(f"{case.name}, everything", part, prepared, maps, repeats)


def _row(name: str, part: Case, prepared: _Prepared, peer: Callable[[], object], repeats: int) -> CorrelationRow:
    """Rates of the stage and of a peer that gives coincidences and covariance at once."""
    clock = partial(timed, clock=time.thread_time)
    ours, _ = clock(lambda: analyse_messages(part.messages, part.setup), repeats)
    inner, _ = clock(lambda: _from_momenta(prepared, part.setup), repeats)
    theirs, _ = clock(peer, PEER_TURNS)
    return CorrelationRow(
        name=name, hits=part.hits, stage=part.hits / ours, from_momenta=part.hits / inner,
        coincidences=part.hits / theirs, covariance=part.hits / theirs,
    )  # fmt: skip


def _pairs(prepared: _Prepared, setup: Setup) -> float:
    return pairs_of_times([hits for _, hits, _ in prepared], setup.histograms.pipico_bins, Layout.of(setup).time_end_ns)


def _section(setup: Setup, ions: Sequence[str], sum_au: float | None) -> ChannelSection:
    section = ChannelSection(ions=tuple(ions))
    key = "momentum_sum_au" if setup.complete(section) else "missing_momentum_au"
    return ChannelSection.model_validate({"ions": tuple(ions), key: sum_au, "map_max_au": REACH_AU})


def _part(case: Case) -> Case:
    number, hits = 0, 0
    while hits < HITS and number < len(case.batches):
        hits += case.batches[number].hits
        number += 1
    return Case.of(case.name, case.note, case.setup, case.batches[:number])


def _prepared(batch: Batch, setup: Setup) -> tuple[Batch, Hits, Ions]:
    hits = accept(batch, setup)
    return batch, hits, identify(hits, setup)


def _from_momenta(prepared: _Prepared, setup: Setup) -> None:
    wanted = [(section.channel, *searched(section)) for section in setup.channels]
    for batch, hits, ions in prepared:
        accumulate(batch, hits, ions, find_all(ions, wanted, setup), setup)
