"""What refinement takes and gives."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei.molexa.refine.intervals import half_widths


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prior:
    """What is known of a geometry beforehand: a normal distribution about the network's answer."""

    mean_au: F8
    """(N, 3) in bohr, in the frame of the first channel."""
    covariance_au2: F8
    """(N, 3, 3) in bohr squared, of the error of each atom."""

    def __post_init__(self) -> None:
        atoms = len(self.mean_au)
        if self.mean_au.shape != (atoms, 3) or not np.isfinite(self.mean_au).all():
            raise CEIError(f"the prior's geometry has shape {self.mean_au.shape}, expected (N, 3) finite positions")
        if self.covariance_au2.shape != (atoms, 3, 3):
            raise CEIError(f"the prior's covariance has shape {self.covariance_au2.shape}, expected ({atoms}, 3, 3)")
        if not (np.isfinite(self.covariance_au2).all() and np.linalg.eigvalsh(self.covariance_au2).min() > 0):
            raise CEIError(
                "the prior's covariance has a variance that is not above zero, expected finite ones above it"
            )

    @classmethod
    def round(cls, mean_au: F8, sigma_au: float) -> Self:
        """Build from a standard deviation that all coordinates share."""
        return cls(mean_au=mean_au, covariance_au2=np.tile(sigma_au**2 * np.eye(3), (len(mean_au), 1, 1)))

    @property
    def precision(self) -> F8:
        """Inverse (N, 3, 3) of the covariances."""
        return np.asarray(np.linalg.inv(self.covariance_au2))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """A geometry that explains the momenta of C channels, as likely as its weight says."""

    positions_au: F8
    """(N, 3) about the centre of mass, in the frame of the first channel."""
    covariance_au2: F8
    """(3 N, 3 N) of the positions, from the errors of the momenta, those of the model and the prior."""
    round_trip_au: F8
    """(C, N, 3) momenta that the model gives for it, each channel in its own frame; also of ions not detected."""
    misfit: F8
    """(C,) rms difference from the measured momenta, over their rms."""
    chi2: float
    """Squared deviations from momenta and prior in units of their errors, per degree of freedom. One on average if the
    errors were normal; the model's are not, and half of simulated means have less than 0.15."""
    weight: float
    """Its share of the posterior among all solutions, by Laplace's method."""
    starts: int
    """How many of the starts ended here."""
    flags: tuple[str, ...]
    """Plain words on what is doubtful; empty where nothing is."""

    @property
    def sigma_au(self) -> F8:
        """Standard errors (N, 3) of the positions."""
        return np.asarray(np.sqrt(np.maximum(np.diag(self.covariance_au2), 0.0)), np.float64).reshape(-1, 3)

    @property
    def half_widths_au(self) -> F8:
        """Half-widths (2, N, 3) of the intervals that hold a true coordinate with 68.27 % and with 95 %."""
        return half_widths(self.sigma_au)
