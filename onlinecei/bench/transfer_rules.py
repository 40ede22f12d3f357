"""What each rule of electron transfer gives, beside measured and published values; seeded, a minute or two."""

import math
import os
import time
from dataclasses import dataclass

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.bench.outcomes import (
    TOO_FEW,
    Value,
    along_means,
    angle_of_means,
    best_factor,
    deviation,
    energy_of_mean,
    excess,
    largest_gap,
    mean,
    mean_energy,
    spread,
    unlikeness,
    with_charges,
)
from onlinecei.bench.rule_molecules import (
    ARGON_DIMER_ANGSTROM,
    LONGER_ANGSTROM,
    SWAP_ANGSTROM,
    beside,
    masses,
    named,
    swapped,
    tetrahedron,
)
from onlinecei.explosion.beam import Beam
from onlinecei.explosion.combinations import combinations
from onlinecei.explosion.monte_carlo import Trajectories, explode_in_beam
from onlinecei.explosion.montecarlo.rules import RULES, Rule
from onlinecei.molexa.molecules import Entry

BEAM = Beam(wings=1e-2)
"""MOLEXA's pulse, and its focus down to a hundredth of the fluence."""
NUMBER = 20_000
"""Trajectories of each molecule: about a percent on most of the values."""
DIATOMIC_SHARE = 1 / 5
"""Of that number: there are many of them."""
STRETCHED = 1.5
"""Diatomics are also tried this much longer; MOLEXA's data hold stretched ones."""
DIATOMICS = ("N2", "O2", "CO", "NO", "F2", "HCl", "Cl2", "S2", "P2", "CS", "ClO", "PN")
RAREST = 0.003
"""Share of the trajectories that a combination must have; MOLEXA takes 300 of 100,000."""
SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One quantity, what each rule gives, and what it should be near."""

    name: str
    values: tuple[Value, ...]
    """One for each of `RULES`."""
    beside: str


def compare_rules(number: int = NUMBER, threads: int | None = None) -> list[Line]:
    """Run all rules on the same molecules, with the same seed and beam.

    Parameters
    ----------
    number
        Trajectories of each molecule and rule.
    threads
        How many cores to use; omitted: all. Values do not depend on it, speeds are those of one core.
    """
    cores = threads or os.cpu_count() or 1
    columns = [_column(rule, number, cores) for rule in RULES.values()]
    near = beside()
    return [
        Line(name=name, values=tuple(column[name] for column in columns), beside=near.get(name, ""))
        for name in columns[0]
    ]


def _column(rule: Rule, number: int, threads: int) -> dict[str, Value]:
    def run(entry: Entry, positions: F8 | None = None) -> Trajectories:
        start = np.array(entry.positions_au if positions is None else positions)  # those of the list are read-only
        return explode_in_beam(start, entry.symbols, BEAM, seed=SEED, trajectories=number, threads=threads, rule=rule)

    few = max(int(number * DIATOMIC_SHARE), 1)
    carbon_fluoride, ammonia = named("CF4"), named("NH3")
    return {
        **_nitrogen(run(named("N2"))),
        **_diatomics(rule, 1.0, few, threads),
        **_diatomics(rule, STRETCHED, few, threads),
        **_carbon_dioxide(run(named("CO2"))),
        **_tetrafluoromethane(run(carbon_fluoride, tetrahedron(carbon_fluoride))),
        **_one_longer(run(carbon_fluoride, tetrahedron(carbon_fluoride, LONGER_ANGSTROM))),
        **_water(run(named("H2O"))),
        **_ammonia(run(ammonia), *(run(ammonia, swapped(ammonia, sign * SWAP_ANGSTROM)) for sign in (1, -1))),
        "Ar2 total 4+, 3+/1+ over 2+/2+": _argon(rule, number, threads),
        "trajectories per second and core, CF4": _speed(rule, max(number // 10, 1)),
    }


def _nitrogen(run: Trajectories) -> dict[str, Value]:
    return {
        f"N2 ({a},{b}) KER, eV": mean_energy(with_charges(run, (a, b), (b, a)), masses(named("N2")))
        for a, b in ((1, 1), (2, 1), (2, 2))
    }


def _carbon_dioxide(run: Trajectories) -> dict[str, Value]:
    momenta = with_charges(run, (1, 1, 1))
    return {
        "CO2 (1,1,1) KER of the mean, eV": energy_of_mean(momenta, masses(named("CO2"))),
        "CO2 (1,1,1) spread": spread(momenta),
    }


def _tetrafluoromethane(run: Trajectories) -> dict[str, Value]:
    momenta = with_charges(run, (1, 1, 1, 1, 1))
    return {
        "CF4 all 1+ KER of the mean, eV": energy_of_mean(momenta, masses(named("CF4"))),
        "CF4 all 1+ spread": spread(momenta),
        "CF4 all 1+ share, %": Value(100.0 * len(momenta) / len(run.charges)),
        "CF4 charges of the four F apart, standard errors": unlikeness(run.charges[:, 1:]),
    }


def _one_longer(run: Trajectories) -> dict[str, Value]:
    """What the fluorine of the longer bond has over the others; any jump at a swap of two bonds shows."""
    label = f"CF4, one bond {LONGER_ANGSTROM} angstrom longer,"
    charges = run.charges[:, 1:].astype(np.float64)
    return {
        f"{label} all 1+: its momentum, %": excess(with_charges(run, (1, 1, 1, 1, 1)), 1, (2, 3, 4)),
        f"{label} its mean charge": mean(charges[:, 0] - charges[:, 1:].mean(axis=1)),
    }


def _water(run: Trajectories) -> dict[str, Value]:
    values = {}
    for charges in ((1, 1, 1), (2, 1, 1)):
        label, momenta = f"H2O ({','.join(map(str, charges))})", with_charges(run, charges)
        values[f"{label} KER of the mean, eV"] = energy_of_mean(momenta, masses(named("H2O")))
        values[f"{label} mean KER, eV"] = mean_energy(momenta, masses(named("H2O")))
        values[f"{label} H-H angle, degrees"] = angle_of_means(momenta, 1, 2)
    return values


def _ammonia(as_it_is: Trajectories, longer: Trajectories, shorter: Trajectories) -> dict[str, Value]:
    """Whether hydrogen atoms stay alike, and what happens where the lengths of two of their bonds swap."""
    charges = (2, 1, 1, 1)
    label, sizes = "NH3 (2,1,1,1)", along_means(with_charges(as_it_is, charges))
    swap = [along_means(with_charges(run, charges)) @ (0, sign, -sign, 0) for run, sign in ((longer, 1), (shorter, -1))]
    return {
        f"{label} momentum of N, a.u.": mean(sizes[:, 0]),
        f"{label} momenta of H, a.u.": mean(sizes[:, 1:].mean(axis=1)),
        f"{label} momenta of H, largest less smallest, a.u.": largest_gap(sizes[:, 1:]),
        f"{label}, two bonds +-{SWAP_ANGSTROM} angstrom: H of the longer less the other, a.u.": mean(np.hstack(swap)),
    }


def _diatomics(rule: Rule, stretch: float, number: int, threads: int) -> dict[str, Value]:
    """Fit ``R = c q1 q2 / KER``, all charges in which both atoms are ions, each one point."""
    lengths, inverses = [], []
    for entry in map(named, DIATOMICS):
        start = entry.positions_au * stretch
        run = explode_in_beam(start, entry.symbols, BEAM, seed=SEED, trajectories=number, threads=threads, rule=rule)
        for found in combinations(run, minimum=max(int(RAREST * number), 2)):
            if found.charges.min() > 0:
                ker = np.sum(found.momentum_au**2 / (2.0 * masses(entry)[:, None]))
                lengths.append(float(np.linalg.norm(start[1] - start[0])))
                inverses.append(float(np.prod(found.charges.astype(np.float64)) / ker))
    points = np.array(lengths), np.array(inverses)
    factor, misfit = best_factor(*points)
    label = "diatomics" if stretch == 1.0 else f"diatomics {stretch} times longer"
    return {
        f"{label}, c in R = c q1 q2 / KER": factor,
        f"{label}, error of R with this c, bohr": Value(misfit),
        f"{label}, error of R with c = 1, bohr": Value(deviation(*points)) if lengths else TOO_FEW,
    }


def _argon(rule: Rule, number: int, threads: int) -> Value:
    """Ratio of the two ways to share four charges in an argon dimer."""
    start = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, ARGON_DIMER_ANGSTROM * units.ANGSTROM]])
    run = explode_in_beam(start, ("Ar", "Ar"), BEAM, seed=SEED, trajectories=number, threads=threads, rule=rule)
    uneven, even = len(with_charges(run, (1, 3), (3, 1))), len(with_charges(run, (2, 2)))
    if min(uneven, even) == 0:
        return TOO_FEW
    return Value(uneven / even, uneven / even * math.sqrt(1 / uneven + 1 / even))


def _speed(rule: Rule, number: int) -> Value:
    entry = named("CF4")
    start = time.perf_counter()
    explode_in_beam(tetrahedron(entry), entry.symbols, BEAM, seed=SEED, trajectories=number, rule=rule)
    return Value(number / (time.perf_counter() - start))
