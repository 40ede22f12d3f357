"""The stages composed: the very functions that the live line, a replay, a notebook and a cluster job call."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from onlinecei.arrays import F8
from onlinecei.centroids import Layout, accumulate, coalesced, merge
from onlinecei.centroids import centroids as centroids_of
from onlinecei.centroids.layout import EDGE_COUNTERS, SUM_VIEW
from onlinecei.coincidence import find, identify
from onlinecei.detector import SortedHits, accept, hits_of
from onlinecei.errors import CEIError
from onlinecei.explosion import ChargeUp, invert
from onlinecei.records import Batch, Centroids, Delta, Edges, Reconstruction, State, Train
from onlinecei.setup import ChannelSection, Setup

MIN_EVENTS = 30
"""Events below which mean momenta are too rough for a geometry: errors of a fifth of the spread, and a covariance of
3 N coordinates that is hardly determined."""
METHOD = "classical inversion"
"""What `Reconstruction.method` says of the geometries made here."""
MIXED = 0.6
"""Spread between two identical ions, over the rms momentum, from which on they sit in different places. Simulated water
has 0.1 to 0.2, false coincidences included; the two N of N2O have 1.3."""
MAX_MISFIT = 0.05
"""Relative misfit above which the explosion cannot explain the momenta and no geometry is given."""


def analyse(data: Train | Batch, setup: Setup) -> Delta:
    """Take a train or a batch of trains through every stage: edges, hits, ions, coincidences, momenta, sums."""
    batch = Batch.of([data]) if isinstance(data, Train) else data
    if batch.edges is not None:
        return _analyse_edges(batch, batch.edges, setup)
    hits = accept(batch, setup)
    ions = identify(hits, setup)
    found = [find(ions, section.channel, setup, _search_window(section)) for section in setup.channels]
    return Delta(
        setup_hash=setup.hash,
        values=accumulate(batch, hits, ions, found, setup),
        trains=coalesced(np.column_stack([batch.train_id, batch.train_id])),
    )


def _analyse_edges(batch: Batch, edges: Edges, setup: Setup) -> Delta:
    """Sort edges into hits, analyse those, and add what became of the edges."""
    made = hits_of(edges, setup)
    delta = analyse(_with_hits(batch, made), setup)
    counted = {"edges": made.edges, "edges_not_usable": made.not_usable, "edges_unused": made.unused}
    Layout.of(setup).view(delta.values, "edges")[:] = [counted[name] for name in EDGE_COUNTERS]
    return delta


def _with_hits(batch: Batch, made: SortedHits) -> Batch:
    return replace(batch, edges=None, first_hit=made.first_hit, x_mm=made.x_mm, y_mm=made.y_mm, t_ns=made.t_ns)


def nothing(setup: Setup) -> Delta:
    """Give the neutral element of `merge`."""
    return Delta(setup_hash=setup.hash, values=Layout.of(setup).empty(), trains=np.empty((0, 2), dtype=np.uint64))


def analyse_all(batches: Iterable[Batch], setup: Setup) -> Delta:
    """Analyse and merge batches one after another, as one process would."""
    total = nothing(setup)
    for batch in batches:
        total = merge(total, analyse(batch, setup))
    return total


def centroids(state: State | Delta, setup: Setup) -> list[Centroids]:
    """Mean momenta of every channel and delay bin."""
    return centroids_of(state.total if isinstance(state, State) else state, setup)


def reconstruct(measured: Centroids, charge_up: ChargeUp) -> Reconstruction:
    """Find the geometry that explodes into the mean momenta, with the errors that follow from theirs.

    Where there is no honest answer `Reconstruction.reason` says why, and the positions are NaN.
    """
    if reason := _obstacle(measured):
        return _without_geometry(measured, reason)
    channel = measured.channel
    solutions = invert(measured.momentum_au, channel.masses_au, channel.charges, charge_up)
    if not solutions or solutions[0].misfit > MAX_MISFIT:
        return _without_geometry(measured, "no geometry explodes into these momenta under the charge-up of the setup")
    best = solutions[0]
    inverse = _about_centre(np.asarray(np.linalg.pinv(best.jacobian, rcond=1e-6), np.float64), channel.masses_au)
    spread = inverse @ (measured.covariance_au2 / measured.events) @ inverse.T
    return Reconstruction(
        centroids=measured,
        method=METHOD,
        positions_au=best.positions_au,
        uncertainty_au=np.sqrt(np.maximum(np.diag(spread), 0.0)).reshape(-1, 3),
        round_trip_au=best.momenta_au,
        misfit=best.misfit,
        solutions=len(solutions),
    )


def charge_up_of(setup: Setup, symbols: Sequence[str] = ()) -> ChargeUp:
    """Give the charge-up that the setup takes for inversion, for the atoms (N,) of a channel.

    Without `symbols` only a setup with one time constant for all atoms has one.
    """
    return ChargeUp.of(setup.explosion, symbols)


def reconstruct_all(measured: Iterable[Centroids], setup: Setup) -> list[Reconstruction]:
    """Reconstruct every channel and delay bin, each with a geometry or the reason why there is none."""
    return [reconstruct(each, charge_up_of(setup, [ion.symbol for ion in each.channel.ions])) for each in measured]


def compile_stages(setup: Setup) -> None:
    """Compile every stage once, so that the processes that follow find the machine code in the cache."""
    none = np.empty(0)
    train = Train(
        train_id=0, pulse_id=np.zeros(1, np.uint32), delay_fs=np.zeros(1), energy_uj=np.zeros(1, np.float32),
        first_hit=np.zeros(2, np.uint32), x_mm=none.astype(np.float32), y_mm=none.astype(np.float32),
        t_ns=none.astype(np.float32),
    )  # fmt: skip
    analyse(train, setup)
    if setup.delay_lines is not None:
        no_edges = Edges(first_edge=np.zeros(2, np.uint32), channel=none.astype(np.uint8), t_ns=none)
        analyse(replace(train, edges=no_edges), setup)
    law = charge_up_of(setup, [next(iter(setup.molecule.molecule.atoms))] * 2)
    invert(np.array([[10.0, 0, 0], [-10.0, 0, 0]]), np.ones(2) * 2e4, np.ones(2), law, starts=1)


def _search_window(section: ChannelSection) -> float | None:
    """Half-width of the momentum sum to search in: wider than the gate, to see the peak beside its background."""
    return None if section.momentum_sum_au is None else SUM_VIEW * section.momentum_sum_au


def _about_centre(shifts: F8, masses: F8) -> F8:
    """Shifts of the ions (3 N, K) with the centre of mass held, which the momenta say nothing about."""
    by_ion = shifts.reshape(masses.size, 3, -1)
    return np.asarray(by_ion - np.average(by_ion, axis=0, weights=masses), np.float64).reshape(shifts.shape)


def _obstacle(measured: Centroids) -> str:
    if not measured.complete:
        return "the channel lacks atoms of the molecule; the classical inversion needs every ion"
    if measured.events < MIN_EVENTS:
        return f"{measured.events} events, at least {MIN_EVENTS} are needed"
    if len(measured.channel.ions) > 3 and measured.channel.has_identical_ions:
        return "identical ions are not told apart in channels of more than three ions, their mean momenta are mixtures"
    if _sites_are_mixed(measured):
        return "the identical ions sit in different places of the molecule and are not told apart yet"
    if not np.all(np.isfinite(measured.momentum_au)) or not np.all(np.isfinite(measured.covariance_au2)):
        raise CEIError(f"the centroids of {measured.channel} hold numbers that are not finite")
    return ""


def _sites_are_mixed(measured: Centroids) -> bool:
    """Whether two identical ions exchange different roles from event to event, as the two N of N2O do.

    Their labels are random, so equivalent ions differ along the first ion by the spread of the molecule alone, and
    inequivalent ones by the distance of their sites.
    """
    rms = np.sqrt(np.mean(np.sum(measured.momentum_au**2, axis=1)))
    for k, (first, second) in enumerate(pairwise(measured.channel.ions)):
        i, j = 3 * k, 3 * k + 3
        spread = measured.covariance_au2[i, i] + measured.covariance_au2[j, j] - 2 * measured.covariance_au2[i, j]
        if first == second and spread > (MIXED * rms) ** 2:
            return True
    return False


def _without_geometry(measured: Centroids, reason: str) -> Reconstruction:
    missing = np.full(measured.momentum_au.shape, np.nan)
    return Reconstruction(
        centroids=measured, method=METHOD, positions_au=missing, uncertainty_au=missing, round_trip_au=missing,
        misfit=float("nan"), solutions=0, reason=reason,
    )  # fmt: skip
