"""How well a geometry agrees with momenta and prior, and which way is better."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei.molexa.network import Sample
from onlinecei.molexa.network.onlinecei.alignment import rotation_onto
from onlinecei.molexa.refine.checks import full_covariance
from onlinecei.molexa.refine.forward import Forward
from onlinecei.molexa.refine.records import Prior

_LEAST_ERROR = 1e-6
"""Least error of a momentum, over the rms: keeps exact models and exact momenta within the precision of numbers."""
_ANY_TURN = np.pi**-2
"""Precision that a rotation has for certain; keeps turns that change nothing, as of a linear molecule, determined."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Point:
    """A geometry, the place of every channel's frame about it, and what follows."""

    position_au: F8
    """(N, 3)"""
    rotation: F8
    """(C, 3, 3) from the frame of the geometry, which is that of the first channel, to that of each channel."""
    momentum_au: F8
    """(C, N, 3) of the model, in the frames of the channels."""
    residual: F8
    """(C, 3 N) deviations from the measured momenta in units of their errors, zero for ions not detected."""
    cost: float
    """Sum of squares of the residual and of the prior's; NaN where the model gives no momenta."""


class Posterior:
    """Momenta of C channels with their errors, a model of the explosion, and a prior: 3 N + 3 (C - 1) unknowns.

    The model errs in much the same way in all channels of a molecule, so that several of them do not average its error
    out: each is given ``sqrt(C)`` times the error of one, which `doubt` multiplies further.
    """

    def __init__(
        self, sample: Sample, covariance_au2: F8, forward: Forward, prior: Prior, *, doubt: float = 1.0
    ) -> None:
        self.sample, self.forward, self.prior = sample, forward, prior
        self.charges = sample.charge.astype(np.float64)
        self.known = np.repeat(sample.known, 3, axis=1)
        self.measured = np.where(sample.known[..., None], sample.momentum_au, 0.0)
        self.rms = np.sqrt((self.measured**2).sum(axis=(1, 2)) / self.known.sum(axis=1))
        self.whitening = self._whitening(covariance_au2, forward.error * doubt)
        turns = 3 * len(self.charges) - 3
        self.precision = np.concatenate([prior.precision, np.full(turns, _ANY_TURN)])

    def start(self, position_au: F8) -> Point:
        """Take up a geometry, with the frames turned to where they fit best."""
        momenta = self.forward.momenta(self.sample.atomic_number, self.charges, position_au)
        rotation = np.tile(np.eye(3), (len(momenta), 1, 1))
        if len(momenta) > 1 and np.isfinite(momenta).all():
            columns = (self.measured[1:], momenta[1:], self.sample.known[1:].astype(np.float64))
            rotation[1:] = rotation_onto(*(torch.from_numpy(column) for column in columns))[0].numpy()
        return self._point(position_au, rotation, momenta)

    def moved(self, point: Point, step: F8) -> Point:
        """Take a step (3 N + 3 (C - 1),): shifts of the atoms, then turns of the further channels' frames."""
        atoms = self.sample.atomic_number.size
        position = point.position_au + step[: 3 * atoms].reshape(-1, 3)
        rotation = point.rotation.copy()
        if len(rotation) > 1:
            turns = Rotation.from_rotvec(step[3 * atoms :].reshape(-1, 3)).as_matrix()
            rotation[1:] = turns @ rotation[1:]
        return self._point(position, rotation, self.forward.momenta(self.sample.atomic_number, self.charges, position))

    def normal(self, point: Point) -> tuple[F8, F8]:
        """Half the second (D, D) and half the first (D,) derivative of the cost, after Gauss and Newton."""
        derivative = self._derivative(point).reshape(-1, self.precision.size)
        hessian = derivative.T @ derivative + np.diag(self.precision)
        gradient = derivative.T @ point.residual.ravel()
        shift = (point.position_au - self.prior.mean_au).ravel()
        gradient[: shift.size] += self.prior.precision * shift
        return hessian, gradient

    def misfit(self, point: Point) -> F8:
        """Rms difference (C,) of the momenta, over the rms of the measured."""
        squares = (np.where(self.sample.known[..., None], point.momentum_au - self.measured, 0.0) ** 2).sum(axis=(1, 2))
        return np.asarray(np.sqrt(squares / self.known.sum(axis=1)) / self.rms)

    @property
    def freedom(self) -> int:
        """Momenta that carry information: not the last ion of a complete channel, nor the frames of further ones."""
        complete = self.sample.known.all(axis=1).sum()
        return max(int(self.known.sum() - 3 * complete - 3 * (len(self.charges) - 1)), 1)

    def cost(self, point: Point) -> float:
        """Sum of squared deviations by the errors taken here, of a point found with whatever others."""
        return self._judged(point.position_au, self._residual(point.momentum_au))

    def _point(self, position: F8, rotation: F8, momenta: F8) -> Point:
        turned = momenta @ rotation.transpose(0, 2, 1)
        residual = self._residual(turned)
        cost = self._judged(position, residual)
        return Point(position_au=position, rotation=rotation, momentum_au=turned, residual=residual, cost=cost)

    def _residual(self, turned: F8) -> F8:
        difference = (turned - self.measured).reshape(len(turned), -1)
        return np.asarray((self.whitening @ difference[..., None])[..., 0])

    def _judged(self, position: F8, residual: F8) -> float:
        shift = (position - self.prior.mean_au).ravel()
        return float((residual**2).sum() + self.prior.precision @ shift**2)

    def _derivative(self, point: Point) -> F8:
        """Derivative (C, 3 N, D) of the residual."""
        channels, atoms = point.momentum_au.shape[:2]
        by_position = self.forward.jacobian(self.sample.atomic_number, self.charges, point.position_au)
        turned = point.rotation[:, None] @ by_position.reshape(channels, atoms, 3, 3 * atoms)
        derivative = np.zeros((channels, 3 * atoms, self.precision.size))
        derivative[..., : 3 * atoms] = turned.reshape(channels, 3 * atoms, 3 * atoms)
        for channel in range(1, channels):
            own = slice(3 * (atoms + channel - 1), 3 * (atoms + channel))
            derivative[channel, :, own] = _by_turn(point.momentum_au[channel])
        return self.whitening @ derivative

    def _whitening(self, covariance: F8, error: float) -> F8:
        """Matrices (C, 3 N, 3 N) that give deviations the covariance one; zero for ions that were not detected."""
        own = full_covariance(self.sample, covariance)
        model = (error**2 * len(self.charges) + _LEAST_ERROR**2) * self.rms**2
        matrices = np.zeros(own.shape)
        for channel, known in enumerate(self.known):
            rows = np.ix_(known, known)
            total = own[channel][rows] + model[channel] * np.eye(int(known.sum()))
            try:
                matrices[channel][rows] = np.linalg.inv(np.linalg.cholesky(total))
            except np.linalg.LinAlgError as failure:
                raise CEIError(
                    f"the covariance of the momenta of channel {channel + 1} has a negative variance in some direction,"
                    " expected none"
                ) from failure
        return matrices


def _by_turn(momenta: F8) -> F8:
    """Derivative (3 N, 3) of momenta (N, 3) with respect to a small turn w, which adds w x p."""
    return np.asarray(np.cross(np.eye(3), momenta[:, None]).transpose(0, 2, 1).reshape(-1, 3))
