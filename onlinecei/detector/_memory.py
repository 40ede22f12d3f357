"""Memory that the sorter refills for each pulse, as NumPy records."""

import numpy as np

from onlinecei.arrays import F8, I8, U1, U8
from onlinecei.detector._sets import CHANNELS

MAX_EDGES = 7000
"""Edges of one pulse; more is damage: with a dead time of 10 ns a wire end gives a thousand at most in 10 us."""
INDEX_BITS = 13
"""Bits that the number of an edge takes."""
FEW = 8
"""So many signals of a channel are compared all at once; that many that never come follow the last."""
MAX_PAIRS = 4096
"""Pairs of one layer and pulse; a pulse with more is cut short. A crowded 10 us have some hundreds."""
MAX_CANDIDATES = 3000
"""Of one pulse; one with more is cut short. Eight hits within 100 ns make some hundreds."""
MAX_COMPARED = 64
"""Candidates of a pulse that are compared with each other; with more all is left to the search."""
MAX_TRIES = 100_000
"""Sets of signals that are tried in one pulse; one with more is cut short, after some 10 ms."""
MAX_SIGNALS = 64
"""Signals of a cluster that is searched exactly: a bit for each."""


class Pulse:
    """One pulse, refilled for each."""

    signals: F8
    """(7, MAX_EDGES + FEW) straight times of each channel, rising."""
    size: I8
    """(7,) signals of each channel."""
    used: U1
    """(7, MAX_EDGES) by a hit."""
    paired: I8
    """(7, MAX_EDGES) the last signal of the plate, by `Candidates.plate`, that the whole layer with this one fits."""
    pair: I8
    """(3, MAX_PAIRS) signals of the two ends of each layer, in one number."""
    time: F8
    """(3, MAX_PAIRS + FEW) of a hit that has the pair, rising."""
    pairs: I8
    """(3,) pairs of each layer."""


PULSE = np.dtype(
    [
        ("signals", "f8", (CHANNELS, MAX_EDGES + FEW)), ("size", "i8", CHANNELS),
        ("used", "u1", (CHANNELS, MAX_EDGES)), ("paired", "i8", (CHANNELS, MAX_EDGES)),
        ("pair", "i8", (3, MAX_PAIRS)), ("time", "f8", (3, MAX_PAIRS + FEW)), ("pairs", "i8", 3),
    ],
    align=True,
)  # fmt: skip


class Candidates:
    """Candidates of one pulse, refilled for each."""

    pick: I8
    """(MAX_CANDIDATES, 7) signal in each channel."""
    channels: I8
    """(MAX_CANDIDATES,) set of channels that have one."""
    signals: U8
    """(MAX_CANDIDATES,) the signals as bits; candidates without a common bit share none."""
    hit: F8
    """(MAX_CANDIDATES, 3) place across u and v, and time."""
    chi2: F8
    """(MAX_CANDIDATES,)"""
    score: F8
    """(MAX_CANDIDATES,)"""
    parent: I8
    """(MAX_CANDIDATES,) candidate that this is a part of; its own row where it is whole."""
    count: int
    whole: int
    """Candidates that are no part of another; they come first."""
    least: int
    """Checks that a candidate must have."""
    known: int
    """The plate as a set of channels where a signal of it is under trial, otherwise nothing."""
    time: float
    """Time of the hit, as this signal or else the layers tell."""
    tries: int
    """Sets of signals tried."""
    plate: int
    """Signals of the plate looked at, over all pulses."""
    first: I8
    """(3,) first pair of each layer that is late enough for a signal of the plate."""
    stop: I8
    """(3,) first pair after those that fit it."""
    trial: I8
    """(7,) signals that are being tried."""
    z: F8
    """(7,) their times."""
    fitted: F8
    """(8,) and the hit that they make, as `Lines.sums`,"""
    misfit: float
    """its chi2,"""
    value: float
    """and its score."""


CANDIDATES = np.dtype(
    [
        ("pick", "i8", (MAX_CANDIDATES, CHANNELS)), ("channels", "i8", MAX_CANDIDATES),
        ("signals", "u8", MAX_CANDIDATES), ("hit", "f8", (MAX_CANDIDATES, 3)), ("chi2", "f8", MAX_CANDIDATES),
        ("score", "f8", MAX_CANDIDATES), ("parent", "i8", MAX_CANDIDATES),
        ("count", "i8"), ("whole", "i8"), ("least", "i8"), ("known", "i8"), ("time", "f8"), ("tries", "i8"),
        ("plate", "i8"),
        ("first", "i8", 3), ("stop", "i8", 3), ("trial", "i8", CHANNELS), ("z", "f8", CHANNELS), ("fitted", "f8", 8),
        ("misfit", "f8"), ("value", "f8"),
    ],
    align=True,
)  # fmt: skip


class Packing:
    """Memory of the search."""

    owner: I8
    """(7, MAX_EDGES) what a round of `_shared` notes of each signal, from `round` on."""
    round: int
    chosen: I8
    """(MAX_CANDIDATES,) candidates chosen."""
    rivals: I8
    """(MAX_COMPARED,) candidates that share signals with the one looked at,"""
    shared: I8
    """(MAX_COMPARED,) and the channels where they do."""
    cluster: I8
    """(MAX_CANDIDATES,) tree that leads to the first candidate of each cluster."""
    following: I8
    """(MAX_CANDIDATES,) next candidate of the cluster, or -1."""
    last: I8
    """(MAX_CANDIDATES,) last candidate so far of the cluster that starts here."""
    rows: I8
    """(MAX_CANDIDATES,) candidates of a cluster, the best first."""
    rank: I8
    """(MAX_CANDIDATES, 7) numbers of their signals, as the best candidates have them first."""
    bits: U8
    """(MAX_CANDIDATES,) the same as a set."""
    first: I8
    """(MAX_CANDIDATES,) and the first of them."""
    sorted: I8
    """(MAX_CANDIDATES,) candidates of a cluster by their first signal."""
    set: U8
    """(MAX_CANDIDATES,) their signals."""
    gain: F8
    """(MAX_CANDIDATES,) their scores."""
    cost: F8
    """(MAX_CANDIDATES,) shares of their signals."""
    start: I8
    """(MAX_SIGNALS + 8,) candidates whose first signal this is."""
    share: F8
    """(MAX_SIGNALS + 8,) largest score for each signal of a candidate with this one."""
    at: I8
    """(MAX_SIGNALS + 1,) of the search: signal at each depth,"""
    next: I8
    """(MAX_SIGNALS + 1,) candidate to try next,"""
    choice: I8
    """(MAX_SIGNALS + 1,) candidate chosen, or -1,"""
    sum: F8
    """(MAX_SIGNALS + 1,) score so far,"""
    bound: F8
    """(MAX_SIGNALS + 1,) bound of what may come,"""
    taken: U8
    """(MAX_SIGNALS + 1,) signals used."""


PACKING = np.dtype(
    [
        ("owner", "i8", (CHANNELS, MAX_EDGES)), ("round", "i8"), ("rivals", "i8", MAX_COMPARED),
        ("shared", "i8", MAX_COMPARED), ("rank", "i8", (MAX_CANDIDATES, CHANNELS)),
        ("cluster", "i8", MAX_CANDIDATES), ("following", "i8", MAX_CANDIDATES), ("last", "i8", MAX_CANDIDATES),
        ("rows", "i8", MAX_CANDIDATES), ("bits", "u8", MAX_CANDIDATES), ("first", "i8", MAX_CANDIDATES),
        ("sorted", "i8", MAX_CANDIDATES), ("set", "u8", MAX_CANDIDATES), ("gain", "f8", MAX_CANDIDATES),
        ("cost", "f8", MAX_CANDIDATES), ("chosen", "i8", MAX_CANDIDATES),
        ("start", "i8", MAX_SIGNALS + 8), ("share", "f8", MAX_SIGNALS + 8), ("at", "i8", MAX_SIGNALS + 1),
        ("next", "i8", MAX_SIGNALS + 1), ("choice", "i8", MAX_SIGNALS + 1), ("sum", "f8", MAX_SIGNALS + 1),
        ("bound", "f8", MAX_SIGNALS + 1), ("taken", "u8", MAX_SIGNALS + 1),
    ],
    align=True,
)  # fmt: skip
