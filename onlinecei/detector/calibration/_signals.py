"""Edges laid out for looking up: by pulse, channel and time."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.records import MCP, Edges

NAMES = ("u1", "u2", "v1", "v2", "w1", "w2", "mcp")
"""What each channel is called."""
LAYERS = ("u", "v", "w")
CHANNELS = len(NAMES)
MOST_EDGES, MOST_WORK = 2_000_000, 2e11
"""Edges that are used, and the sum of the cube of those of each pulse: what a search of all triples costs at most.
More edges tell nothing new; whole pulses are left out evenly."""
MOST_IN_PULSE = 4000
"""Edges of one pulse; more is damage."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Signals:
    """Usable edges of whole pulses."""

    t_ns: F8
    """(E,) rising within each pulse and channel."""
    first: I8
    """(7 P + 1,) channel c of pulse p owns the times first[7 p + c] to first[7 p + c + 1]."""
    pulses: int
    """P"""
    not_finite: int
    """Edges left out because their time is NaN or infinite."""
    unknown: int
    """Edges left out because the detector has no such channel."""
    crowded: int
    """Pulses left out because they hold too many edges."""

    @classmethod
    def of(cls, edges: Edges, layers: int) -> "Signals":
        """Take the usable edges of a detector with two or three layers."""
        first = edges.first_edge.astype(np.int64)
        sizes = first[1:] - first[:-1]
        crowded = sizes > MOST_IN_PULSE
        step = _step(np.where(crowded, 0, sizes))
        pulses = -(-sizes.size // step)
        pulse = np.repeat(np.arange(sizes.size), sizes)
        channel, t = edges.channel[: pulse.size].astype(np.int64), edges.t_ns[: pulse.size]
        finite, known = np.isfinite(t), (channel < 2 * layers) | (channel == MCP)
        kept = finite & known & (pulse % step == 0) & ~crowded[pulse]
        row = pulse[kept] // step * CHANNELS + channel[kept]
        return cls(
            t_ns=t[kept][np.lexsort((t[kept], row))],
            first=np.concatenate([[0], np.cumsum(np.bincount(row, minlength=pulses * CHANNELS))]).astype(np.int64),
            pulses=pulses,
            not_finite=int(np.count_nonzero(~finite)),
            unknown=int(np.count_nonzero(finite & ~known)),
            crowded=int(np.count_nonzero(crowded)),
        )

    @property
    def counts(self) -> I8:
        """(7,) signals of each channel."""
        return np.asarray(np.diff(self.first).reshape(-1, CHANNELS).sum(axis=0), dtype=np.int64)


def _step(sizes: I8) -> int:
    """Every how many pulses one is used."""
    edges, work = sizes.sum() / MOST_EDGES, (sizes.astype(np.float64) ** 3).sum() / MOST_WORK
    return 1 + int(max(edges, work))
