"""Geometries of a molecule as its vibration spreads them.

Approximate: harmonic, with the frequencies of a model Hessian; the positions of the Wigner function only,
because the explosion starts from rest (zero-point momenta are below one part in ten of those of an explosion
and average out).
"""

import numpy as np
from ase import Atoms
from ase.data import atomic_masses_common

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.twin.hessian import model_hessian

SLOWEST = 100 / 219474.63
"""Hartree (100 wavenumbers): slower modes, which are not harmonic, are taken to be this fast."""
IDLE = 1e-8
"""Share of the largest moment of inertia below which a molecule does not turn about an axis."""


def masses_au(atoms: Atoms) -> F8:
    """Masses (N,) of the most abundant isotopes in electron masses."""
    return np.asarray(atomic_masses_common[atoms.numbers] * units.DALTON)


def normal_modes(atoms: Atoms) -> tuple[F8, F8]:
    """Harmonic vibrations about the geometry.

    Returns
    -------
    tuple[F8, F8]
        Angular frequencies (K,) in atomic units, and displacements (K, N, 3) in bohr for a mass-weighted
        amplitude of one. K is 3 N - 6, or 3 N - 5 for a linear molecule.
    """
    positions, masses = atoms.positions * units.ANGSTROM, masses_au(atoms)
    root = np.repeat(np.sqrt(masses), 3)
    weighted = model_hessian(positions, atoms.numbers) / np.outer(root, root)
    inside = _vibrations(positions, masses)
    squares, vectors = np.linalg.eigh(inside.T @ weighted @ inside)
    frequencies = np.maximum(np.sqrt(np.maximum(squares, 0.0)), SLOWEST)
    return frequencies, ((inside @ vectors).T / root).reshape(-1, *positions.shape)


def _vibrations(positions: F8, masses: F8) -> F8:
    """Orthonormal basis (3 N, K) of mass-weighted displacements that neither move nor turn the molecule."""
    about = positions - np.average(positions, axis=0, weights=masses)
    rigid = [np.tile(axis, (len(masses), 1)) for axis in np.eye(3)] + [np.cross(axis, about) for axis in np.eye(3)]
    vectors = np.array([(np.sqrt(masses)[:, None] * motion).ravel() for motion in rigid])
    moved, sizes, _ = np.linalg.svd(vectors.T)
    rank = int(np.sum(sizes**2 > IDLE * sizes[0] ** 2))
    return np.asarray(moved[:, rank:])


def mode_variances(frequencies: F8, temperature_k: float) -> F8:
    """Variance of mass-weighted amplitudes (K,): ``hbar / (2 w) coth(hbar w / 2 k T)``."""
    if temperature_k <= 0:
        return np.asarray(0.5 / frequencies)
    return np.asarray(0.5 / frequencies / np.tanh(frequencies / (2 * units.KELVIN * temperature_k)))


def sample_geometries(atoms: Atoms, number: int, temperature_k: float, rng: np.random.Generator) -> F8:
    """Draw geometries (M, N, 3) in bohr from the harmonic ensemble; at 0 K, the ground state."""
    frequencies, displacements = normal_modes(atoms)
    spread = np.sqrt(mode_variances(frequencies, temperature_k))
    amplitudes = rng.normal(size=(number, frequencies.size)) * spread
    return np.asarray(atoms.positions * units.ANGSTROM + np.tensordot(amplitudes, displacements, axes=1))
