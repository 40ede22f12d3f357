"""Electrons that go from one atom to another over the barrier between them.

The classical over-the-barrier model: A. Niehaus, J. Phys. B 19, 2925 (1986). An electron of the donor (charge Q_D) sees
the donor's core, Q_D + 1, and the acceptor's charge Q_A. It is over the barrier where
``R <= (Q_D + 1 + 2 sqrt((Q_D + 1) Q_A)) / I_D``.
"""

import math

from onlinecei.compiled import compiled
from onlinecei.explosion.montecarlo._electrons import put_valence, refresh, take_valence
from onlinecei.explosion.montecarlo._random import uniform
from onlinecei.explosion.montecarlo.rules import Rule
from onlinecei.explosion.montecarlo.state import State
from onlinecei.explosion.montecarlo.tables import Bodies, Elements

LEAST_GAIN = 1e-9
"""Hartree; where only gains count, rounding must not send an electron to and fro between like atoms."""
FAR = 7.0
"""Widths below zero from which on nothing goes: 1e-3 of what goes far above."""


@compiled
def chance(donor: int, acceptor: int, rule: Rule, state: State) -> float:
    """How readily the donor's outermost electron goes to an acceptor that has room, from zero to one."""
    if state.binding[donor] == math.inf:
        return 0.0
    inverse = state.inverse[donor, acceptor]
    core = state.charge[donor] + 1.0
    gain = state.affinity[acceptor] - state.binding[donor]
    if rule.third_body:
        gain += state.potential[acceptor] - state.potential[donor] + inverse
    else:
        gain += (core - state.charge[acceptor]) * inverse
    if gain <= LEAST_GAIN - FAR * rule.width:
        return 0.0
    if state.binding[donor] > (core + 2.0 * math.sqrt(core * state.charge[acceptor])) * inverse:
        return 0.0
    if not 0.0 < rule.width < math.inf:
        return 1.0
    return 1.0 / (1.0 + math.exp(-gain / rule.width))


@compiled
def waiting(rule: Rule, state: State) -> float:
    """Rate, or where transfer is at once the number, of all transfers that may happen now."""
    total = 0.0
    atoms = state.charge.size
    for acceptor in range(atoms):
        if state.affinity[acceptor] > -math.inf:
            for donor in range(atoms):
                share = chance(donor, acceptor, rule, state) if donor != acceptor else 0.0
                state.chance[acceptor, donor] = share
                total += share
    return total if rule.time == 0.0 else total / rule.time


@compiled
def transfer(total: float, bodies: Bodies, table: Elements, rule: Rule, state: State, photon: float) -> None:
    """Move one electron, chosen by what `waiting` has just found; ties are broken at random."""
    left = uniform(state.stream) * (total if rule.time == 0.0 else total * rule.time)
    atoms = state.charge.size
    from_, to = -1, -1
    for acceptor in range(atoms):
        if state.affinity[acceptor] > -math.inf and left >= 0.0:
            for donor in range(atoms):
                share = state.chance[acceptor, donor]
                if share > 0.0 and left >= 0.0:
                    from_, to = donor, acceptor
                    left -= share
    take_valence(from_, bodies.kind[from_], table, state)
    put_valence(to, bodies.kind[to], table, state)
    recharge(from_, 1.0, state)
    recharge(to, -1.0, state)
    refresh(from_, bodies.kind[from_], table, state, photon)
    refresh(to, bodies.kind[to], table, state, photon)


@compiled
def recharge(atom: int, gain: float, state: State) -> None:
    """Bring the potentials of the others up to date with a charge that has changed."""
    for other in range(state.charge.size):
        if other != atom:
            state.potential[other] += gain * state.inverse[atom, other]
