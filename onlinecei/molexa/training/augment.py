"""What a measurement does to explosions: other frames, errors of the momenta, ions that were not detected."""

import math
from dataclasses import dataclass, replace

import numpy as np

from onlinecei.arrays import F8, Bool
from onlinecei.molexa.training.explosions import Explosions


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """How often and how much."""

    missing_share: float = 0.25
    """Share of the samples that lack one or two ions in every channel."""
    noisy_share: float = 0.5
    """Share of the samples whose momenta get errors."""
    noise: tuple[float, float] = (1e-3, 3e-2)
    """Least and largest standard deviation of errors without a covariance, over the rms momentum; log-uniform."""
    counts: tuple[float, float] = (1e2, 1e5)
    """Fewest and most events that a measured mean is of, for errors with a covariance; log-uniform."""

    def __call__(self, clean: Explosions, rng: np.random.Generator, covariance_au2: F8 | None = None) -> Explosions:
        """Turn, blur and thin out explosions; the covariance (B, C, N, 3, 3) is that of one event."""
        noisy: Bool = rng.random(len(clean.mass_au)) < self.noisy_share
        if covariance_au2 is None:
            blurred = self._blurred(clean, noisy, rng)
        else:
            blurred = self._blurred_by(clean, noisy, covariance_au2, rng)
        thinned = replace(blurred, known=clean.known & ~self._missing(clean.known, rng))
        return turned(thinned, rng)

    def _blurred(self, clean: Explosions, noisy: Bool, rng: np.random.Generator) -> Explosions:
        momentum = clean.momentum_au
        ions = np.maximum(clean.known.sum(axis=2), 1)
        rms = np.sqrt((momentum**2).sum(axis=(2, 3)) / (3 * ions))
        size = noisy * _log_uniform(self.noise, len(noisy), rng)
        scale = (size[:, None] * rms)[..., None, None] * clean.known[..., None]
        return replace(clean, momentum_au=momentum + scale * rng.standard_normal(momentum.shape))

    def _blurred_by(self, clean: Explosions, noisy: Bool, covariance: F8, rng: np.random.Generator) -> Explosions:
        extents, axes = np.linalg.eigh(covariance)
        events = _log_uniform(self.counts, len(noisy), rng)
        size = np.sqrt(np.maximum(extents, 0) / events[:, None, None, None]) * noisy[:, None, None, None]
        errors = np.einsum("bcnij,bcnj->bcni", axes, size * rng.standard_normal(size.shape))
        return replace(clean, momentum_au=clean.momentum_au + errors)

    def _missing(self, known: Bool, rng: np.random.Generator) -> Bool:
        """Choose ions at random; two stay at least, of a diatomic molecule one."""
        here: Bool = np.asarray(known.any(axis=1))
        order = np.argsort(np.where(here, rng.random(here.shape), 2.0), axis=1).argsort(axis=1)
        most = np.clip(here.sum(axis=1) - 2, 1, 2)
        chosen = (rng.random(len(here)) < self.missing_share) * rng.integers(1, most, endpoint=True)
        return np.asarray((order < chosen[:, None])[:, None] & known)


def _log_uniform(limits: tuple[float, float], count: int, rng: np.random.Generator) -> F8:
    return np.exp(rng.uniform(math.log(limits[0]), math.log(limits[1]), count))


def turned(explosions: Explosions, rng: np.random.Generator) -> Explosions:
    """Turn or reflect each explosion as a whole, then each further channel into a frame of its own."""
    batch, channels = explosions.charge.shape[:2]
    whole, frames = orthogonal((batch,), rng), orthogonal((batch, channels), rng)
    frames *= np.linalg.det(frames)[..., None, None]
    frames[:, 0] = np.eye(3)
    momentum = explosions.momentum_au @ (whole[:, None] @ frames)
    return replace(explosions, momentum_au=momentum, position_au=explosions.position_au @ whole)


def orthogonal(shape: tuple[int, ...], rng: np.random.Generator) -> F8:
    """Draw rotations and reflections (*shape, 3, 3), evenly (Mezzadri 2007)."""
    matrix, triangle = np.linalg.qr(rng.standard_normal((*shape, 3, 3)))
    return np.asarray(matrix * np.sign(np.diagonal(triangle, axis1=-2, axis2=-1))[..., None, :])
