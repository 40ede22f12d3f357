"""Means, covariances and energies with the false coincidences taken out."""

import math
from dataclasses import replace

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.centroids.background import Background
from onlinecei.centroids.layout import ENERGY_QUANTUM_EV, MOMENTUM_QUANTUM_AU, Layout
from onlinecei.records import Centroids
from onlinecei.setup import ChannelSection

UNSURE = 0.3
"""Share of the events above which an error of the false ones means that they are not known. So few pulses, or so many
ions in each, that the terms of the series nearly cancel."""


def corrected(
    measured: Centroids, section: ChannelSection, layout: Layout, values: I8, found: Background | None
) -> Centroids:
    """Say how many events are false coincidences, and take these out of the means.

    What is known of ions that were told apart stays: that way has a background of its own. So does what is known of
    channels that hold nothing sure but background.
    """
    delay = measured.delay_bin
    if found is None or not found.known[delay]:
        return measured
    all_, false, squares = (_Sums(each, section.name, layout, delay) for each in (values, found.values, found.squares))
    channel = [each.name for each in layout.setup.channels].index(section.name)
    error = float(found.error[channel, delay])
    if error > max(UNSURE * measured.events, 2.0 * math.sqrt(measured.events)):
        return replace(measured, flags=measured.flags + _UNSURE)
    flags = measured.flags + (_TOO_FULL if found.cut[channel, delay] else ())
    told = replace(measured, false_events=false.events, false_error=error, flags=flags)
    if told.explained_by_chance or measured.labelled:
        return told
    told = replace(told, mean_ker_ev=(all_.ker_ev - false.ker_ev) / told.true_events)
    mean = (all_.first - false.first) / told.true_events
    clumped = max(told.true_error**2 / (all_.events + squares.events), 1.0)
    counted, mixed = all_.about(mean), squares.about(mean)
    lasting = float(np.trace(mixed)) * max(error**2 / squares.events, 1.0) if squares.events > 0 else 0.0
    whole = float(np.trace(counted + mixed)) * clumped
    return replace(
        told,
        momentum_au=mean.reshape(-1, 3),
        covariance_au2=(counted + mixed) * clumped * told.events / told.true_events**2,
        background_share=min(max(false.events / told.events, 0.0), 1.0),
        lasting_share=min(max(lasting / whole, 0.0), 1.0) if whole > 0 else 0.0,
    )


_UNSURE = ("the kept pulses do not tell how many of the events are false coincidences: none are taken out",)
_TOO_FULL = ("mixed pulses went over the limit of combinations, so that too few false coincidences are taken out",)


class _Sums:
    """Moments of one channel and delay bin in a.u., from a vector of sums."""

    def __init__(self, values: F8 | I8, name: str, layout: Layout, delay: int) -> None:
        self._values, self._name, self._layout, self._delay = np.asarray(values, np.float64), name, layout, delay

    def _own(self, kind: str) -> F8:
        return np.asarray(self._layout.blocks[f"{self._name}:{kind}"].of(self._values)[self._delay])

    @property
    def events(self) -> float:
        return float(self._own("events"))

    @property
    def ker_ev(self) -> float:
        return float(self._own("ker_sum")) * ENERGY_QUANTUM_EV

    @property
    def first(self) -> F8:
        """Sums of the momenta (3 N,)."""
        return self._own("momentum") * MOMENTUM_QUANTUM_AU

    def about(self, mean: F8) -> F8:
        """Give the sums of the products (3 N, 3 N) of what the momenta differ from a mean."""
        second = np.zeros((mean.size, mean.size))
        second[np.tril_indices(mean.size)] = self._own("momentum_products") * MOMENTUM_QUANTUM_AU**2
        second += np.tril(second, -1).T
        cross = np.outer(self.first, mean)
        return np.asarray(second - cross - cross.T + self.events * np.outer(mean, mean))
