"""Electrons of one ion: energies, rates, and what happens to them in an absorption or a decay."""

import math

from onlinecei.arrays import F8
from onlinecei.compiled import compiled
from onlinecei.explosion.montecarlo._random import uniform
from onlinecei.explosion.montecarlo.slater import slater_binding, slater_energy
from onlinecei.explosion.montecarlo.state import State
from onlinecei.explosion.montecarlo.tables import Elements

PHOTON = -1
"""Second subshell of a decay that sends out a photon."""


@compiled
def refresh(atom: int, kind: int, table: Elements, state: State, photon: float) -> None:
    """Bring cross sections, decay rates and valence energies of an atom up to date with its electrons.

    They are worked out once for each set of occupations and then remembered, in place of an older set if need be.
    """
    key = 1
    for shell in range(table.shells[kind]):
        key = key * (table.capacity[kind, shell] + 1) + state.electrons[atom, shell]
    slot = key % state.known.shape[1]
    if state.known[kind, slot] != key:
        _work_out(atom, kind, table, state, photon)
        state.known[kind, slot] = key
        _remember(atom, state.memory[kind, slot], state)
    _recall(atom, state.memory[kind, slot], state)


@compiled
def _remember(atom: int, row: F8, state: State) -> None:
    row[0], row[1] = state.absorption[atom], state.decay[atom]
    row[2], row[3] = state.binding[atom], state.affinity[atom]
    row[4:] = state.sigma[atom]


@compiled
def _recall(atom: int, row: F8, state: State) -> None:
    state.absorption[atom], state.decay[atom] = row[0], row[1]
    state.binding[atom], state.affinity[atom] = row[2], row[3]
    for shell in range(state.sigma.shape[1]):
        state.sigma[atom, shell] = row[4 + shell]


@compiled
def _work_out(atom: int, kind: int, table: Elements, state: State, photon: float) -> None:
    _count_groups(atom, kind, table, state)
    energy = _energy(atom, kind, table, state)
    state.absorption[atom] = 0.0
    state.sigma[atom] = 0.0
    for shell in range(table.shells[kind]):
        if state.electrons[atom, shell] > 0 and photon > _energy_without(atom, kind, shell, table, state) - energy:
            sigma = table.sigma[kind, shell] * state.electrons[atom, shell] / table.neutral[kind, shell]
            state.sigma[atom, shell] = sigma
            state.absorption[atom] += sigma
    state.decay[atom] = 0.0
    if core_holes(atom, kind, table, state) > 0:
        for decay in range(table.decay_rate.shape[1]):
            if table.decay_rate[kind, decay] == 0.0:
                break
            state.decay[atom] += decay_rate(atom, kind, decay, energy, table, state)
    _valence_energies(atom, kind, table, state)


@compiled
def core_holes(atom: int, kind: int, table: Elements, state: State) -> int:
    """Electrons that lack below the valence shell."""
    holes = 0
    for shell in range(table.valence[kind, 0]):
        holes += table.neutral[kind, shell] - state.electrons[atom, shell]
    return holes


@compiled
def valence_electrons(atom: int, kind: int, table: Elements, state: State) -> int:
    """Electrons in the valence shell."""
    electrons = 0
    for shell in range(table.valence[kind, 0], table.valence[kind, 1] + 1):
        electrons += state.electrons[atom, shell]
    return electrons


@compiled
def neutral_valence(kind: int, table: Elements) -> int:
    """Valence electrons of the neutral atom."""
    electrons = 0
    for shell in range(table.valence[kind, 0], table.valence[kind, 1] + 1):
        electrons += table.neutral[kind, shell]
    return electrons


@compiled
def _count_groups(atom: int, kind: int, table: Elements, state: State) -> None:
    state.groups[:] = 0
    for shell in range(table.shells[kind]):
        state.groups[table.group[kind, shell]] += state.electrons[atom, shell]


@compiled
def _energy(atom: int, kind: int, table: Elements, state: State) -> float:
    """Total energy in hartree by Slater's rules, with each subshell moved to its measured edge in the neutral atom."""
    total = slater_energy(table.atomic_number[kind], state.groups)
    for shell in range(table.shells[kind]):
        total -= table.correction[kind, shell] * state.electrons[atom, shell]
    return total


@compiled
def _move(atom: int, kind: int, shell: int, number: int, table: Elements, state: State) -> None:
    state.electrons[atom, shell] += number
    state.groups[table.group[kind, shell]] += number


@compiled
def _energy_without(atom: int, kind: int, shell: int, table: Elements, state: State) -> float:
    _move(atom, kind, shell, -1, table, state)
    energy = _energy(atom, kind, table, state)
    _move(atom, kind, shell, 1, table, state)
    return energy


@compiled
def decay_rate(atom: int, kind: int, decay: int, energy: float, table: Elements, state: State) -> float:
    """Rate of one decay, scaled with the holes and with the electrons left; zero where energy forbids it."""
    hole, first, second = table.decays[kind, decay]
    holes = table.neutral[kind, hole] - state.electrons[atom, hole]
    if holes <= 0 or state.electrons[atom, first] <= 0:
        return 0.0
    rate = table.decay_rate[kind, decay] * holes
    here, before = state.electrons[atom, first], table.neutral[kind, first]
    if second == PHOTON:
        return float(rate * here / before)
    if first == second:
        rate *= here * (here - 1) / (before * (before - 1))
    else:
        rate *= here * state.electrons[atom, second] / (before * table.neutral[kind, second])
    return float(rate) if rate > 0.0 and _released(atom, kind, decay, energy, table, state) else 0.0


@compiled
def _released(atom: int, kind: int, decay: int, energy: float, table: Elements, state: State) -> bool:
    """Whether an Auger electron would have energy left."""
    hole, first, second = table.decays[kind, decay]
    _move(atom, kind, hole, 1, table, state)
    _move(atom, kind, first, -1, table, state)
    _move(atom, kind, second, -1, table, state)
    after = _energy(atom, kind, table, state)
    _move(atom, kind, hole, -1, table, state)
    _move(atom, kind, first, 1, table, state)
    _move(atom, kind, second, 1, table, state)
    return after < energy


@compiled
def _valence_energies(atom: int, kind: int, table: Elements, state: State) -> None:
    """Energies with which the outermost electron is bound, and with which one more would be."""
    first, last = table.valence[kind]
    electrons = valence_electrons(atom, kind, table, state)
    neutral, room = neutral_valence(kind, table), 0
    for shell in range(first, last + 1):
        room += table.capacity[kind, shell] - state.electrons[atom, shell]
    group = table.group[kind, last]
    number = table.atomic_number[kind]
    state.binding[atom] = math.inf
    if electrons > 0:
        missing = min(max(neutral - electrons, 0), neutral - 1)
        state.binding[atom] = _measured(kind, missing, slater_binding(number, state.groups, group), table)
    state.affinity[atom] = -math.inf
    if room > 0 and state.charge[atom] >= 1.0:
        state.groups[group] += 1
        missing = min(max(neutral - electrons - 1, 0), neutral - 1)
        state.affinity[atom] = _measured(kind, missing, slater_binding(number, state.groups, group), table)
        state.groups[group] -= 1


@compiled
def _measured(kind: int, missing: int, slater: float, table: Elements) -> float:
    """The measured binding energy, moved by what core holes change by Slater's rules."""
    return float(table.ionisation[kind, missing] + slater - table.slater[kind, missing])


@compiled
def absorb(atom: int, kind: int, table: Elements, state: State) -> None:
    """Take a photoelectron out of a subshell, and now and then one that is shaken off."""
    left = uniform(state.stream) * state.absorption[atom]
    shell = -1
    for candidate in range(table.shells[kind]):
        if state.sigma[atom, candidate] > 0.0:
            shell = candidate
            left -= state.sigma[atom, candidate]
            if left < 0.0:
                break
    state.electrons[atom, shell] -= 1
    state.charge[atom] += 1.0
    _shake_off(atom, kind, table.shake[kind, shell], table, state)


@compiled
def _shake_off(atom: int, kind: int, probability: float, table: Elements, state: State) -> None:
    """Lose at most one valence electron, each with the same probability."""
    electrons = valence_electrons(atom, kind, table, state)
    if electrons > 0 and uniform(state.stream) > (1.0 - probability) ** electrons:
        take_valence(atom, kind, table, state)


@compiled
def take_valence(atom: int, kind: int, table: Elements, state: State) -> None:
    """Take the outermost valence electron, which must be there."""
    shell = table.valence[kind, 1]
    while state.electrons[atom, shell] == 0:
        shell -= 1
    state.electrons[atom, shell] -= 1
    state.charge[atom] += 1.0


@compiled
def put_valence(atom: int, kind: int, table: Elements, state: State) -> None:
    """Put an electron into the outermost vacancy of the valence shell, which must be there."""
    shell = table.valence[kind, 1]
    while state.electrons[atom, shell] >= table.capacity[kind, shell]:
        shell -= 1
    state.electrons[atom, shell] += 1
    state.charge[atom] -= 1.0


@compiled
def relax(atom: int, kind: int, table: Elements, state: State) -> None:
    """Let one decay happen, chosen by its rate; some Auger decays of the valence shell send out a second electron."""
    _count_groups(atom, kind, table, state)
    energy = _energy(atom, kind, table, state)
    left = uniform(state.stream) * state.decay[atom]
    chosen = -1
    for decay in range(table.decay_rate.shape[1]):
        rate = decay_rate(atom, kind, decay, energy, table, state)
        if rate > 0.0:
            chosen = decay
            left -= rate
            if left < 0.0:
                break
    hole, first, second = table.decays[kind, chosen]
    state.electrons[atom, hole] += 1
    state.electrons[atom, first] -= 1
    if second != PHOTON:
        state.electrons[atom, second] -= 1
        state.charge[atom] += 1.0
        outer = min(first, second) >= table.valence[kind, 0] and valence_electrons(atom, kind, table, state) > 0
        if outer and uniform(state.stream) < state.double_auger[atom]:
            take_valence(atom, kind, table, state)
