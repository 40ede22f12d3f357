"""A molecule in an X-ray pulse, many times: what charges its atoms end with, and with what momenta."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from onlinecei.arrays import F8, I1
from onlinecei.errors import CEIError
from onlinecei.explosion.beam import Beam
from onlinecei.explosion.montecarlo import rules, tables
from onlinecei.explosion.montecarlo._trajectory import follow
from onlinecei.explosion.montecarlo.settings import Settings, settings
from onlinecei.explosion.montecarlo.state import new_state

MODEL = 1
"""Raised whenever the same seed gives other trajectories; training data say which model made them."""
CLOSEST = 0.1
"""Bohr; nuclei this near have no molecule around them."""
CHUNK = 500
"""Trajectories that a thread follows at a time; a tenth of a second."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trajectories:
    """What trajectories ended with."""

    charges: I1
    """(M, N); 0: the atom stayed neutral."""
    momenta_au: F8
    """(M, N, 3) at infinity, in the frame of the geometry, molecule at rest before the pulse; NaN for atoms that are
    still bound to one another, or where the trajectory was given up."""


class _Model(NamedTuple):
    symbols: Sequence[str]
    bodies: tables.Bodies
    elements: tables.Elements
    settings: Settings
    rule: rules.Rule


def explode_in_beam(
    positions_au: F8,
    symbols: Sequence[str],
    beam: Beam,
    *,
    seed: int,
    trajectories: int | None = None,
    first: int = 0,
    energy: F8 | None = None,
    threads: int = 1,
    rule: rules.Rule = rules.CHOSEN,
    fineness: float = 1.0,
    whole: bool = False,
) -> Trajectories:
    """Follow absorptions, decays, electron transfers and nuclei of molecules in an X-ray pulse.

    A Monte Carlo of occupation numbers with classical nuclei: photoionisation by subshell, Auger decay and
    fluorescence, shake-off, electrons that pass from atom to atom over the barrier between them, bonds that weaken
    with each charge. The fluence is drawn over the focus (even in area) for each trajectory.
    `docs/explanation/explosion-model.md` says what is approximated.

    Parameters
    ----------
    positions_au
        (N, 3) in bohr for `trajectories` runs from one geometry, or (M, N, 3) for one run from each.
    symbols
        Element of each atom.
    beam
        The pulse.
    seed, first
        Trajectory number `first` + m draws from the random stream of (seed, number), so that results do not depend on
        batches or threads.
    energy
        (M,) pulse energy of each trajectory over that of the beam; omitted: one.
    threads
        How many cores to use.
    rule
        When electrons pass between atoms.
    fineness
        Time steps are shorter by this, to check convergence.
    whole
        Give up trajectories that cannot charge every atom, which is faster; their momenta are NaN.

    Raises
    ------
    CEIError
        If shapes do not agree, atoms stand in one place, an energy is below zero or not finite, `trajectories` is below
        zero, `threads` below one, `fineness` not a finite number above zero, or `rule` one under which electrons would
        go to and fro for ever.
    MoleculeError
        For an element without rates.
    """
    starts = _starts(positions_au, len(symbols))
    number = len(starts) if trajectories is None else trajectories
    _check_numbers(number, threads, fineness)
    _check(starts, number, energy)
    _check_rule(rule)
    bodies, names = tables.bodies(symbols)
    model = _Model(symbols, bodies, tables.elements(names, beam), settings(beam, fineness, whole=whole), rule)
    fluences = beam.peak_fluence_au * (np.ones(1) if energy is None else np.asarray(energy, dtype=np.float64))
    charges = np.empty((number, len(symbols)), dtype=np.int8)
    momenta = np.empty((number, len(symbols), 3))

    def chunk(begin: int) -> None:
        part = slice(begin, min(begin + CHUNK, number))
        _follow(model, _part(starts, part), _part(fluences, part), seed, first + begin, charges[part], momenta[part])

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(chunk, range(0, number, CHUNK)))
    return Trajectories(charges=charges, momenta_au=momenta)


def _follow(model: _Model, starts: F8, fluences: F8, seed: int, first: int, charges: I1, momenta: F8) -> None:
    elements = model.elements
    state = new_state(len(model.symbols), *elements.neutral.shape)
    pairs = tables.pairs(model.symbols)
    follow(
        starts,
        fluences,
        seed,
        first,
        model.bodies,
        pairs,
        elements,
        model.settings,
        model.rule,
        state,
        charges,
        momenta,
    )


def _part(column: F8, part: slice) -> F8:
    return column if len(column) == 1 else column[part]


def _starts(positions_au: F8, atoms: int) -> F8:
    shape = np.shape(positions_au)
    if atoms == 0 or len(shape) not in {2, 3} or shape[-2:] != (atoms, 3):
        raise CEIError(f"positions have shape {shape}, expected ({atoms}, 3) or (M, {atoms}, 3) with one atom or more")
    # a copy: numba compiles once more for an array that may not be written to
    return np.array(positions_au, dtype=np.float64, order="C").reshape(-1, atoms, 3)


def _check_numbers(number: int, threads: int, fineness: float) -> None:
    if number < 0:
        raise CEIError(f"trajectories is {number}, expected 0 or more")
    if threads < 1:
        raise CEIError(f"threads is {threads}, expected 1 or more")
    if not 0 < fineness < math.inf:
        raise CEIError(f"fineness is {fineness}, expected a finite number above 0")


def _check_rule(rule: rules.Rule) -> None:
    if rule.time == 0 and rule.width > 0:
        raise CEIError(
            f"rule of electron transfer has width {rule.width:g} and takes no time: electrons would go to and fro for "
            "ever; expected a time above 0, or a width of 0"
        )


def _check(starts: F8, number: int, energy: F8 | None) -> None:
    if len(starts) not in {1, number}:
        raise CEIError(f"{len(starts)} geometries for {number} trajectories, expected one or as many")
    if energy is not None and np.shape(energy) != (number,):
        raise CEIError(f"energy has shape {np.shape(energy)}, expected ({number},)")
    if energy is not None and not np.all((np.asarray(energy) >= 0) & np.isfinite(energy)):
        raise CEIError("an energy is below zero or not finite, expected pulse energies over that of the beam")
    if not np.all(np.isfinite(starts)):
        raise CEIError("a position is not finite")
    if starts.shape[1] > 1 and len(starts) > 0:
        first, second = np.triu_indices(starts.shape[1], 1)
        closest = float(np.linalg.norm(starts[:, first] - starts[:, second], axis=2).min())
        if closest < CLOSEST:
            raise CEIError(f"two atoms are {closest:.3g} bohr apart, expected at least {CLOSEST}")
