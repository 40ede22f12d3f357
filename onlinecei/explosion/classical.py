"""The classical explosion: point charges that appear on the atoms and push each other away."""

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.errors import CEIError
from onlinecei.explosion._propagate import LEFT_OVER, TOLERANCE, asymptotic_momenta
from onlinecei.explosion.charge_up import ChargeUp


def explode(positions_au: F8, masses_au: F8, charges: F8, charge_up: ChargeUp | None = None) -> F8:
    """Ion momenta long after the explosion of a molecule at rest.

    Point charges ``q_i f_i(t)`` obey Newton's equations until less than 3e-4 of the energy is potential; what is left
    is handed out by the closed form for straight flight. Momenta and the kinetic energy release are good to 1e-6.

    Parameters
    ----------
    positions_au
        (N, 3) or (M, N, 3) in bohr.
    masses_au, charges
        (N,) in electron masses and elementary charges.
    charge_up
        Law of the growing charges; sudden if omitted.

    Returns
    -------
    F8
        Momenta like `positions_au`, in a.u.; NaN for a geometry with two atoms in one place.

    Raises
    ------
    CEIError
        Shapes do not fit, or a charge is not above zero.
    """
    positions = np.ascontiguousarray(positions_au, dtype=np.float64)
    atoms = masses_au.size
    if positions.ndim not in {2, 3} or positions.shape[-2:] != (atoms, 3) or charges.shape != (atoms,):
        raise CEIError(f"positions {positions.shape} do not fit {atoms} masses and {charges.size} charges")
    law = charge_up or ChargeUp()
    flat = positions.reshape(-1, 3)
    molecules = len(flat) // atoms
    masses, each, tau = (np.tile(column, molecules) for column in (masses_au, charges, law.times_au(atoms)))
    momenta = _exploded(flat, masses, each, tau, law.code, np.arange(0, len(flat) + 1, atoms))
    return momenta.reshape(positions.shape)


def explode_many(positions_au: F8, masses_au: F8, charges: F8, first_atom: I8, charge_up: ChargeUp | None = None) -> F8:
    """Ion momenta, as of `explode`, of molecules of different sizes, each alone.

    Parameters
    ----------
    positions_au
        (A, 3) in bohr: the atoms of one molecule after another.
    masses_au, charges
        (A,) in electron masses and elementary charges.
    first_atom
        (M + 1,) rising: molecule m has the atoms from ``first_atom[m]`` up to, not with, ``first_atom[m + 1]``.
    charge_up
        Law of the growing charges, with one time for all atoms or one for each of the A; sudden if omitted.

    Returns
    -------
    F8
        (A, 3) in a.u.; NaN for a molecule with two atoms in one place, zero for an atom alone.

    Raises
    ------
    CEIError
        Shapes do not fit, the molecules do not cover the atoms, or a charge is not above zero.
    """
    positions = np.ascontiguousarray(positions_au, dtype=np.float64)
    atoms = masses_au.size
    if positions.shape != (atoms, 3) or charges.shape != (atoms,):
        raise CEIError(f"positions {positions.shape} do not fit {atoms} masses and {charges.size} charges")
    first = np.ascontiguousarray(first_atom, dtype=np.int64)
    if not first.size or first[0] != 0 or first[-1] != atoms or np.any(np.diff(first) < 0):
        raise CEIError(f"first_atom is {first.tolist()[:9]}, expected rising numbers from 0 to the {atoms} atoms")
    law = charge_up or ChargeUp()
    return _exploded(positions, masses_au, charges, law.times_au(atoms), law.code, first)


def _exploded(positions: F8, masses: F8, charges: F8, tau: F8, law: int, first_atom: I8) -> F8:
    masses, charges = checked_ions(masses, charges)
    return asymptotic_momenta(positions, masses, charges, law, tau, first_atom, TOLERANCE, LEFT_OVER)


def checked_ions(masses_au: F8, charges: F8) -> tuple[F8, F8]:
    """Give masses and charges as the compiled explosions take them; every charge must be above zero."""
    if not np.all(charges > 0):
        raise CEIError(f"the least charge is {charges.min()}, expected all above zero")
    return np.ascontiguousarray(masses_au, dtype=np.float64), np.ascontiguousarray(charges, dtype=np.float64)


def sudden_energy(positions_au: F8, charges: F8) -> float:
    """Coulomb energy in hartree of point charges (N,) at positions (N, 3): the KER of a sudden explosion."""
    first, second = np.triu_indices(charges.size, 1)
    distances = np.linalg.norm(positions_au[first] - positions_au[second], axis=1)
    return float(np.sum(charges[first] * charges[second] / distances))
