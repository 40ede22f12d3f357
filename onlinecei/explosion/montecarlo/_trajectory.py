"""One trajectory: absorptions, decays and transfers while the nuclei move."""

import math

from onlinecei.arrays import F8, I1
from onlinecei.compiled import compiled
from onlinecei.explosion._coulomb import hand_out
from onlinecei.explosion.montecarlo._bonds import bind
from onlinecei.explosion.montecarlo._electrons import absorb, refresh, relax
from onlinecei.explosion.montecarlo._motion import bond_share, drift, forces, kick
from onlinecei.explosion.montecarlo._random import exponential, seed_stream, uniform
from onlinecei.explosion.montecarlo._transfer import recharge, transfer, waiting
from onlinecei.explosion.montecarlo.rules import Rule
from onlinecei.explosion.montecarlo.settings import Settings
from onlinecei.explosion.montecarlo.state import State
from onlinecei.explosion.montecarlo.tables import Bodies, Elements, Pairs

CHECK = 4
"""Steps between two looks whether a trajectory is over."""


@compiled
def cumulative(time: float, sigma: float) -> float:
    """Share of the pulse that is over."""
    return 0.5 * math.erfc(-time / (sigma * math.sqrt(2.0)))


@compiled
def quantile(share: float, sigma: float) -> float:
    """Time at which a share of the pulse is over, by bisection: once a trajectory."""
    low, high = -7.0 * sigma, 7.0 * sigma
    for _ in range(40):
        middle = 0.5 * (low + high)
        if cumulative(middle, sigma) < share:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@compiled
def _reset(start: F8, bodies: Bodies, table: Elements, photon: float, state: State) -> None:
    state.position[:] = start
    state.velocity[:] = 0.0
    state.charge[:] = 0.0
    for atom in range(bodies.kind.size):
        kind = bodies.kind[atom]
        state.electrons[atom] = table.neutral[kind]
        refresh(atom, kind, table, state, photon)


@compiled
def _happen(absorption: float, bodies: Bodies, table: Elements, settings: Settings, state: State) -> None:
    """One absorption or decay, on one atom, by the weights of all."""
    left = _own_rate(absorption, state) * uniform(state.stream)
    chosen, absorbs = -1, False
    for atom in range(bodies.kind.size):
        for kind in range(2):
            weight = absorption * state.absorption[atom] if kind == 0 else state.decay[atom]
            if weight > 0.0 and left >= 0.0:
                chosen, absorbs = atom, kind == 0
                left -= weight
    before = state.charge[chosen]
    if absorbs:
        absorb(chosen, bodies.kind[chosen], table, state)
    else:
        relax(chosen, bodies.kind[chosen], table, state)
    recharge(chosen, state.charge[chosen] - before, state)
    refresh(chosen, bodies.kind[chosen], table, state, settings.photon)


@compiled
def _own_rate(absorption: float, state: State) -> float:
    """Rate of all absorptions and decays, for a flux of photons."""
    total = 0.0
    for atom in range(state.decay.size):
        total += absorption * state.absorption[atom] + state.decay[atom]
    return total


@compiled
def _electrons_move(
    absorption: float,
    left: float,
    due: float,
    bodies: Bodies,
    table: Elements,
    settings: Settings,
    rule: Rule,
    state: State,
) -> float:
    """Let happen what is due in the rest of a step; gives what is left of the exponential clock."""
    while True:
        waits = waiting(rule, state)
        if waits > 0.0 and rule.time == 0.0:
            transfer(waits, bodies, table, rule, state, settings.photon)
            continue
        own = _own_rate(absorption, state)
        if (own + waits) * left < due:
            return due - (own + waits) * left
        left -= due / (own + waits)
        due = exponential(state.stream)
        if uniform(state.stream) * (own + waits) < own:
            _happen(absorption, bodies, table, settings, state)
        else:
            transfer(waits, bodies, table, rule, state, settings.photon)


@compiled
def fly(
    start: F8,
    fluence: float,
    bodies: Bodies,
    pairs: Pairs,
    table: Elements,
    settings: Settings,
    rule: Rule,
    state: State,
) -> int:
    """Follow one trajectory until its ions fly freely or hold together.

    Gives the steps it took: none where no photon was absorbed, minus one where it did not end.
    """
    _reset(start, bodies, table, settings.photon, state)
    expected = _own_rate(fluence, state)
    due = exponential(state.stream)
    if due >= expected:
        return 0
    before = due / expected
    time = quantile(before, settings.sigma)
    forces(pairs, state)
    _happen(fluence, bodies, table, settings, state)
    due = exponential(state.stream)
    bonded = forces(pairs, state)
    since = time
    for steps in range(1, settings.most_steps):
        step = settings.step + settings.growth * (time - since)
        if bonded:
            step = min(step, settings.bonded_step)
        kick(bodies.mass, 0.5 * step, state)
        drift(bodies.mass.size, step, state)
        bonded = forces(pairs, state)
        kick(bodies.mass, 0.5 * step, state)
        time += step
        after = cumulative(time, settings.sigma) if time < settings.pulse_end else 1.0
        absorption = fluence * (after - before) / step
        before = after
        waits = waiting(rule, state)
        hazard = (_own_rate(absorption, state) + waits) * step
        if hazard < due and (waits == 0.0 or rule.time > 0.0):
            due -= hazard
        else:
            charges = _charges(state)
            due = _electrons_move(absorption, step, due, bodies, table, settings, rule, state)
            bonded = forces(pairs, state)
            if _charges(state) != charges:
                since = time
        if time > settings.pulse_end and steps % CHECK == 0:
            if settings.whole and _cannot_charge_all(state):
                return -1
            if _is_bound(time, since, settings, state) if bonded else _apart(bodies, settings, state):
                return steps
    return -1


@compiled
def _cannot_charge_all(state: State) -> bool:
    """Whether there are fewer charges than atoms and no more to come."""
    return _charges(state) < state.charge.size and _own_rate(0.0, state) == 0.0


@compiled
def _charges(state: State) -> float:
    total = 0.0
    for atom in range(state.charge.size):
        total += state.charge[atom]
    return total


@compiled
def _is_bound(time: float, since: float, settings: Settings, state: State) -> bool:
    """Whether bonds that hold now are taken to hold for ever."""
    quiet = time - since > settings.bonded_time and _own_rate(0.0, state) == 0.0
    return quiet or time > settings.longest


@compiled
def _apart(bodies: Bodies, settings: Settings, state: State) -> bool:
    """Whether little of the energy is still potential."""
    kinetic = potential = 0.0
    for i in range(bodies.mass.size):
        potential += 0.5 * state.charge[i] * state.potential[i]
        for axis in range(3):
            kinetic += 0.5 * bodies.mass[i] * state.velocity[i, axis] ** 2
    return bool(potential <= settings.left_over * kinetic)


@compiled
def finish_decays(bodies: Bodies, table: Elements, settings: Settings, state: State) -> None:
    """Let the slow decays happen that outlast the explosion; they change charges, not momenta."""
    while _own_rate(0.0, state) > 0.0:
        _happen(0.0, bodies, table, settings, state)


@compiled
def follow(
    starts: F8,
    fluences: F8,
    seed: int,
    first: int,
    bodies: Bodies,
    pairs: Pairs,
    table: Elements,
    settings: Settings,
    rule: Rule,
    state: State,
    charges: I1,
    momenta: F8,
) -> None:
    """Follow trajectories from starts (M or 1, N, 3) with peak fluences (M or 1,), into charges and momenta."""
    atoms = bodies.kind.size
    for m in range(charges.shape[0]):
        start = m if starts.shape[0] > 1 else 0
        if m == 0 or start > 0:
            bind(starts[start], bodies, table, pairs, state)
        seed_stream(state.stream, seed, first + m)
        fluence = fluences[m if fluences.size > 1 else 0] * settings.wings ** uniform(state.stream)
        steps = fly(starts[start], fluence, bodies, pairs, table, settings, rule, state)
        positions, velocities = state.position.reshape(-1), state.velocity.reshape(-1)
        hand_out(positions, velocities, state.charge, bodies.mass, atoms, momenta[m], 0)
        _mark_bound(steps, pairs, state, momenta[m])
        finish_decays(bodies, table, settings, state)
        for atom in range(atoms):
            charges[m, atom] = int(state.charge[atom])


@compiled
def _mark_bound(steps: int, pairs: Pairs, state: State, momenta: F8) -> None:
    """Give no momenta to atoms that did not come free; an untouched molecule stays at rest."""
    if steps < 0:
        momenta[:] = math.nan
    if steps <= 0:
        return
    for pair in range(pairs.first.size):
        i, j = pairs.first[pair], pairs.second[pair]
        if bond_share(pairs, pair, state) > 0.0 and state.inverse[i, j] > pairs.broken[pair]:
            momenta[i] = math.nan
            momenta[j] = math.nan
