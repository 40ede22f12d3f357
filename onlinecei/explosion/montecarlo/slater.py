"""Energies of ions with any holes, by Slater's rules: J. C. Slater, Phys. Rev. 36, 57 (1930).

The rules give the total energy of any set of occupations, so also what it costs to take an electron out of an ion
that lacks others. Differences to measured values of the neutral atom are added where they are known.
"""

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.compiled import compiled

GROUP = {"1s": 0, "2s": 1, "2p": 1, "3s": 2, "3p": 2, "3d": 3, "4s": 4, "4p": 4, "4d": 5, "5s": 6, "5p": 6}
PRINCIPAL = np.array([1.0, 2.0, 3.0, 3.0, 3.7, 3.7, 4.0])
"""Slater's effective principal quantum number of each group."""
CAPACITY = {"s": 2, "p": 6, "d": 10}
GROUPS = 7


def _screening() -> F8:
    """How much an electron of a group (column) screens the nucleus for one of another (row)."""
    level = np.array([1, 2, 3, 3, 4, 4, 5])
    is_d = np.array([False, False, False, True, False, True, False])
    screening = np.zeros((GROUPS, GROUPS))
    for row in range(GROUPS):
        for column in range(row + 1):
            if row == column:
                screening[row, column] = 0.30 if row == 0 else 0.35
            elif is_d[row] or level[column] < level[row] - 1:
                screening[row, column] = 1.0
            else:
                screening[row, column] = 0.85
    return screening


SCREENING = _screening()


@compiled
def slater_charge(number: float, electrons: I8, row: int) -> float:
    """Charge of the nucleus as an electron of a group sees it."""
    charge = number + float(SCREENING[row, row])
    for column in range(row + 1):
        charge -= SCREENING[row, column] * electrons[column]
    return charge


@compiled
def slater_energy(number: float, electrons: I8) -> float:
    """Total energy in hartree of an ion with electrons (7,) in the groups."""
    total = 0.0
    for row in range(GROUPS):
        if electrons[row] > 0:
            total -= 0.5 * electrons[row] * (slater_charge(number, electrons, row) / PRINCIPAL[row]) ** 2
    return total


@compiled
def slater_binding(number: float, electrons: I8, row: int) -> float:
    """Energy in hartree to take an electron out of a group of an ion; `electrons` comes back as it was."""
    whole = slater_energy(number, electrons)
    electrons[row] -= 1
    left = slater_energy(number, electrons)
    electrons[row] += 1
    return left - whole
