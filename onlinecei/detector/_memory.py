"""Memory that the sorter refills for each pulse, as NumPy records."""

import numpy as np

from onlinecei.arrays import F8, I8, U1, U8
from onlinecei.detector._lines import CHANNELS

MAX_EDGES = 7000
"""Edges of one pulse; more is damage: with a dead time of 10 ns a wire end gives a thousand at most in 10 us."""
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
    """(7, MAX_EDGES) straight times of each channel, rising."""
    size: I8
    """(7,) signals of each channel."""
    used: U1
    """(7, MAX_EDGES) by a hit."""
    paired: I8
    """(7, MAX_EDGES) the last signal of the plate, by `Candidates.plate`, that the whole layer with this one fits."""
    pair: I8
    """(3, MAX_PAIRS, 2) signals of the two ends of each layer."""
    time: F8
    """(3, MAX_PAIRS) of a hit that has the pair, rising."""
    place: F8
    """(3, MAX_PAIRS)"""
    pairs: I8
    """(3,) pairs of each layer."""


PULSE = np.dtype(
    [
        ("signals", "f8", (CHANNELS, MAX_EDGES)), ("size", "i8", CHANNELS), ("used", "u1", (CHANNELS, MAX_EDGES)),
        ("paired", "i8", (CHANNELS, MAX_EDGES)),
        ("pair", "i8", (3, MAX_PAIRS, 2)), ("time", "f8", (3, MAX_PAIRS)), ("place", "f8", (3, MAX_PAIRS)),
        ("pairs", "i8", 3),
    ],
    align=True,
)  # fmt: skip


class Candidates:
    """Candidates of one pulse, refilled for each."""

    pick: I8
    """(MAX_CANDIDATES, 7) signal in each channel."""
    channels: I8
    """(MAX_CANDIDATES,) set of channels that have one."""
    hit: F8
    """(MAX_CANDIDATES, 3) place across u and v, and time."""
    chi2: F8
    """(MAX_CANDIDATES,)"""
    score: F8
    """(MAX_CANDIDATES,)"""
    members: I8
    """(MAX_CANDIDATES,) number of signals."""
    parent: I8
    """(MAX_CANDIDATES,) candidate that this is a part of; its own row where it is whole."""
    count: int
    whole: int
    """Candidates that are no part of another; they come first."""
    tries: int
    """Sets of signals tried."""
    plate: int
    """Signals of the plate looked at, over all pulses."""
    first: I8
    """(3,) first pair of each layer that is late enough for a signal of the plate."""
    trial: I8
    """(7,) signals that are being tried."""
    z: F8
    """(7,) their times."""
    fitted: F8
    """(3,) and the hit that they make."""


CANDIDATES = np.dtype(
    [
        ("pick", "i8", (MAX_CANDIDATES, CHANNELS)), ("channels", "i8", MAX_CANDIDATES),
        ("hit", "f8", (MAX_CANDIDATES, 3)), ("chi2", "f8", MAX_CANDIDATES), ("score", "f8", MAX_CANDIDATES),
        ("members", "i8", MAX_CANDIDATES), ("parent", "i8", MAX_CANDIDATES),
        ("count", "i8"), ("whole", "i8"), ("tries", "i8"), ("plate", "i8"),
        ("first", "i8", 3), ("trial", "i8", CHANNELS),
        ("z", "f8", CHANNELS), ("fitted", "f8", 3),
    ],
    align=True,
)  # fmt: skip


class Packing:
    """Memory of the search."""

    cluster: I8
    """(MAX_CANDIDATES,) tree that leads to the first candidate of each cluster."""
    owner: I8
    """(7, MAX_EDGES) a candidate with the signal, or -1; then the number of the signal in its cluster."""
    rows: I8
    """(MAX_CANDIDATES,) candidates, cluster by cluster."""
    shared: I8
    """(MAX_COMPARED,) channels whose signals a candidate shares with the one looked at."""
    rank: I8
    """(MAX_CANDIDATES, 7) place of the signals of a cluster's candidates in the order of the search."""
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
    """(MAX_SIGNALS + 1,) candidates whose first signal this is."""
    share: F8
    """(MAX_SIGNALS,) largest score for each signal of a candidate with this one."""
    chosen: I8
    """(MAX_CANDIDATES,) candidates of the best explanation so far."""
    stack: I8
    """(3, MAX_SIGNALS + 1) of the search: signal, next candidate, chosen candidate."""
    sums: F8
    """(2, MAX_SIGNALS + 1) of the search: score, bound of what may come."""
    taken: U8
    """(MAX_SIGNALS + 1,) of the search: signals used."""


PACKING = np.dtype(
    [
        ("cluster", "i8", MAX_CANDIDATES), ("owner", "i8", (CHANNELS, MAX_EDGES)), ("rows", "i8", MAX_CANDIDATES),
        ("bits", "u8", MAX_CANDIDATES), ("first", "i8", MAX_CANDIDATES), ("shared", "i8", MAX_COMPARED),
        ("rank", "i8", (MAX_CANDIDATES, CHANNELS)), ("sorted", "i8", MAX_CANDIDATES),
        ("set", "u8", MAX_CANDIDATES), ("gain", "f8", MAX_CANDIDATES), ("cost", "f8", MAX_CANDIDATES),
        ("start", "i8", MAX_SIGNALS + 1), ("share", "f8", MAX_SIGNALS),
        ("chosen", "i8", MAX_CANDIDATES), ("stack", "i8", (3, MAX_SIGNALS + 1)), ("sums", "f8", (2, MAX_SIGNALS + 1)),
        ("taken", "u8", MAX_SIGNALS + 1),
    ],
    align=True,
)  # fmt: skip
