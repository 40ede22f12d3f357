"""The stages composed: the very functions that the live line, a replay, a notebook and a cluster job call."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from onlinecei.centroids import (
    ChosenPulses,
    Layout,
    SingleEvents,
    add_up,
    coalesced,
    compile_sites,
    hash_of_pulses,
    keep,
    keep_pulses,
    kept_channels,
    merge,
    merge_kept,
    no_pulses,
    nothing_kept,
)
from onlinecei.centroids import ceiling as ceiling_of
from onlinecei.centroids import centroids as centroids_of
from onlinecei.centroids import false_counts as false_counts_of
from onlinecei.centroids import single_events as single_events_of
from onlinecei.centroids.delays import with_acting_delays
from onlinecei.centroids.kept_pulses import NO_CEILING
from onlinecei.centroids.layout import EDGE_COUNTERS, searched
from onlinecei.coincidence import Patterns, find_all, identify, within_angles
from onlinecei.coincidence.dead_zone import compile_mixing
from onlinecei.detector import SortedHits, accept, hits_of
from onlinecei.reconstruction import compile_reconstruction
from onlinecei.reconstruction import reconstruct_all as reconstruct_all_of
from onlinecei.records import (
    Batch,
    Centroids,
    Coincidences,
    Delta,
    Edges,
    FalseCounts,
    Ions,
    Reconstruction,
    State,
    Train,
)
from onlinecei.setup import Setup

ROWS_AT_ONCE = 40_000
"""Pulses and hits that go through all stages before the next ones: what the stages hand on then stays near the core."""


def analyse(data: Train | Batch, setup: Setup, ceiling: int = NO_CEILING) -> Delta:
    """Take a train or a batch of trains through every stage: edges, hits, ions, coincidences, momenta, sums.

    Pulses whose hash is not below `ceiling` are not kept one by one: that of the pulses which the result is to be
    merged with saves time, and changes nothing in what comes of it.
    """
    batch = Batch.of([data]) if isinstance(data, Train) else data
    if batch.edges is not None:
        return _analyse_edges(batch, batch.edges, setup, ceiling)
    batch = with_acting_delays(batch, setup)
    values, hashes = Layout.of(setup).empty(), hash_of_pulses(batch)
    kept, chosen, top = nothing_kept(setup), [], ceiling if setup.limits.kept_hits else 0
    for pulses in pieces(batch):
        piece = batch.of_pulses(pulses)
        hits = accept(piece, setup)
        ions = identify(hits, setup)
        patterns = Patterns.of(ions, len(setup.ions))
        found = _found(ions, patterns, setup)
        counted = add_up(values, piece, hashes[pulses], hits, ions, patterns, found, setup)
        kept = merge_kept(kept, keep(batch, found, counted, setup, pulses.start))
        chosen.append(ChosenPulses.of(hits, hashes[pulses], pulses.start, top))
    return Delta(
        setup_hash=setup.hash, values=values, trains=coalesced(np.column_stack([batch.train_id, batch.train_id])),
        kept=kept, pulses=keep_pulses(batch, hashes, chosen, setup.limits.kept_hits, ceiling),
        simulated=batch.simulated,
    )  # fmt: skip


def pieces(batch: Batch) -> Iterator[slice]:
    """Cut the pulses of a batch into pieces of about `ROWS_AT_ONCE`."""
    count = max(round((batch.pulses + batch.hits) / ROWS_AT_ONCE), 1)
    for start, stop in pairwise(np.linspace(0, batch.pulses, count + 1).astype(int).tolist()):
        yield slice(start, stop)


def _found(ions: Ions, patterns: Patterns, setup: Setup) -> list[Coincidences]:
    wanted = [(section.channel, *searched(section)) for section in setup.channels]
    found = find_all(ions, wanted, setup, patterns)
    return [within_angles(each, section) for each, section in zip(found, setup.channels, strict=True)]


def _analyse_edges(batch: Batch, edges: Edges, setup: Setup, ceiling: int) -> Delta:
    """Sort edges into hits, analyse those, and add what became of the edges."""
    made = hits_of(edges, setup)
    delta = analyse(_with_hits(batch, made), setup, ceiling)
    counted = {
        "edges": made.edges,
        "edges_not_usable": made.not_usable,
        "edges_unused": made.unused,
        "hits_rebuilt_too_far": made.left_out,
        "pulses_sorted_in_part": made.cut_short,
    }
    Layout.of(setup).view(delta.values, "edges")[:] = [counted[name] for name in EDGE_COUNTERS]
    return delta


def _with_hits(batch: Batch, made: SortedHits) -> Batch:
    return replace(batch, edges=None, first_hit=made.first_hit, x_mm=made.x_mm, y_mm=made.y_mm, t_ns=made.t_ns)


def nothing(setup: Setup) -> Delta:
    """Give the neutral element of `merge`."""
    no_trains = np.empty((0, 2), dtype=np.uint64)
    return Delta(
        setup_hash=setup.hash, values=Layout.of(setup).empty(), trains=no_trains, kept=nothing_kept(setup),
        pulses=no_pulses(setup.limits.kept_hits),
    )  # fmt: skip


def analyse_all(batches: Iterable[Batch], setup: Setup) -> Delta:
    """Analyse and merge batches one after another, as one process would."""
    total = nothing(setup)
    for batch in batches:
        total = merge(total, analyse(batch, setup, ceiling_of(total.pulses)))
    return total


def centroids(state: State | Delta, setup: Setup) -> list[Centroids]:
    """Mean momenta of every channel and delay bin."""
    return centroids_of(state.total if isinstance(state, State) else state, setup)


def single_events(state: State | Delta, setup: Setup) -> SingleEvents:
    """Momenta of the single events that were kept of complete channels."""
    return single_events_of(state.total if isinstance(state, State) else state, setup)


def false_counts(state: State | Delta, setup: Setup) -> FalseCounts | None:
    """False coincidences in the histograms of all channels; after `centroids` of the same state nothing to wait for."""
    return false_counts_of(state.total if isinstance(state, State) else state, setup)


def reconstruct_all(
    measured: Iterable[Centroids], setup: Setup, events: SingleEvents = MappingProxyType({})
) -> list[Reconstruction]:
    """Reconstruct every channel and delay bin by the method of the setup, each with a geometry or a reason for none.

    Single events are looked at where the setup has ``reconstruction.per_event``.

    Raises
    ------
    CEIError
        The weights that the setup names cannot be read, or centroids hold numbers that are not finite.
    """
    return reconstruct_all_of(measured, setup, events)


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
    if kept_channels(setup):
        compile_sites()
    if setup.limits.kept_hits:
        compile_mixing()
    compile_reconstruction(setup)
