"""From mean momenta back to the geometry: least squares through the compiled explosion, from several starts."""

from dataclasses import dataclass, replace

import numpy as np

from onlinecei.arrays import F8
from onlinecei.explosion.charge_up import ChargeUp
from onlinecei.explosion.classical import explode
from onlinecei.explosion.distinct import distinct
from onlinecei.explosion.tangent import jacobian

STARTS = 12
"""Geometric guesses tried; water needs one, the rest looks for other solutions."""
SPREAD = 0.35
"""Rms displacement of the further starts, in units of the physics length; about a third of a bond."""
FITS = 1e-3
"""Relative misfit below which a geometry counts as explaining the momenta."""
RUNAWAY = 5.0
"""Extent, over that of the geometric guess, from which on a fit has only pushed an ion out of the molecule."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """A geometry that explains measured momenta."""

    positions_au: F8
    """(N, 3) about the centre of mass, in the frame of the momenta."""
    momenta_au: F8
    """(N, 3) that it gives when it explodes."""
    misfit: float
    """Rms difference from the measured momenta, over their rms."""
    jacobian: F8
    """(3 N, 3 N) derivative of the momenta with respect to the positions."""
    starts: int
    """How many of the starts ended here."""


def invert(momenta_au: F8, masses_au: F8, charges: F8, charge_up: ChargeUp, *, starts: int = STARTS) -> list[Solution]:
    """Find the geometries whose explosion gives the momenta (N, 3), the one that most starts found first.

    Levenberg-Marquardt in units of the physics length ``L = sum q_i q_j / KER`` (a sudden explosion is scale-free:
    r -> a r gives p -> p / sqrt(a)).
    The first start puts every ion along its velocity; the others displace it at random, from a
    fixed seed. An empty list means that no start came below a misfit of one.
    """
    problem = _Problem(momenta_au, masses_au, charges, charge_up)
    random = np.random.default_rng(20260217)
    guess = problem.guess()
    displacements = random.normal(scale=SPREAD, size=(starts, *guess.shape))
    displacements[0] = 0.0
    ends = [problem.solve(guess + displacement) for displacement in displacements]
    found = [end for end in ends if end is not None]
    groups = distinct([end.positions_au for end in found], problem.length)
    best = [min((found[index] for index in group), key=lambda end: end.misfit) for group in groups]
    solutions = [replace(each, starts=len(group)) for each, group in zip(best, groups, strict=True)]
    explaining = [solution for solution in solutions if solution.misfit < FITS]
    return sorted(explaining or solutions, key=lambda solution: -solution.starts)


class _Problem:
    """The least-squares problem of one set of momenta, scaled to numbers around one."""

    def __init__(self, momenta: F8, masses: F8, charges: F8, charge_up: ChargeUp) -> None:
        self.momenta, self.masses, self.charges, self.charge_up = momenta, masses, charges, charge_up
        self.rms = float(np.sqrt(np.mean(momenta**2)))
        ker = float(np.sum(momenta**2 / (2 * masses[:, None])))
        pairs = (charges.sum() ** 2 - np.sum(charges**2)) / 2
        self.length = float(pairs / ker)

    def guess(self) -> F8:
        """Ions along their velocities, scaled to the Coulomb energy that was measured; in units of the length."""
        along = self.momenta / np.sqrt(self.masses)[:, None]
        along -= along.mean(axis=0)
        first, second = np.triu_indices(self.masses.size, 1)
        distances = np.linalg.norm(along[first] - along[second], axis=1)
        distances = np.maximum(distances, 0.3 * distances.mean())
        pairs = self.charges[first] * self.charges[second]
        return np.asarray(along * np.sum(pairs / distances) / pairs.sum())

    def solve(self, start: F8) -> Solution | None:
        """One run of Levenberg-Marquardt; None where it does not end in a geometry."""
        from scipy.optimize import least_squares  # noqa: PLC0415  a quarter of a second, which readers do without

        if not np.all(np.isfinite(self.residual(start.ravel()))):
            return None
        fit = least_squares(self.residual, start.ravel(), jac=self.derivative, method="lm", max_nfev=60)
        positions = fit.x.reshape(start.shape)
        momenta = explode(positions * self.length, self.masses, self.charges, self.charge_up)
        misfit = float(np.sqrt(np.mean((momenta - self.momenta) ** 2)) / self.rms)
        if not misfit < 1.0 or np.abs(positions).max() > RUNAWAY * np.abs(self.guess()).max():
            return None
        centre = np.average(positions, axis=0, weights=self.masses)
        return Solution(
            positions_au=(positions - centre) * self.length,
            momenta_au=momenta,
            misfit=misfit,
            jacobian=jacobian(positions * self.length, self.masses, self.charges, self.charge_up),
            starts=1,
        )

    def residual(self, flat: F8) -> F8:
        """Momentum differences over the rms, and the centre of mass, which holds the molecule in place."""
        positions = flat.reshape(-1, 3)
        momenta = explode(positions * self.length, self.masses, self.charges, self.charge_up)
        centre = np.average(positions, axis=0, weights=self.masses)
        return np.concatenate([((momenta - self.momenta) / self.rms).ravel(), centre])

    def derivative(self, flat: F8) -> F8:
        """Derivative of the residual."""
        by_position = jacobian(flat.reshape(-1, 3) * self.length, self.masses, self.charges, self.charge_up)
        weights = self.masses / self.masses.sum()
        return np.vstack([by_position * self.length / self.rms, np.kron(weights, np.eye(3))])
