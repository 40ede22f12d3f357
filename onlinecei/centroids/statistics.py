"""Means and covariances from the sums."""

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.centroids.background import background
from onlinecei.centroids.corrected import corrected
from onlinecei.centroids.labelled import labelled
from onlinecei.centroids.layout import ENERGY_QUANTUM_EV, MOMENTUM_QUANTUM_AU, Layout
from onlinecei.records import Centroids, Delta
from onlinecei.setup import ChannelSection, Setup


def centroids(total: Delta, setup: Setup) -> list[Centroids]:
    """Mean ion momenta with covariance for every channel and delay bin, in the order of the setup.

    False coincidences are taken out where pulses were kept to find them from. Where identical ions of a complete
    channel sit in different places, they are told apart by the events that were kept, which takes seconds.
    """
    layout, false = Layout.of(setup), background(total, setup)
    return [
        corrected(
            labelled(_centroid(layout, total.values, section, delay), total.kept, setup),
            section, layout, total.values, false,
        )
        for section in setup.channels
        for delay in range(len(setup.delays.bins))
    ]  # fmt: skip


def _centroid(layout: Layout, values: I8, section: ChannelSection, delay: int) -> Centroids:
    name = section.name
    events = int(layout.view(values, f"{name}:events")[delay])
    mean, covariance = _moments(
        events,
        layout.view(values, f"{name}:momentum")[delay],
        layout.view(values, f"{name}:momentum_products")[delay],
    )
    ker = int(layout.view(values, f"{name}:ker_sum")[delay]) * ENERGY_QUANTUM_EV / events if events else np.nan
    return Centroids(
        channel=section.channel,
        complete=layout.setup.complete(section),
        delay_bin=delay,
        delay_fs=layout.setup.delays.bins[delay],
        events=events,
        momentum_au=mean.reshape(-1, 3),
        covariance_au2=covariance,
        mean_ker_ev=float(ker),
        state=section.state,
    )


def _moments(events: int, sums: I8, products: I8) -> tuple[F8, F8]:
    """Mean (3 N,) and unbiased covariance (3 N, 3 N) in a.u. from the integer sums."""
    size = sums.size
    if events == 0:
        return np.full(size, np.nan), np.full((size, size), np.nan)
    mean: F8 = sums * np.float64(MOMENTUM_QUANTUM_AU / events)
    if events == 1:
        return mean, np.full((size, size), np.nan)
    second = np.zeros((size, size))
    second[np.tril_indices(size)] = products * MOMENTUM_QUANTUM_AU**2
    second += np.tril(second, -1).T
    covariance: F8 = (second - events * np.outer(mean, mean)) / (events - 1)
    return mean, covariance
