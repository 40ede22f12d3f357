"""Errors of geometries, as MOLEXA's tables define them: MAE, DE and AE."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8

_SMALL = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Of one geometry."""

    mae_au: float
    """Mean absolute error of the coordinates, in the frame of the momenta."""
    aligned_mae_au: float
    """The same after the best rotation."""
    mean_de_au: float
    """Mean error of the distances of all pairs of atoms."""
    max_de_au: float
    mean_ae_deg: float
    """Mean error of the angles of all triplets, each atom being the vertex once; NaN with two atoms."""
    max_ae_deg: float


def errors(found_au: F8, true_au: F8) -> Errors:
    """Compare a geometry (N, 3) with the truth (N, 3), both in bohr about the centre of mass."""
    distance = np.abs(_distances(found_au) - _distances(true_au))
    angle = np.abs(_angles_deg(found_au) - _angles_deg(true_au))
    return Errors(
        mae_au=float(np.abs(found_au - true_au).mean()),
        aligned_mae_au=float(np.abs(aligned(found_au, true_au) - true_au).mean()),
        mean_de_au=float(distance.mean()),
        max_de_au=float(distance.max()),
        mean_ae_deg=float(angle.mean()) if angle.size else np.nan,
        max_ae_deg=float(angle.max()) if angle.size else np.nan,
    )


def aligned(found_au: F8, true_au: F8) -> F8:
    """Turn a geometry (N, 3) onto another by least squares (Kabsch 1976), without reflection or shift."""
    left, _, right = np.linalg.svd(found_au.T @ true_au)
    handedness = np.diag([1.0, 1.0, np.linalg.det(left @ right)])
    return np.asarray(found_au @ left @ handedness @ right)


def _distances(positions: F8) -> F8:
    first, second = np.triu_indices(len(positions), 1)
    return np.asarray(np.linalg.norm(positions[first] - positions[second], axis=1))


def _angles_deg(positions: F8) -> F8:
    """Angles at every atom between every two others."""
    apart = positions[None] - positions[:, None]
    unit = apart / np.maximum(np.linalg.norm(apart, axis=2, keepdims=True), _SMALL)
    cosine = unit @ unit.transpose(0, 2, 1)
    first, second = np.triu_indices(len(positions), 1)
    vertex = np.arange(len(positions))[:, None]
    of_three = (vertex != first) & (vertex != second)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine[:, first, second][of_three], -1, 1))))
