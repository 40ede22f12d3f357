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
"""Hartree; between like atoms nothing is gained, and rounding must not send an electron to and fro."""


@compiled
def may_go(donor: int, acceptor: int, rule: Rule, state: State) -> bool:
    """Whether the donor's outermost electron goes to the acceptor."""
    if state.affinity[acceptor] == -math.inf or state.binding[donor] == math.inf:
        return False
    inverse = state.inverse[donor, acceptor]
    core = state.charge[donor] + 1.0
    if rule.downhill:
        gained = state.affinity[acceptor] - state.binding[donor]
        if rule.third_body:
            gained += state.potential[acceptor] - state.potential[donor] + inverse
        else:
            gained += (core - state.charge[acceptor]) * inverse
        if gained <= LEAST_GAIN:
            return False
    return bool(state.binding[donor] <= (core + 2.0 * math.sqrt(core * state.charge[acceptor])) * inverse)


@compiled
def hop_rate(donor: int, rule: Rule, state: State) -> float:
    """Tries per unit of time: once an orbit, of radius charge / (2 binding) and speed sqrt(2 binding)."""
    return float(rule.tries * (2.0 * state.binding[donor]) ** 1.5 / (2.0 * math.pi * (state.charge[donor] + 1.0)))


@compiled
def waiting(rule: Rule, state: State) -> float:
    """Rate, or where transfer is instantaneous the number, of all transfers that may happen now."""
    total = 0.0
    atoms = state.charge.size
    for acceptor in range(atoms):
        if state.affinity[acceptor] == -math.inf:
            continue
        for donor in range(atoms):
            if donor != acceptor and may_go(donor, acceptor, rule, state):
                total += 1.0 if rule.tries == math.inf else hop_rate(donor, rule, state)
    return total


@compiled
def transfer(total: float, bodies: Bodies, table: Elements, rule: Rule, state: State, photon: float) -> None:
    """Move one electron, chosen among those that may go by its rate; ties are broken at random."""
    left = uniform(state.stream) * total
    atoms = state.charge.size
    from_, to = -1, -1
    for acceptor in range(atoms):
        if state.affinity[acceptor] == -math.inf:
            continue
        for donor in range(atoms):
            if left >= 0.0 and donor != acceptor and may_go(donor, acceptor, rule, state):
                from_, to = donor, acceptor
                left -= 1.0 if rule.tries == math.inf else hop_rate(donor, rule, state)
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
