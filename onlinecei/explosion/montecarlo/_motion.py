"""Forces between the atoms: charges, what is left of the bonds, and a core that nothing passes."""

import math

from onlinecei.arrays import F8
from onlinecei.compiled import compiled
from onlinecei.explosion.montecarlo._bonds import STEEPNESS
from onlinecei.explosion.montecarlo.state import State
from onlinecei.explosion.montecarlo.tables import Pairs

CORE_HEIGHT = 1.0
"""Hartree; two cores at half their distance repel each other with nine times this."""


@compiled
def forces(pairs: Pairs, state: State) -> bool:
    """Forces and potentials of all charges; says whether any bond still holds."""
    bonded = False
    for i in range(state.potential.size):
        state.potential[i] = 0.0
        for axis in range(3):
            state.force[i, axis] = 0.0
    for pair in range(pairs.first.size):
        i, j = pairs.first[pair], pairs.second[pair]
        dx = state.position[i, 0] - state.position[j, 0]
        dy = state.position[i, 1] - state.position[j, 1]
        dz = state.position[i, 2] - state.position[j, 2]
        inverse = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
        state.inverse[i, j] = inverse
        state.inverse[j, i] = inverse
        state.potential[i] += state.charge[j] * inverse
        state.potential[j] += state.charge[i] * inverse
        push = state.charge[i] * state.charge[j] * inverse * inverse
        share = bond_share(pairs, pair, state)
        if share > 0.0:
            bonded = bonded or inverse > pairs.broken[pair]
            stretched = math.exp(STEEPNESS * (pairs.length[pair] - 1.0 / inverse))
            push -= 2.0 * share * pairs.depth[pair] * STEEPNESS * stretched * (1.0 - stretched)
        if inverse > pairs.core[pair]:
            ratio = (inverse / pairs.core[pair]) ** 2
            push += 4.0 * CORE_HEIGHT * (ratio - 1.0) * ratio * inverse
        push *= inverse
        state.force[i, 0] += push * dx
        state.force[i, 1] += push * dy
        state.force[i, 2] += push * dz
        state.force[j, 0] -= push * dx
        state.force[j, 1] -= push * dy
        state.force[j, 2] -= push * dz
    return bonded


@compiled
def bond_share(pairs: Pairs, pair: int, state: State) -> float:
    """What is left of a bond: each charge on its atoms takes one of its electrons, and electrons bind in pairs."""
    if pairs.depth[pair] == 0.0:
        return 0.0
    charge = state.charge[pairs.first[pair]] + state.charge[pairs.second[pair]]
    left = float(1.0 - charge * pairs.loss[pair])
    return left * left if left > 0.0 else 0.0


@compiled
def kick(mass: F8, time: float, state: State) -> None:
    """Change velocities by the forces."""
    for i in range(mass.size):
        for axis in range(3):
            state.velocity[i, axis] += time / mass[i] * state.force[i, axis]


@compiled
def drift(atoms: int, time: float, state: State) -> None:
    """Change positions by the velocities."""
    for i in range(atoms):
        for axis in range(3):
            state.position[i, axis] += time * state.velocity[i, axis]
