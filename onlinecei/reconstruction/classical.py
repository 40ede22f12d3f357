"""Geometries by classical inversion: least squares through the classical explosion of the setup."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from onlinecei.arrays import F8
from onlinecei.explosion import ChargeUp, invert
from onlinecei.ions import Channel
from onlinecei.reconstruction.obstacles import obstacle, without_geometry
from onlinecei.records import Alternative, Centroids, Reconstruction
from onlinecei.setup import Setup

METHOD = "classical inversion"
"""What `Reconstruction.method` says of these geometries."""
WEIGHED_BY = "share of the starts that end there, which is no probability"
"""What `Reconstruction.weighed_by` says."""
MAX_MISFIT = 0.05
"""Relative misfit above which the explosion cannot explain the momenta and no geometry is given."""


@dataclass(frozen=True, slots=True)
class Classical:
    """The method `classical` of the setup."""

    setup: Setup
    most_events: int = 1000
    """See `Reconstructor.most_events`: four seconds."""

    @property
    def single_name(self) -> str:
        """What `EventAverage.method` says."""
        return METHOD

    def __call__(self, measured: Iterable[Centroids]) -> list[Reconstruction]:
        """Reconstruct every channel and delay bin."""
        return [reconstruct(each, self._law(each.channel)) for each in measured]

    def single(self, channel: Channel, momentum_au: F8) -> F8:
        """See `Reconstructor.single`: from one start each, along the velocities."""
        law = self._law(channel)
        missing = np.full(momentum_au.shape[1:], np.nan)
        found = (_inverted(channel, law, each.tobytes()) for each in np.ascontiguousarray(momentum_au))
        return np.array([missing if each is None else each for each in found]).reshape(momentum_au.shape)

    def _law(self, channel: Channel) -> ChargeUp:
        return charge_up_of(self.setup, [ion.symbol for ion in channel.ions])


def reconstruct(measured: Centroids, charge_up: ChargeUp) -> Reconstruction:
    """Find the geometry that explodes into the mean momenta, with the errors that follow from theirs.

    Where there is no honest answer `Reconstruction.reason` says why, and the positions are NaN.
    """
    if reason := obstacle(measured):
        return without_geometry(measured, METHOD, reason)
    channel = measured.channel
    solutions = invert(measured.momentum_au, channel.masses_au, channel.charges, charge_up)
    if not solutions or solutions[0].misfit > MAX_MISFIT:
        return without_geometry(
            measured, METHOD, "no geometry explodes into these momenta under the charge-up of the setup"
        )
    best = solutions[0]
    inverse = _about_centre(np.asarray(np.linalg.pinv(best.jacobian, rcond=1e-6), np.float64), channel.masses_au)
    starts = sum(each.starts for each in solutions)
    spread = inverse @ (measured.covariance_au2 / measured.events) @ inverse.T
    return Reconstruction(
        centroids=measured,
        method=METHOD,
        positions_au=best.positions_au,
        uncertainty_au=np.sqrt(np.maximum(np.diag(spread), 0.0)).reshape(-1, 3),
        round_trip_au=best.momenta_au,
        misfit=best.misfit,
        solutions=len(solutions),
        doubts=measured.flags + _choice(len(solutions)),
        weight=best.starts / starts,
        weighed_by=WEIGHED_BY,
        alternatives=tuple(
            Alternative(positions_au=each.positions_au, weight=each.starts / starts, misfit=each.misfit)
            for each in solutions[1:]
        ),
        covariance_au2=spread,
    )


@lru_cache(maxsize=20_000)
def _inverted(channel: Channel, law: ChargeUp, momenta: bytes) -> F8 | None:
    """Positions (N, 3) of one event; remembered, since neighbouring versions of a run hold many of the same events."""
    own = np.frombuffer(momenta).reshape(-1, 3)
    found = invert(own, channel.masses_au, channel.charges, law, starts=1)
    return found[0].positions_au if found else None


def _choice(solutions: int) -> tuple[str, ...]:
    """Say that other geometries would do as well: from five ions on the momenta alone often leave a choice."""
    if solutions < 2:
        return ()
    return (f"{solutions} different geometries explode into these momenta, the one given need not be the molecule",)


def charge_up_of(setup: Setup, symbols: Sequence[str] = ()) -> ChargeUp:
    """Give the charge-up that the setup takes for inversion, for the atoms (N,) of a channel.

    Without `symbols` only a setup with one time constant for all atoms has one.
    """
    return ChargeUp.of(setup.explosion, symbols)


def _about_centre(shifts: F8, masses: F8) -> F8:
    """Shifts of the ions (3 N, K) with the centre of mass held, which the momenta say nothing about."""
    by_ion = shifts.reshape(masses.size, 3, -1)
    return np.asarray(by_ion - np.average(by_ion, axis=0, weights=masses), np.float64).reshape(shifts.shape)
