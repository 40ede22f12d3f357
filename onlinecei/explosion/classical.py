"""The classical explosion: point charges that appear on the atoms and push each other away."""

import numpy as np

from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei.explosion._propagate import TOLERANCE, asymptotic_momenta_batch
from onlinecei.explosion.charge_up import ChargeUp


def explode(positions_au: F8, masses_au: F8, charges: F8, charge_up: ChargeUp | None = None) -> F8:
    """Ion momenta long after the explosion of a molecule at rest.

    Point charges ``q_i f_i(t)`` obey Newton's equations until less than 2e-4 of the energy is potential; what is left
    is handed out by the closed form for straight flight, so that momenta are good to about 1e-7.

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
    """
    positions = np.ascontiguousarray(positions_au, dtype=np.float64)
    atoms = masses_au.size
    if positions.ndim not in {2, 3} or positions.shape[-2:] != (atoms, 3) or charges.shape != (atoms,):
        raise CEIError(f"positions {positions.shape} do not fit {atoms} masses and {charges.size} charges")
    if np.any(charges <= 0):
        raise CEIError(f"charges are {charges.tolist()}, expected all above zero")
    law = charge_up or ChargeUp()
    momenta = asymptotic_momenta_batch(
        positions.reshape(-1, atoms, 3),
        charges,
        masses_au,
        law.code,
        law.times_au(atoms),
        law.settled_au(atoms),
        TOLERANCE,
    )
    return momenta.reshape(positions.shape)


def sudden_energy(positions_au: F8, charges: F8) -> float:
    """Coulomb energy in hartree of point charges (N,) at positions (N, 3): the KER of a sudden explosion."""
    first, second = np.triu_indices(charges.size, 1)
    distances = np.linalg.norm(positions_au[first] - positions_au[second], axis=1)
    return float(np.sum(charges[first] * charges[second] / distances))
