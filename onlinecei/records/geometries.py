"""What stands beside the geometry of a reconstruction: other ways to one, and other solutions."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.ions import Channel, name_with_state


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EventAverage:
    """The mean of geometries that single events of a channel tell of, one by one: an average in real space.

    Each was turned onto the geometry of the mean momenta, with its identical atoms in the order that fits. Where
    several orders fit about as well, it counts in each of them by its share.
    """

    method: str
    """How each event became a geometry."""
    events: int
    """Averaged."""
    left_out: int
    """Of the events asked: gave no geometry, or one that has nothing to do with the others."""
    positions_au: F8
    """(N, 3) mean, in the frame of the geometry of the mean momenta."""
    covariance_au2: F8
    """(3 N, 3 N) of single geometries: the molecule's own spread, that of its charging, the detector's resolution."""
    doubts: tuple[str, ...] = ()
    """Plain words on what is approximate."""

    @property
    def spread_au(self) -> F8:
        """(N, 3) standard deviation of single geometries: how wide the ensemble is, however many events there are."""
        return np.sqrt(np.maximum(np.diag(self.covariance_au2), 0.0)).reshape(-1, 3)

    @property
    def error_au(self) -> F8:
        """(N, 3) standard error of the mean: the spread over the root of the events, with nothing systematic in it."""
        return np.asarray(self.spread_au / np.sqrt(max(self.events, 1)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointGeometry:
    """One geometry from the mean momenta of several charge channels at one delay."""

    method: str
    channels: tuple[Channel, ...]
    """(C) every ion of the molecule is in each; the frame and the order of the atoms are those of the first."""
    charge: I8
    """(C, N) of each atom in each channel."""
    momentum_au: F8
    """(C, N, 3) measured means, each channel in its own frame."""
    positions_au: F8
    """(N, 3) about the centre of mass."""
    uncertainty_au: F8
    """(N, 3) standard errors."""
    round_trip_au: F8
    """(C, N, 3) momenta that the geometry gives; NaN where it was not refined."""
    misfit: F8
    """(C,) rms difference of measured and round-trip momenta, over the rms of the measured."""
    doubts: tuple[str, ...] = ()
    """Plain words on what is odd; empty where nothing is."""
    state: str = ""
    """Of all channels."""

    @property
    def total_misfit(self) -> float:
        """Root mean square of those of the channels."""
        return float(np.sqrt(np.mean(self.misfit**2)))

    @property
    def name(self) -> str:
        """Such as ``O+/H+/H+ & O2+/H+/H+``."""
        return " & ".join(name_with_state(channel, self.state) for channel in self.channels)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alternative:
    """Another geometry that explains the same momenta about as well as the one that is given."""

    positions_au: F8
    """(N, 3) about the centre of mass, in the molecular frame."""
    weight: float
    """Its share among all solutions; what that is a share of says `Reconstruction.weighed_by`."""
    misfit: float
    """Rms difference of measured and round-trip momenta over the rms of the measured."""
