"""How the momenta of an explosion follow the geometry that it starts from."""

import numpy as np

from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei.explosion._propagate import LEFT_OVER, TOLERANCE, momentum_tangents
from onlinecei.explosion.charge_up import ChargeUp
from onlinecei.explosion.classical import checked_ions


def jacobian(positions_au: F8, masses_au: F8, charges: F8, charge_up: ChargeUp | None = None) -> F8:
    """Derivative of the momenta that `explode` gives with respect to the positions.

    The variational equations ``d2(dx)/dt2 = (da/dx) dx`` are integrated beside the trajectory in the same steps, and
    the closed form at the end is differentiated with them. Shifting the whole molecule changes no momentum, which
    gives the columns of the last atom.

    Parameters
    ----------
    positions_au
        (N, 3) in bohr.
    masses_au, charges
        (N,) in electron masses and elementary charges.
    charge_up
        Law of the growing charges; sudden if omitted.

    Returns
    -------
    F8
        (3 N, 3 N): row 3 i + a holds the derivatives of component a of the momentum of atom i, in a.u. per bohr; NaN
        where two atoms are in one place.

    Raises
    ------
    CEIError
        Shapes do not fit, or a charge is not above zero.
    """
    positions = np.ascontiguousarray(positions_au, dtype=np.float64)
    atoms = masses_au.size
    if positions.shape != (atoms, 3) or charges.shape != (atoms,):
        raise CEIError(f"positions {positions.shape} do not fit {atoms} masses and {charges.size} charges")
    masses, charges = checked_ions(masses_au, charges)
    law = charge_up or ChargeUp()
    tau = law.times_au(atoms)
    by_others = momentum_tangents(positions, masses, charges, law.code, tau, TOLERANCE, LEFT_OVER)
    by_last = -by_others.reshape(3 * atoms, atoms - 1, 3).sum(axis=1)
    return np.hstack([by_others, by_last])
