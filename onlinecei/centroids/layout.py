"""Where each sum and histogram lies in the one vector of integers that a Delta carries.

The layout follows from the setup alone, so a Delta needs no description of itself, merging two is one addition, and a
snapshot is one array. Readers ask it for named views with axes and units.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeVar

import hist
import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.centroids._axes import Axis
from onlinecei.centroids._axes import axis as _axis
from onlinecei.centroids._further_pieces import TIME, Piece, cumulant_pieces, energy_pieces, time_of
from onlinecei.centroids._ion_tuples import GROUPS, ion_tuples
from onlinecei.centroids._pulse_axes import delay_axis, energy_axis
from onlinecei.errors import ResultError, SetupError
from onlinecei.setup import ChannelSection, Setup
from onlinecei.spectrometer import reach_au, windows

_Values = TypeVar("_Values", I8, F8)

COUNTERS = (
    "pulses",
    "pulses_without_hits",
    "pulses_outside_delays",
    "hits",
    "hits_not_finite",
    "hits_before_trigger",
    "hits_outside_detector",
    "hits_without_species",
    "ions_at_magnetic_node",
    "pulses_without_pump",
)
"""What is counted of every batch, in order."""
EDGE_COUNTERS = ("edges", "edges_not_usable", "edges_unused", "hits_rebuilt_too_far", "pulses_sorted_in_part")
"""What is counted besides where the setup has delay lines: edges that came in, that are no signal, that fit no hit;
hits left out by `method_max`, and pulses so crowded that not every explanation of their edges was tried."""

PROJECTIONS = ("xy", "xz", "yz")
"""Planes of the momentum maps, in the molecular frame."""
MOMENTUM_QUANTUM_AU = 2.0**-8
"""Momenta are summed as whole multiples of this, 1 % of the best detector's resolution."""
ENERGY_QUANTUM_EV = 2.0**-10
"""Kinetic energies are summed as whole multiples of this."""
ENERGY_STEPS = 2**16
"""Pulse energies are summed in steps of the last edge over this; the sum of squares of 10^9 pulses stays below 2^62."""
SUM_VIEW = 3.0
"""The momentum sum is shown this many gates wide, so that the background beside the peak is seen."""
KER_VIEW = 1.1
"""So much farther than the gate on it the kinetic energy release is shown."""
NEWTON_REACH = 2.5
"""Momenta over that of the first ion that a Newton plot shows: light ions from the far side of a molecule reach two."""
SUM_BINS = 120
"""Bins of the momentum-sum histograms: 20 across each half of the gate."""
MAX_SUMS_BYTES = 2**30
"""The sums travel as one buffer of a message, which is not longer than this."""
UNKNOWN_END_NS = 10_000.0
"""Upper end of the flight-time axes where the setup names no ions yet."""


def searched(section: ChannelSection) -> tuple[float | None, float]:
    """Largest momentum sum per component, if any, and largest KER in eV of the combinations to look for.

    They reach beyond the gates, so that what lies beside them is seen.
    """
    window = section.sum_gate_au if section.momentum_sum_au is None else SUM_VIEW * section.momentum_sum_au
    return window, math.inf if section.ker_ev is None else KER_VIEW * section.ker_ev[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One named piece of the vector."""

    name: str
    """Such as ``time_of_flight`` or ``O+/H+/H+:ker``."""
    start: int
    shape: tuple[int, ...]
    axes: tuple[Axis, ...] = ()
    """The histogram axes, one for each of the last dimensions; the label holds the unit in brackets."""

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    def of(self, values: _Values) -> _Values:
        """View of the block in a vector (V,)."""
        return values[self.start : self.start + self.size].reshape(self.shape)


class Layout:
    """All blocks of a setup."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.windows_ns: F8 = windows(setup)
        blocks: list[Block] = []
        for name, shape, axes in self._pieces():
            start = blocks[-1].start + blocks[-1].size if blocks else 0
            blocks.append(Block(name=name, start=start, shape=shape, axes=axes))
        self.blocks = {block.name: block for block in blocks}
        self.size = blocks[-1].start + blocks[-1].size
        self._check_size()

    def _check_size(self) -> None:
        """Refuse a setup whose sums no message could carry, before any process waits for one."""
        if 8 * self.size <= MAX_SUMS_BYTES:
            return
        largest = max(self.blocks.values(), key=lambda block: block.size)
        shape = " x ".join(map(str, largest.shape))
        raise SetupError(
            f"the setup lays out {8 * self.size / 1e6:,.0f} MB of sums, at most {MAX_SUMS_BYTES / 1e6:,.0f} MB travel "
            f"in a message: take fewer bins, delays or channels; the largest block is '{largest.name}' with {shape} "
            f"bins, {8 * largest.size / 1e6:,.0f} MB"
        )

    @staticmethod
    @lru_cache(maxsize=8)
    def of(setup: Setup) -> "Layout":
        """The layout of a setup, made once."""
        return Layout(setup)

    def empty(self) -> I8:
        """A vector of zeros."""
        return np.zeros(self.size, dtype=np.int64)

    def view(self, values: I8, name: str) -> I8:
        """The named block of a vector; `ResultError` if the vector has another layout."""
        if values.shape != (self.size,):
            raise ResultError(f"the sums have {values.size} values, this setup lays out {self.size}")
        return self.blocks[name].of(values)

    def histogram(self, values: I8, name: str) -> hist.Hist[hist.storage.Int64]:
        """The named block as a histogram with axes; leading dimensions without an axis are summed over."""
        block = self.blocks[name]
        counts = self.view(values, name)
        extra = tuple(range(counts.ndim - len(block.axes)))
        return hist.Hist(*block.axes, storage=hist.storage.Int64(), data=counts.sum(axis=extra))

    def counters(self, values: I8) -> dict[str, int]:
        """Everything that was counted, by name."""
        counts = dict(zip(COUNTERS, self.view(values, "counters").tolist(), strict=True))
        species = self.view(values, "ions")
        if self.setup.pulse_energy is not None:
            counts["pulses_outside_energies"] = int(self.view(values, "pulse_energy:left_out")[0])
        if "edges" in self.blocks:
            counts |= dict(zip(EDGE_COUNTERS, self.view(values, "edges").tolist(), strict=True))
        return counts | {
            f"ions {section.name}": int(count) for section, count in zip(self.setup.ions, species, strict=True)
        }

    @cached_property
    def time_end_ns(self) -> float:
        """Upper end of the flight-time axes: 15 % above the last window, to show what comes after."""
        return float(np.ceil(self.windows_ns.max(initial=0.0) * 1.15)) or UNKNOWN_END_NS

    @cached_property
    def time_axis(self) -> Axis:
        """Axis of the flight-time spectrum."""
        return _axis(self.setup.histograms.time_bins, 0.0, self.time_end_ns, *TIME)

    def _pieces(self) -> Iterator[Piece]:
        bins = self.setup.histograms
        yield "counters", (len(COUNTERS),), ()
        yield "pulses_by_delay", (len(self.setup.delays.bins),), ()
        yield "ions", (len(self.setup.ions),), ()
        if self.setup.delay_lines is not None:
            yield "edges", (len(EDGE_COUNTERS),), ()
        yield "time_of_flight", (bins.time_bins,), (self.time_axis,)
        for name, axis in (("delays", delay_axis(self.setup.delays)), ("pulse_energies", energy_axis())):
            yield name, (axis.size,), (axis,)
        radius = self.setup.detector.radius_mm
        image = tuple(_axis(bins.image_bins, -radius, radius, name, f"{name} [mm]") for name in "xy")
        yield "detector_image", (bins.image_bins, bins.image_bins), image
        yield "detector_image_by_ion", (len(self.setup.ions), bins.image_bins, bins.image_bins), image
        pipico = tuple(_axis(bins.pipico_bins, 0.0, self.time_end_ns, *time_of(k)) for k in (1, 2))
        yield "pipico", (bins.pipico_bins, bins.pipico_bins), pipico
        yield "pipico_time", (bins.pipico_bins,), (_axis(bins.pipico_bins, 0.0, self.time_end_ns, *TIME),)
        yield "pulses_by_group", (GROUPS,), ()
        yield "ion_moments", (GROUPS, len(ion_tuples(self.setup).ions)), ()
        yield from energy_pieces(self.setup, self.time_end_ns)
        yield from cumulant_pieces(self.setup, self.windows_ns)
        for section in self.setup.channels:
            yield from self._channel_pieces(section)

    def _channel_pieces(self, section: ChannelSection) -> Iterator[Piece]:
        name, width = section.name, len(section.channel.ions)
        delays, bins = len(self.setup.delays.bins), self.setup.histograms
        yield f"{name}:events", (delays,), ()
        yield f"{name}:pulses_cut", (), ()
        yield f"{name}:momentum", (delays, 3 * width), ()
        yield f"{name}:momentum_products", (delays, 3 * width * (3 * width + 1) // 2), ()
        yield f"{name}:ker_sum", (delays,), ()
        top = section.ker_ev[1] * KER_VIEW if section.ker_ev else bins.ker_max_ev
        yield (
            f"{name}:ker",
            (delays, bins.ker_bins),
            (_axis(bins.ker_bins, 0.0, top, "ker", "kinetic energy release [eV]"),),
        )
        half = self.map_max_au(section)
        axis = _axis(bins.map_bins, -half, half, "p", "momentum [a.u.]")
        yield f"{name}:momentum_map", (delays, 3, bins.map_bins, bins.map_bins), (axis, axis)
        if width > 2:
            yield f"{name}:newton", (delays, bins.map_bins, bins.map_bins), _newton_axes(bins.map_bins)
        if section.momentum_sum_au is not None:
            gate = SUM_VIEW * section.momentum_sum_au
            yield f"{name}:momentum_sum", (3, SUM_BINS), (_axis(SUM_BINS, -gate, gate, "sum", "momentum sum [a.u.]"),)

    def reach_au(self, species: int, t_ns: float) -> float:
        """Momentum that the window of a species would have if it began or ended at a time; `CEIError` before t0."""
        return reach_au(self.setup, self.setup.ions[species], t_ns)

    def map_max_au(self, section: ChannelSection) -> float:
        """Half-width of a channel's momentum maps."""
        if section.map_max_au is not None:
            return section.map_max_au
        reach = {window.ion: window.momentum_max_au for window in self.setup.ions}
        return max(reach[ion] for ion in section.channel.ions)


def _newton_axes(bins: int) -> tuple[Axis, Axis]:
    first, second = (
        _axis(bins, -NEWTON_REACH, NEWTON_REACH, f"newton_{name}", f"p_{name} over momentum of the first ion [1]")
        for name in "xy"
    )
    return first, second
