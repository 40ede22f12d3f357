"""What the kernels of the ion sites read and write: columns of events, the present estimate, and sums."""

from typing import NamedTuple

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.centroids._site_matching import MAX_ALIKE

MODES = 24
"""Ways to lie on the sites that are followed for an event; a tetrahedron of alike ions has 12."""
WIDEST = 24
"""Ions of an event."""


class Columns(NamedTuple):
    """Events, ions of one species together."""

    first_ion: I8
    """(E + 1,)"""
    momentum: F8
    """(I, 3)"""
    species: I8
    """(I,) rising within an event."""
    broad: F8
    """(I,) log density of each ion if it came from elsewhere."""
    kind: I8
    """(E,) which ions an event holds; each kind has a background of its own."""


class Model(NamedTuple):
    """Sites and everything else that an event is held against."""

    first_site: I8
    """(A + 1,) sites of a species stand together."""
    mean: F8
    """(S, 3)"""
    covariance: F8
    """(S, 3, 3) of single events."""
    precision: F8
    """(S, 3, 3) its inverse."""
    log_norm: F8
    """(S,) logarithm of the density at the mean."""
    rank: I8
    """(A,) species in the order in which they are tried as anchors."""
    spread: F8
    """(A,) variance per component of all ions of a species."""
    stray: F8
    """(A,) share of such ions in events that are otherwise true."""
    false: F8
    """(kinds,) share of events that are false as a whole."""


class Sums(NamedTuple):
    """What a pass over the events adds up."""

    seen: F8
    """(S,) effective number of ions seen from a site."""
    first: F8
    """(S, 3)"""
    second: F8
    """(S, 3, 3)"""
    stray: F8
    """(A, 2) ions of true events: from elsewhere, all."""
    false: F8
    """(kinds, 2) events: false ones, all."""
    information: F8
    """(3 S, 3 S) sum of the outer products of the scores of events."""
    clear: F8
    """(2,) probability of the likeliest way to lie in true events, and of all ways."""
    loose: F8
    """(I,) probability that an ion is from elsewhere, in an event that is true."""
    turned: F8
    """(I, 3) mean momentum of each ion on the sites, weighted with `loose`."""


class Room(NamedTuple):
    """Where kernels put what they need for one event."""

    weight: F8
    stray: F8
    turned: F8
    """(WIDEST, 3) momenta of the event, turned."""
    ahead: F8
    behind: F8
    share: F8
    """(MODES, WIDEST, MAX_ALIKE)"""
    evidence: F8
    """(MODES,)"""
    width: F8
    """(MODES, 3, 3) covariance of the rotation vector."""
    h: F8
    g: F8
    frames: F8
    """(4, 3, 3)"""
    anchors: I8
    score: F8
    """(3 S,)"""


def new_room(sites: int) -> Room:
    """Room for one event at a time."""
    sets = 1 << MAX_ALIKE
    return Room(
        weight=np.empty((WIDEST, MAX_ALIKE)), stray=np.empty(WIDEST), turned=np.empty((WIDEST, 3)),
        ahead=np.empty((WIDEST + 1, sets)), behind=np.empty((WIDEST + 1, sets)),
        share=np.zeros((MODES, WIDEST, MAX_ALIKE)), evidence=np.empty(MODES), width=np.empty((MODES, 3, 3)),
        h=np.empty((3, 3)), g=np.empty(3), frames=np.empty((4, 3, 3)), anchors=np.zeros(3, np.int64),
        score=np.empty(3 * sites),
    )  # fmt: skip


def new_sums(model: Model, columns: Columns) -> Sums:
    """Sums of nothing."""
    sites, species, ions = len(model.mean), len(model.spread), len(columns.momentum)
    return Sums(
        seen=np.zeros(sites), first=np.zeros((sites, 3)), second=np.zeros((sites, 3, 3)),
        stray=np.zeros((species, 2)), false=np.zeros((len(model.false), 2)),
        information=np.zeros((3 * sites, 3 * sites)), clear=np.zeros(2),
        loose=np.zeros(ions), turned=np.zeros((ions, 3)),
    )  # fmt: skip
