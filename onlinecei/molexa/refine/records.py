"""What refinement takes and gives."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8
from onlinecei.errors import CEIError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prior:
    """What is known of a geometry beforehand: a normal distribution about the network's answer."""

    mean_au: F8
    """(N, 3) in bohr, in the frame of the first channel."""
    sigma_au: F8 | float
    """Standard deviation of each coordinate in bohr: one, or one for each atom (N,)."""

    def __post_init__(self) -> None:
        sigma = np.asarray(self.sigma_au, np.float64)
        atoms = len(self.mean_au)
        if self.mean_au.shape != (atoms, 3) or not np.isfinite(self.mean_au).all():
            raise CEIError(f"the prior's geometry has shape {self.mean_au.shape}, expected (N, 3) finite positions")
        if sigma.shape not in {(), (atoms,)} or not (np.isfinite(sigma).all() and sigma.min() > 0):
            raise CEIError(f"the prior's sigma is {sigma.tolist()} bohr, expected one above zero or one for each atom")

    @property
    def precision(self) -> F8:
        """Inverse variance (3 N,) of each coordinate."""
        sigma = np.broadcast_to(np.asarray(self.sigma_au, np.float64), (len(self.mean_au),))
        return np.repeat(sigma**-2.0, 3)


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
    """Squared deviations from momenta and prior in units of their errors, per degree of freedom; about one."""
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
