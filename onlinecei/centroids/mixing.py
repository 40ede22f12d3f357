"""The false coincidences of one delay bin: mixed pulses through the same finder, gates and sums as the real ones."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.centroids.accumulate import add_section
from onlinecei.centroids.layout import Layout, searched
from onlinecei.centroids.mixed_pulses import Laid, Sample, steps
from onlinecei.coincidence import find, within_angles
from onlinecei.coincidence.mixing import chosen, of_all_sources
from onlinecei.setup import ChannelSection, DelaysSection, HistogramsSection, Setup

MOST_SOURCES = 4
"""Pulses that are laid on top of each other at most. Channels of five ions and more lack the terms after this: what is
left out is of the order of the last term over the number of sources."""
GROUPS, LEAST_IN_GROUP = 16, 20
"""Parts of the sample, mixed each by itself, whose spread is the error; bins of fewer pulses have fewer of them."""
LEAST_PULSES = 40
"""Pulses of a delay bin below which nothing is said about its false coincidences."""
MOST_ROUNDS, MOST_MERGED = 8, 200_000
"""How often each pulse is mixed anew, and merged pulses of one number of sources in all: more of them lessen the error
little, since they are made of the same pulses."""
BUDGET, LEAST_BUDGET = 2e7, 2e5
"""What one channel and number of sources may cost over all delays, and in a single one: the branches that the finder
looks into, and `PER_COMBINATION` for each combination that is found. The rest of the pulses is then left."""
PER_COMBINATION = 100.0
"""Cost of a combination that is counted, beside one that the finder turns down: 200 000 are enough for errors of less
than a per cent."""
MOST_COMBINATIONS = 300_000
"""Combinations that one merged pulse may hold, unless the setup allows a single one more."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixed:
    """What a delay bin holds of false coincidences, in the layout of `one_delay`."""

    values: F8
    """(V,)"""
    squares: F8
    """(V,) with squared weights: variances of counts."""
    error: F8
    """(C,) standard errors of the events of each channel."""
    merged: I8
    """(C,) merged pulses that were looked at."""
    cut: I8
    """(C,) of those, left out for too many combinations."""


@lru_cache(maxsize=8)
def one_delay(setup: Setup) -> Setup:
    """Give a setup with the same channels, one bin for all delays, and nothing much of hits."""
    bins = setup.histograms
    small = HistogramsSection(
        time_bins=10, image_bins=10, pipico_bins=10, map_bins=bins.map_bins, ker_bins=bins.ker_bins,
        ker_max_ev=bins.ker_max_ev,
    )  # fmt: skip
    return setup.model_copy(update={"delays": DelaysSection(), "histograms": small})


def blocks_of(layout: Layout, section: ChannelSection) -> list[str]:
    """Name the blocks of a channel that combinations are counted into."""
    names = (name for name in layout.blocks if name.rpartition(":")[0] == section.name)
    return [name for name in names if not name.endswith(":pulses_cut")]


def mix(sample: Sample, rows: I8, pulses: int, rounds: int, budget: float, setup: Setup) -> Mixed:
    """Find the false coincidences of `pulses` pulses from some of the sample (n,); the setup is one of `one_delay`."""
    mixing = _Mixing.of(sample, rows, setup)
    for sources in range(2, 1 + min(MOST_SOURCES, max((mixing.width(c) for c in mixing.channels), default=0))):
        mixing.add(sources, pulses, rounds, budget)
    return mixing.result(pulses)


@dataclass(slots=True, eq=False)
class _Mixing:
    setup: Setup
    layout: Layout
    sample: Sample
    rows: I8
    group: I8
    values: F8
    squares: F8
    rate: F8
    """(C, G) false events of a pulse."""
    merged: I8
    cut: I8
    least: F8
    """(C,) what one event of two sources counts for."""

    @classmethod
    def of(cls, sample: Sample, rows: I8, setup: Setup) -> "_Mixing":
        layout, channels = Layout.of(setup), len(setup.channels)
        groups = min(max(rows.size // LEAST_IN_GROUP, 1), GROUPS)
        return cls(
            setup=setup, layout=layout, sample=sample, rows=rows,
            group=(sample.hash[rows] % np.uint64(groups)).astype(np.int64), values=np.zeros(layout.size),
            squares=np.zeros(layout.size), rate=np.zeros((channels, groups)), merged=np.zeros(channels, np.int64),
            cut=np.zeros(channels, np.int64), least=np.zeros(channels),
        )  # fmt: skip

    @property
    def channels(self) -> range:
        return range(len(self.setup.channels))

    def width(self, channel: int) -> int:
        return len(self.setup.channels[channel].ions)

    def add(self, sources: int, pulses: int, rounds: int, budget: float) -> None:
        """Add the term of so many sources: (-1)^b / b of what a merged pulse holds on average."""
        counts, wanted = self.layout.empty(), [c for c in self.channels if self.width(c) >= sources]
        merged, events = (np.zeros((len(self.setup.channels), self.rate.shape[1])) for _ in range(2))
        found = np.zeros((len(self.setup.channels), 3))
        for starts, members in steps(self.group, self.sample.energy_uj[self.rows], sources, rounds):
            open_ = [c for c in wanted if found[c, 0] < budget]
            if not open_:
                break
            laid = Laid.of(self.sample, self.rows[members])
            group = self.group[starts]
            for c in open_:
                of_pulse = self._fill(counts, c, laid, found[c])
                merged[c] += np.bincount(group, minlength=self.rate.shape[1])
                events[c] += np.bincount(group[of_pulse], minlength=self.rate.shape[1])
        for c in wanted:
            weight = (-1) ** sources / sources * (found[c, 1] / found[c, 2] if found[c, 2] else 1.0)
            self._weigh(c, counts, merged[c], events[c], weight, pulses)

    def _fill(self, counts: I8, channel: int, laid: Laid, found: F8) -> I8:
        """Count the combinations of all sources, and give the pulses of the events.

        Adds to what it cost, how many are of all sources, and how many of these unrelated pulses leave.
        """
        section, sources = self.setup.channels[channel], laid.sources
        limited = _with_limit(self.setup, self.width(channel), sources)
        everything = find(laid.ions, section.channel, limited, *searched(section))
        mixed = within_angles(of_all_sources(everything, laid.source, sources), section)
        seen = np.asarray(laid.seen[mixed.ion].all(axis=1))
        cost = PER_COMBINATION * everything.pulse.size + everything.tries
        found += (cost, mixed.pulse.size, laid.seen_elsewhere[mixed.ion].all(axis=1).sum())
        mixed = chosen(mixed, seen)
        counted = add_section(counts, self.layout, section, mixed, np.zeros(laid.ions.first_ion.size - 1, np.int64))
        self.cut[channel] += mixed.pulses_cut
        return np.asarray(mixed.pulse[counted])

    def _weigh(self, channel: int, counts: I8, merged: F8, events: F8, weight: float, pulses: int) -> None:
        if not merged.sum():
            return
        with np.errstate(invalid="ignore"):
            self.rate[channel] += weight * events / merged
        self.merged[channel] += int(merged.sum())
        weight *= pulses / merged.sum()
        self.least[channel] = max(self.least[channel], abs(weight))
        for name in blocks_of(self.layout, self.setup.channels[channel]):
            block = self.layout.blocks[name]
            part = slice(block.start, block.start + block.size)
            self.values[part] += weight * counts[part]
            self.squares[part] += weight**2 * counts[part]

    def result(self, pulses: int) -> Mixed:
        """Raise the squares to what the spread among groups says: combinations that share ions are not independent."""
        error = np.zeros(len(self.setup.channels))
        for c, section in enumerate(self.setup.channels):
            poisson = float(self.layout.blocks[f"{section.name}:events"].of(self.squares).sum())
            rate = self.rate[c][np.isfinite(self.rate[c])]
            spread = pulses**2 * float(rate.var(ddof=1)) / rate.size if rate.size > 1 else 0.0
            error[c] = math.sqrt(max(poisson, spread, self.least[c] ** 2))
            for name in blocks_of(self.layout, section) if poisson else ():
                self.layout.blocks[name].of(self.squares)[...] *= error[c] ** 2 / poisson
        return Mixed(values=self.values, squares=self.squares, error=error, merged=self.merged, cut=self.cut)


@lru_cache(maxsize=64)
def _with_limit(setup: Setup, width: int, sources: int) -> Setup:
    """Give a setup that allows merged pulses as many more combinations as there are ways to take them."""
    ways = sum((-1) ** k * math.comb(sources, k) * (sources - k) ** width for k in range(sources))
    own = setup.limits.combinations_per_pulse
    limit = max(own, min(own * ways, MOST_COMBINATIONS))
    return setup.model_copy(update={"limits": setup.limits.model_copy(update={"combinations_per_pulse": limit})})
