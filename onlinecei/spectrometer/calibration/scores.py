"""How the likelihood of hits changes with the numbers that are fitted, and how sharply."""

import math

import numpy as np

from onlinecei.arrays import F8, I8, Bool
from onlinecei.compiled import compiled
from onlinecei.spectrometer.calibration.mixture import ENOUGH_TO_LEAN, Mixture, leaning, log_density_at
from onlinecei.spectrometer.calibration.model import STEPS, Fixed
from onlinecei.spectrometer.calibration.readings import Kinds, Readings, Sample, momentum_of


def gathered(readings: Readings, mixture: Mixture, score: F8, kinds: Kinds) -> tuple[F8, F8]:
    """Gradient (7,) and information (7, 7) of all hits, per `STEPS`, with the leans fitted along."""
    sums = _information(
        readings.first, readings.kind, readings.cosine, mixture.share, score,
        kinds.leans & (mixture.hits >= ENOUGH_TO_LEAN), mixture.lean,
    )  # fmt: skip
    return _without_leans(*sums, score.shape[1])


def scores(sample: Sample, kinds: Kinds, readings: Readings, mixture: Mixture, parameters: F8, fixed: Fixed) -> F8:
    """Derivatives (R, 7) of the logarithm of each reading's density along the parameters, per `STEPS`."""
    return _scores(
        sample.x, sample.y, sample.t, kinds.mass, kinds.charge, kinds.moving, kinds.largest, kinds.leans,
        readings.first, readings.kind, mixture.log_density, mixture.lean, parameters, STEPS, fixed,
    )  # fmt: skip


@compiled
def _scores(
    x: F8, y: F8, t: F8, mass: F8, charge: F8, moving: F8, largest: F8, leans: Bool, first: I8,
    kind: I8, table: F8, lean: F8, parameters: F8, steps: F8, fixed: Fixed,
) -> F8:  # fmt: skip
    out = np.zeros((kind.size, parameters.size))
    trial = parameters.copy()
    for p in range(parameters.size):
        for side in (1.0, -1.0):
            trial[p] = parameters[p] + side * steps[p]
            for i in range(t.size):
                for r in range(first[i], first[i + 1]):
                    k = kind[r]
                    px, py, pz, jacobian = momentum_of(x[i], y[i], t[i], mass[k], charge[k], moving[k], trial, fixed)
                    size = np.sqrt(px * px + py * py + pz * pz)
                    logarithm = log_density_at(size, largest[k], table, k) + jacobian
                    if leans[k]:
                        logarithm += math.log(leaning(pz / size, k, lean))
                    out[r, p] += 0.5 * side * logarithm
            trial[p] = parameters[p]
    return out


@compiled
def _information(first: I8, kind: I8, cosine: F8, share: F8, score: F8, leans: Bool, lean: F8) -> tuple[F8, F8]:
    """Sum over hits of the scores and of their outer products, along the parameters and then the leans (two a kind)."""
    width = score.shape[1]
    full = width + 2 * leans.size
    gradient, matrix, own = np.zeros(full), np.zeros((full, full)), np.zeros(full)
    touched = np.empty(full, np.int64)
    for i in range(first.size - 1):
        count = 0
        for p in range(width):
            own[p], touched[p] = 0.0, p
            count += 1
        for r in range(first[i], first[i + 1]):
            for p in range(width):
                own[p] += share[r] * score[r, p]
            k = kind[r]
            if leans[k]:
                weight = share[r] / leaning(cosine[r], k, lean)
                own[width + 2 * k] = weight * cosine[r]
                own[width + 2 * k + 1] = weight * (1.5 * cosine[r] * cosine[r] - 0.5)
                touched[count], touched[count + 1] = width + 2 * k, width + 2 * k + 1
                count += 2
        for a in range(count):
            gradient[touched[a]] += own[touched[a]]
            for b in range(count):
                matrix[touched[a], touched[b]] += own[touched[a]] * own[touched[b]]
    return gradient, matrix


def _without_leans(gradient: F8, matrix: F8, width: int) -> tuple[F8, F8]:
    """Take the leans out as numbers that are fitted along (Schur complement)."""
    rows = width + np.flatnonzero(np.diag(matrix)[width:] > 0)
    if not rows.size:
        return gradient[:width], matrix[:width, :width]
    mixed = matrix[:width][:, rows] @ np.linalg.pinv(matrix[np.ix_(rows, rows)], hermitian=True)
    return gradient[:width] - mixed @ gradient[rows], matrix[:width, :width] - mixed @ matrix[rows][:, :width]
