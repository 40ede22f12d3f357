"""What needs no network: bond lengths from the kinetic energy alone, and the classical explosion run backwards."""

from collections.abc import Sequence

import numpy as np

from onlinecei.arrays import F8
from onlinecei.explosion import ChargeUp, invert
from onlinecei.molexa.evaluation.cases import Case
from onlinecei.molexa.evaluation.methods import Found
from onlinecei.molexa.refine import Classical

_TAU_FS = Classical().tau_fs
_STARTS = 4


def inverse_energy_au(case: Case) -> float:
    """Bond length ``q1 q2 / KER`` in bohr, as if the charges of a diatomic molecule appeared at once: 1/KER."""
    sample = case.sample
    mass = sample.mass_au - sample.charge[0]
    release = float((np.square(sample.momentum_au[0]).sum(axis=1) / (2 * mass)).sum())
    return float(sample.charge[0].prod() / release)


def fitted_factor(cases: Sequence[Case]) -> float:
    """The c of c/KER with the least mean absolute error of bond lengths, every molecule counting once.

    That is a median of the ratios of true length to 1/KER, with weights.
    """
    simple, true = np.array([inverse_energy_au(case) for case in cases]), np.array([bond_au(each) for each in cases])
    _, own, entries = np.unique([case.molecule for case in cases], return_inverse=True, return_counts=True)
    ratio, weight = true / simple, simple / entries[own]
    order = np.argsort(ratio)
    total = np.cumsum(weight[order])
    return float(ratio[order][np.searchsorted(total, total[-1] / 2)])


def bond_au(case: Case) -> float:
    """True bond length of a diatomic molecule."""
    return float(np.linalg.norm(case.position_au[1] - case.position_au[0]))


def from_energy(case: Case, factor: float) -> Found:
    """The diatomic molecule of length c/KER, its atoms along their momenta."""
    sample = case.sample
    along = sample.momentum_au[0, 0] - sample.momentum_au[0, 1]
    along = along / np.linalg.norm(along) * factor * inverse_energy_au(case)
    share = sample.mass_au[::-1] / sample.mass_au.sum()
    return Found(position_au=np.stack([share[0] * along, -share[1] * along]))


def inverted(case: Case) -> Found:
    """Classical inversion with the one effective charge-up, of the first channel; NaN where it ends in no geometry."""
    sample = case.sample
    charge = sample.charge[0].astype(np.float64)
    law = ChargeUp("erf", tuple(_TAU_FS[int(each)] for each in sample.atomic_number))
    solutions = invert(sample.momentum_au[0], sample.mass_au - charge, charge, law, starts=_STARTS)
    if not solutions:
        return Found(position_au=np.full_like(case.position_au, np.nan))
    return Found(position_au=_centred(solutions[0].positions_au, sample.mass_au))


def _centred(position: F8, mass: F8) -> F8:
    return np.asarray(position - np.average(position, axis=0, weights=mass))
