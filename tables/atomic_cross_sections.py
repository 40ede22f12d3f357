"""Photoionisation cross sections of full subshells, from xraylib."""  # noqa: INP001

import numpy as np
import xraylib
from atomic_levels import SHELL_OF, known, level_electrons

from onlinecei.arrays import F8

PHOTON_EV = np.geomspace(100.0, 20000.0, 60)
# xraylib's splines bend within a few per cent of an edge; a power law through these two points does not.
CLEAN_ABOVE_EDGE = (1.06, 1.30)


def cross_sections(number: int) -> dict[str, F8]:
    """Photoionisation of full subshells in barn on the photon grid."""
    total = np.array([xraylib.CSb_Photo(number, energy / 1e3) for energy in PHOTON_EV])
    if number == 1:
        return {"1s": total}
    sigma: dict[str, F8] = {}
    for level, count in level_electrons(number).items():
        sigma[SHELL_OF[level]] = sigma.get(SHELL_OF[level], 0.0) + count * partial_barn(number, level)
    return repaired_top(sigma, total)


def partial_barn(number: int, level: str) -> F8:
    """Cross section per electron of a level on the photon grid, continued smoothly below and just above its edge."""
    code = getattr(xraylib, f"{level}_SHELL")
    edge = xraylib.EdgeEnergy(number, code) * 1e3
    found = np.array([known(xraylib.CSb_Photo_Partial, number, code, energy / 1e3) for energy in PHOTON_EV])
    ends = [(f * edge, known(xraylib.CSb_Photo_Partial, number, code, f * edge / 1e3)) for f in CLEAN_ABOVE_EDGE]
    return np.where(CLEAN_ABOVE_EDGE[0] * edge > PHOTON_EV, power_law(PHOTON_EV, ends), found)


def power_law(energy: F8, points: list[tuple[float, float]]) -> F8:
    """Power law through two points (energy, value), nowhere rising."""
    (e1, v1), (e2, v2) = points
    slope = min(np.log(v2 / v1) / np.log(e2 / e1), 0.0)
    return np.asarray(v1 * (energy / e1) ** slope)


def repaired_top(sigma: dict[str, F8], total: F8) -> dict[str, F8]:
    """Continue the partials of light elements, which collapse above 8 keV, and scale them to the total."""
    bad = np.flatnonzero((PHOTON_EV > 6000.0) & (sum(sigma.values()) < 0.99 * total))
    if not bad.size:
        return sigma
    # Two grid points short of the first bad one; the collapse starts below what the total shows.
    last = bad[0] - 2
    top = slice(last, None)
    for values in sigma.values():
        values[top] = power_law(PHOTON_EV[top], [(PHOTON_EV[i], values[i]) for i in (last - 5, last)])
    scale = total[top] / sum(values[top] for values in sigma.values())
    for values in sigma.values():
        values[top] *= scale
    return sigma
