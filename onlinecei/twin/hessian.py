"""Lindh's model Hessian: force constants from the geometry alone.

R. Lindh, A. Bernhardsson, G. Karlstrom, P.-A. Malmqvist, Chem. Phys. Lett. 241, 423 (1995). Stretches of all
pairs, bends of all triples and torsions of all quadruples, each weighted by ``rho = exp(alpha (r_ref^2 -
r^2))`` of its pairs, so that no list of bonds is needed. Stretches of organic molecules come out within 20 %
of measured frequencies, bends up to half too stiff, fluorides more; out-of-plane bends are left out.
"""

from collections.abc import Callable, Iterator
from itertools import permutations

import numpy as np
from numpy.linalg import norm

from onlinecei.arrays import F8, I8

K_STRETCH, K_BEND, K_TORSION = 0.45, 0.15, 0.005
"""Hartree/bohr^2 and hartree/rad^2."""
ALPHA = np.array([[1.0, 0.3949, 0.3949], [0.3949, 0.28, 0.28], [0.3949, 0.28, 0.28]])
"""Per bohr^2, by rows of the periodic table; the third stands for all below."""
R_REF = np.array([[1.35, 2.10, 2.53], [2.10, 2.87, 3.40], [2.53, 3.40, 3.40]])
"""Bohr."""
NEGLIGIBLE = 1e-4
"""Weights below this change no frequency that is seen."""
STRAIGHT = 0.1
"""Sine of an angle below which it counts as straight: its bend has two directions and torsions about it mean
nothing."""
_STEP = 1e-4
"""Bohr, for the derivatives of the coordinates; errors of 1e-8."""

Coordinate = Callable[[F8], float]


def model_hessian(positions_au: F8, atomic_numbers: I8) -> F8:
    """Second derivatives (3 N, 3 N) of the energy at a minimum, in hartree/bohr^2."""
    rows = np.digitize(atomic_numbers, [3, 11])
    distances = norm(positions_au[:, None] - positions_au, axis=2)
    alpha, reference = ALPHA[rows[:, None], rows], R_REF[rows[:, None], rows]
    rho = np.exp(alpha * (reference**2 - distances**2))
    hessian = np.zeros((positions_au.size, positions_au.size))
    for force, coordinate in _coordinates(positions_au, rho):
        gradient = _gradient(coordinate, positions_au)
        hessian += force * np.outer(gradient, gradient)
    return hessian


def _coordinates(positions: F8, rho: F8) -> Iterator[tuple[float, Coordinate]]:
    atoms = range(len(positions))
    for i, j in permutations(atoms, 2):
        if i < j:
            yield K_STRETCH * rho[i, j], _stretch(i, j)
    for i, j, k in permutations(atoms, 3):
        weight = rho[i, j] * rho[j, k]
        if i < k and weight > NEGLIGIBLE:
            yield from ((K_BEND * weight, bend) for bend in _bends(positions, i, j, k))
    for i, j, k, m in permutations(atoms, 4):
        weight = rho[i, j] * rho[j, k] * rho[k, m]
        if i < m and weight > NEGLIGIBLE and not (_straight(positions, i, j, k) or _straight(positions, j, k, m)):
            yield K_TORSION * weight, _torsion(positions, i, j, k, m)


def _gradient(coordinate: Coordinate, positions: F8) -> F8:
    shifts = _STEP * np.eye(positions.size).reshape(-1, *positions.shape)
    return np.array([coordinate(positions + shift) - coordinate(positions - shift) for shift in shifts]) / (2 * _STEP)


def _unit(vector: F8) -> F8:
    return np.asarray(vector / norm(vector))


def _straight(r: F8, i: int, j: int, k: int) -> bool:
    return bool(norm(np.cross(_unit(r[i] - r[j]), _unit(r[k] - r[j]))) < STRAIGHT)


def _stretch(i: int, j: int) -> Coordinate:
    return lambda r: float(norm(r[i] - r[j]))


def _bends(positions: F8, i: int, j: int, k: int) -> list[Coordinate]:
    """Give the angle at j, or both directions in which a straight one bends."""
    if not _straight(positions, i, j, k):
        return [lambda r: float(np.arccos(_unit(r[i] - r[j]) @ _unit(r[k] - r[j])))]
    if _unit(positions[i] - positions[j]) @ _unit(positions[k] - positions[j]) > 0:
        return []
    across = np.linalg.svd((positions[i] - positions[k])[None])[2][1:]
    return [_sideways(direction, i, j, k) for direction in across]


def _sideways(direction: F8, i: int, j: int, k: int) -> Coordinate:
    return lambda r: float(direction @ (_unit(r[i] - r[j]) + _unit(r[k] - r[j])))


def _torsion(positions: F8, i: int, j: int, k: int, m: int) -> Coordinate:
    """Dihedral angle, counted from its value at the minimum so that it never jumps."""
    start = _dihedral(positions, i, j, k, m)
    return lambda r: float(np.angle(_dihedral(r, i, j, k, m) / start))


def _dihedral(r: F8, i: int, j: int, k: int, m: int) -> complex:
    axis = _unit(r[k] - r[j])
    first, second = np.cross(r[i] - r[j], axis), np.cross(r[m] - r[k], axis)
    return complex(first @ second, axis @ np.cross(first, second))
