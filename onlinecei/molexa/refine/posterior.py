"""How well geometries agree with momenta and prior, and which way is better."""

import numpy as np
import torch
from scipy.linalg import block_diag
from scipy.spatial.transform import Rotation

from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei.molexa.network import Sample
from onlinecei.molexa.network.onlinecei.alignment import rotation_onto
from onlinecei.molexa.refine.checks import full_covariance
from onlinecei.molexa.refine.forward import Forward
from onlinecei.molexa.refine.points import Points
from onlinecei.molexa.refine.records import Prior

_LEAST_ERROR = 1e-6
"""Least error of a momentum, over the rms: keeps exact models and exact momenta within the precision of numbers."""
_ANY_TURN = np.pi**-2
"""Precision that a rotation has for certain; keeps turns that change nothing, as of a linear molecule, determined."""


class Posterior:
    """Momenta of C channels with their errors, a model of the explosion, and a prior: D = 3 N + 3 (C - 1) unknowns.

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
        self.whitening = self._whitening(covariance_au2, forward.errors(sample.atomic_number, self.charges) * doubt)
        turns = np.full(3 * len(self.charges) - 3, _ANY_TURN)
        self.precision: F8 = block_diag(*prior.precision, np.diag(turns))

    def start(self, position_au: F8) -> Points:
        """Take up geometries (K, N, 3), with the frames turned to where they fit best."""
        momenta = self._momenta(position_au)
        rotation = np.tile(np.eye(3), (*momenta.shape[:2], 1, 1))
        for own, fitted in zip(momenta, rotation, strict=True):
            if len(own) > 1 and np.isfinite(own).all():
                columns = (self.measured[1:], own[1:], self.sample.known[1:].astype(np.float64))
                fitted[1:] = rotation_onto(*(torch.from_numpy(column) for column in columns))[0].numpy()
        return self._points(position_au, rotation, momenta)

    def moved(self, points: Points, step: F8) -> Points:
        """Take steps (K, D): shifts of the atoms, then turns of the further channels' frames."""
        count, size = len(step), self.sample.atomic_number.size * 3
        position = points.position_au + step[:, :size].reshape(count, -1, 3)
        rotation = points.rotation.copy()
        if rotation.shape[1] > 1:
            turns = Rotation.from_rotvec(step[:, size:].reshape(-1, 3)).as_matrix().reshape(count, -1, 3, 3)
            rotation[:, 1:] = turns @ rotation[:, 1:]
        return self._points(position, rotation, self._momenta(position))

    def judged(self, points: Points) -> Points:
        """The same geometries with cost and residual as they are here, found by whatever other errors."""
        return self._points(points.position_au, points.rotation, points.momentum_au)

    def slopes(self, points: Points) -> F8:
        """Derivatives (K, C, 3 N, 3 N) of the momenta with respect to the positions, both in the geometry's frame."""
        number = self.sample.atomic_number
        return np.stack([self.forward.jacobian(number, self.charges, each) for each in points.position_au])

    def normal(self, points: Points, slopes: F8) -> tuple[F8, F8]:
        """Half the second (K, D, D) and half the first (K, D) derivative of the cost, after Gauss and Newton."""
        derivative = self._derivative(points, slopes)
        transposed = np.swapaxes(derivative, 1, 2)
        hessian = transposed @ derivative + self.precision
        gradient = (transposed @ points.residual[..., None])[..., 0]
        shift = self._shift(points.position_au)
        size = shift.shape[1]
        gradient[:, :size] += shift @ self.precision[:size, :size]
        return hessian, gradient

    def misfit(self, points: Points) -> F8:
        """Rms difference (K, C) of the momenta, over the rms of the measured."""
        squares = np.where(self.sample.known[..., None], points.turned_au - self.measured, 0.0) ** 2
        return np.asarray(np.sqrt(squares.sum(axis=(2, 3)) / self.known.sum(axis=1)) / self.rms)

    @property
    def freedom(self) -> int:
        """Momenta that carry information: not the last ion of a complete channel, nor the frames of further ones."""
        complete = self.sample.known.all(axis=1).sum()
        return max(int(self.known.sum() - 3 * complete - 3 * (len(self.charges) - 1)), 1)

    def _momenta(self, position: F8) -> F8:
        """Momenta (K, C, N, 3) of geometries (K, N, 3), all in one go."""
        count, channels = len(position), len(self.charges)
        numbers = np.tile(self.sample.atomic_number, (count * channels, 1))
        momenta = self.forward.momenta_many(
            numbers, np.tile(self.charges, (count, 1)), np.repeat(position, channels, axis=0)
        )
        return momenta.reshape(count, channels, -1, 3)

    def _points(self, position: F8, rotation: F8, momenta: F8) -> Points:
        turned = momenta @ np.swapaxes(rotation, -1, -2)
        difference = (turned - self.measured).reshape(*turned.shape[:2], -1, 1)
        residual = (self.whitening @ difference).reshape(len(turned), -1)
        shift = self._shift(position)
        size = shift.shape[1]
        prior = np.einsum("ki,ij,kj->k", shift, self.precision[:size, :size], shift)
        cost = (residual**2).sum(axis=1) + prior
        return Points(position_au=position, rotation=rotation, momentum_au=momenta, residual=residual, cost=cost)

    def _shift(self, position: F8) -> F8:
        return (position - self.prior.mean_au).reshape(len(position), -1)

    def _derivative(self, points: Points, slopes: F8) -> F8:
        """Derivatives (K, 3 C N, D) of the residual."""
        count, channels, atoms = points.momentum_au.shape[:3]
        size = 3 * atoms
        turned = points.rotation[:, :, None] @ slopes.reshape(count, channels, atoms, 3, size)
        derivative = np.zeros((count, channels, size, len(self.precision)))
        derivative[..., :size] = turned.reshape(count, channels, size, size)
        for channel in range(1, channels):
            own = slice(size + 3 * (channel - 1), size + 3 * channel)
            derivative[:, channel, :, own] = _by_turn(points.turned_au[:, channel])
        return (self.whitening @ derivative).reshape(count, channels * size, -1)

    def _whitening(self, covariance: F8, errors: F8) -> F8:
        """Matrices (C, 3 N, 3 N) that give deviations the covariance one; zero for ions that were not detected."""
        own = full_covariance(self.sample, covariance)
        model = (errors**2 * len(self.charges) + _LEAST_ERROR**2) * self.rms[:, None] ** 2
        matrices = np.zeros(own.shape)
        for channel, known in enumerate(self.known):
            rows = np.ix_(known, known)
            total = own[channel][rows] + np.diag(np.repeat(model[channel], 3)[known])
            try:
                matrices[channel][rows] = np.linalg.inv(np.linalg.cholesky(total))
            except np.linalg.LinAlgError as failure:
                raise CEIError(
                    f"the covariance of the momenta of channel {channel + 1} has a negative variance in some direction,"
                    " expected none"
                ) from failure
        return matrices


def _by_turn(momenta: F8) -> F8:
    """Derivative (K, 3 N, 3) of momenta (K, N, 3) with respect to a small turn w, which adds w x p."""
    turned = np.cross(np.eye(3), momenta[:, :, None])  # (K, N, turn, 3)
    return np.asarray(np.swapaxes(turned, 2, 3).reshape(len(momenta), -1, 3))
