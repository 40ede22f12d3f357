"""The delay-line detector: hits to edges in the channels of the digitiser."""

import math
from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8, Bool
from onlinecei.compiled import compiled
from onlinecei.records import MCP, Edges
from onlinecei.setup import DelayLinesSection
from onlinecei.twin.detector import TIME_BINS_PER_NS
from onlinecei.twin.flight import Landed
from onlinecei.twin.options import Signals

NOISE = -1
"""In place of a hit: an edge that no hit made."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fired:
    """Edges of a train, with what made them."""

    pulse: I8
    """(E,) pulse in the train."""
    channel: I8
    hit: I8
    """(E,) row of the true hits of the train, or `NOISE`."""
    t_ns: F8

    def __getitem__(self, rows: I8 | Bool) -> "Fired":
        return Fired(**{name: getattr(self, name)[rows] for name in self.__slots__})

    def as_edges(self, pulses: int) -> Edges:
        """Leave out what made them."""
        return Edges(
            first_edge=np.searchsorted(self.pulse, np.arange(pulses + 1)).astype(np.uint32),
            channel=self.channel.astype(np.uint8),
            t_ns=self.t_ns,
        )


def channels_of(lines: DelayLinesSection) -> I8:
    """Channels (C,) that the detector has, that of the plate last."""
    return np.array([*range(2 * lines.layers), MCP])


def signal_times(hits: Landed, lines: DelayLinesSection) -> F8:
    """Time (C, H) of each signal of each hit, exact.

    A signal runs from the place of the hit to both ends of each wire: ``t + T/2 + u/f`` and ``t + T/2 - u/f`` with
    the time sum T at that place and the mm per ns f of the layer, so that their sum is ``2 t + T`` and their
    difference ``2 u / f``.
    """
    rows = []
    for place, scale, time_sum in zip(_places(hits, lines), lines.mm_per_ns, _time_sums(lines), strict=True):
        middle = hits.t_ns + time_sum(place) / 2
        rows += [middle + place / scale, middle - place / scale]
    return np.array([*rows, hits.t_ns])


def _time_sums(lines: DelayLinesSection) -> list[np.polynomial.Polynomial]:
    """Time sum of each layer against the place across its wires."""
    none = (0.0,) * lines.layers
    slope, curvature = lines.time_sum_slope_ns_per_mm or none, lines.time_sum_curvature_ns_per_mm2 or none
    return [np.polynomial.Polynomial(each) for each in zip(lines.time_sum_ns, slope, curvature, strict=True)]


def _places(hits: Landed, lines: DelayLinesSection) -> list[F8]:
    """Place across each layer's wires, as its two times tell it: that of w lacks the offset."""
    if lines.kind == "quad":
        return [hits.x_mm, hits.y_mm]
    across = math.sqrt(3.0) * hits.y_mm
    return [hits.x_mm, (hits.x_mm - across) / 2, (hits.x_mm + across) / 2 - lines.w_offset_mm]


def fire(
    hits: Landed, pulses: int, until_ns: float, lines: DelayLinesSection, signals: Signals, rng: np.random.Generator
) -> Fired:
    """Signals of hits with their losses and errors, and noise, sorted by pulse and time."""
    channels = channels_of(lines)
    made = _made(hits, channels, lines, signals, rng)
    noise = _noise(pulses, until_ns, channels, signals, rng)
    edges = Fired(**{name: np.concatenate([getattr(made, name), getattr(noise, name)]) for name in Fired.__slots__})
    by_channel = edges[np.lexsort((edges.t_ns, edges.channel, edges.pulse))]
    dead = np.where(by_channel.channel == MCP, signals.dead_mcp_ns, signals.dead_wire_ns)
    alive = by_channel[_alive(by_channel.pulse, by_channel.channel, by_channel.t_ns, dead)]
    return alive[np.lexsort((alive.channel, alive.t_ns, alive.pulse))]


def _made(hits: Landed, channels: I8, lines: DelayLinesSection, signals: Signals, rng: np.random.Generator) -> Fired:
    times = signal_times(hits, lines)
    lost = np.where(channels == MCP, signals.lost_mcp, signals.lost_wire)
    row, hit = np.nonzero(rng.random(times.shape) >= lost[:, None])
    blurred = (times + signals.jitter_ns * rng.normal(size=times.shape))[row, hit]
    return Fired(pulse=hits.pulse[hit], channel=channels[row], hit=hit, t_ns=_counted(blurred))


def _noise(pulses: int, until_ns: float, channels: I8, signals: Signals, rng: np.random.Generator) -> Fired:
    number = rng.poisson(signals.noise_per_channel, (pulses, channels.size))
    pulse, row = (np.repeat(index.ravel(), number.ravel()) for index in np.indices(number.shape))
    times = until_ns * (1.0 - rng.random(pulse.size))
    return Fired(pulse=pulse, channel=channels[row], hit=np.full(pulse.size, NOISE), t_ns=_counted(times))


def _counted(t_ns: F8) -> F8:
    return np.asarray(np.round(t_ns * TIME_BINS_PER_NS) / TIME_BINS_PER_NS)


@compiled
def _alive(pulse: I8, channel: I8, t: F8, dead: F8) -> Bool:
    """Edges that come late enough after the last recorded one of their pulse and channel."""
    alive = np.ones(t.size, dtype=np.bool_)
    last = -1
    for i in range(t.size):
        same = last >= 0 and pulse[last] == pulse[i] and channel[last] == channel[i]
        if same and t[i] - t[last] < dead[i]:
            alive[i] = False
        else:
            last = i
    return alive
