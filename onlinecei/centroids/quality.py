"""How good the data of a channel are, and how long it takes until the geometry is known twice as well."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import I8
from onlinecei.centroids.labelled import reachable_events
from onlinecei.centroids.layout import Layout
from onlinecei.centroids.momentum_sum import SumPeak, sum_peaks
from onlinecei.records import Centroids, Reconstruction
from onlinecei.setup import ChannelSection, Setup

QUARTER = 0.25
"""Half the error is a quarter of the variance, which falls as one over the events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What can be said of the data of one channel, state and delay bin."""

    name: str
    """Of the channel with its state."""
    delay_bin: int
    delay_fs: tuple[float, float]
    events: int
    pulses: int
    """Of the whole run: those without hits and those of other delays too."""
    true_share: float
    """Share of the events that are such a molecule; NaN where it is not known."""
    peaks: tuple[SumPeak, ...]
    """Momentum sum of all delays together; empty without a gate on it or without a peak."""
    geometry_error_au: float
    """Statistical error of a coordinate in bohr, root mean square; NaN without a geometry."""
    data_to_halve: float
    """How many times the data there are now halve that error: four where it falls with the root of the events, more
    where a part of it stays, infinite where more data do not halve it."""

    @property
    def events_per_pulse(self) -> float:
        """Rate of events; NaN without pulses."""
        return self.events / self.pulses if self.pulses else math.nan

    @property
    def pulses_to_halve(self) -> float | None:
        """Pulses more, as those before, until the error of the geometry is half of what it is.

        Infinite where more data do not halve it; None without a geometry, and where pulses were not counted.
        """
        if not (self.geometry_error_au > 0 and self.pulses):
            return None
        return math.ceil((self.data_to_halve - 1) * self.pulses) if math.isfinite(self.data_to_halve) else math.inf

    def minutes_to_halve(self, pulses_per_s: float | None) -> float | None:
        """The same in minutes at a rate; None where the rate is not known or there is no geometry."""
        pulses = self.pulses_to_halve
        return pulses / pulses_per_s / 60 if pulses is not None and pulses_per_s else None


def qualities(values: I8, reconstructions: Iterable[Reconstruction], setup: Setup) -> list[Quality]:
    """Say how good the data of every channel and delay bin are.

    Parameters
    ----------
    values
        (V,) sums of a Delta of this setup.
    reconstructions
        Made from these sums; those that are missing leave share and error unknown.
    setup
        The setup.

    Returns
    -------
    list[Quality]
        In the order of the setup: channels, and the delay bins of each.
    """
    layout, made = Layout.of(setup), tuple(reconstructions)
    return [
        _quality(layout, values, section, delay, made)
        for section in setup.channels
        for delay in range(len(setup.delays.bins))
    ]


def _quality(
    layout: Layout, values: I8, section: ChannelSection, delay: int, made: Sequence[Reconstruction]
) -> Quality:
    named = (each for each in made if each.centroids.name == section.name and each.centroids.delay_bin == delay)
    found = next(named, None)
    return Quality(
        name=section.name,
        delay_bin=delay,
        delay_fs=layout.setup.delays.bins[delay],
        events=int(layout.view(values, f"{section.name}:events")[delay]),
        pulses=layout.counters(values)["pulses"],
        true_share=_true_share(found.centroids) if found else math.nan,
        peaks=_peaks(layout, values, section),
        geometry_error_au=_rms(found) if found and found.found else math.nan,
        data_to_halve=_data_to_halve(found.centroids, layout, values) if found else math.nan,
    )


def _data_to_halve(measured: Centroids, layout: Layout, values: I8) -> float:
    """Say how many times the data make a quarter of the variance of the means."""
    counted = {each.name: int(layout.view(values, f"{each.name}:events").sum()) for each in layout.setup.channels}
    if measured.lasting_share >= QUARTER:
        return math.inf
    needed = (1.0 - measured.lasting_share) / (QUARTER - measured.lasting_share)
    return needed if needed * measured.events <= reachable_events(measured, counted, layout.setup) else math.inf


def _true_share(measured: Centroids) -> float:
    """By mixed pulses where that was done, else by the search for sites."""
    if measured.events and not math.isnan(measured.false_events):
        return min(max(measured.true_events / measured.events, 0.0), 1.0)
    known = measured.labelled or measured.background_share > 0
    return 1.0 - measured.background_share if known else math.nan


def _peaks(layout: Layout, values: I8, section: ChannelSection) -> tuple[SumPeak, ...]:
    if section.momentum_sum_au is None:
        return ()
    name = f"{section.name}:momentum_sum"
    return sum_peaks(layout.view(values, name), layout.blocks[name].axes[0].edges)


def _rms(found: Reconstruction) -> float:
    return float(np.sqrt(np.mean(found.uncertainty_au**2)))
