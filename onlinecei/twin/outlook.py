"""What to expect of a molecule: the channels and momenta that a setup must make room for."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols

from onlinecei import units
from onlinecei.arrays import F8, I1, I8
from onlinecei.explosion import explode
from onlinecei.ions import MAX_IONS, Ion
from onlinecei.twin.breakup import singly_charged
from onlinecei.twin.delays import read_frames
from onlinecei.twin.fragments import Fragments, name_channels
from onlinecei.twin.molecules import symbols_of
from onlinecei.twin.monte_carlo import beam_explosion
from onlinecei.twin.options import TwinOptions

TRIALS = 3000
"""Trajectories that show which channels are frequent."""
CHANNELS = 3
"""As many as a shift looks at."""
SPREAD = 1.3
"""Trials show how momenta spread by vibration and chance, where the equilibrium geometry does not: their largest
momentum over this compares with that of the equilibrium."""
TRIAL_SEED = 20260218


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Channels, and the largest momentum of each of their ions without the spread of vibration."""

    description: str
    channels: tuple[tuple[Ion, ...], ...]
    momentum_au: dict[Ion, float]
    """Heavier elements first, then higher charges."""
    delay_fs: tuple[float, ...]


def outlook(atoms: Atoms, options: TwinOptions) -> Outlook:
    """Look ahead to a run of a molecule."""
    equilibrium = atoms.positions[None] * units.ANGSTROM
    frames = {options.delay_fs: equilibrium}
    if options.scan.file is not None:
        frames = read_frames(options.scan.file, atoms)
    without_pump = [equilibrium] if options.scan.unpumped else []
    delays, positions = tuple(frames), np.concatenate([*frames.values(), *without_pump])
    if options.model == "monte-carlo":
        found = _trials(atoms, positions, delays, options)
        if found is not None:
            return found
    return _classical(atoms, positions, delays)


def _classical(atoms: Atoms, positions: F8, delays: tuple[float, ...]) -> Outlook:
    """All ions of charge one, at the geometries themselves."""
    ions = singly_charged(atoms)
    ordered = positions[:, np.argsort(-atoms.numbers, kind="stable")]
    momenta = explode(ordered, np.array([ion.mass_au for ion in ions]), np.ones(len(ions)))
    sizes = np.nanmax(np.linalg.norm(momenta, axis=2), axis=0)
    largest: dict[Ion, float] = {}
    for ion, size in zip(ions, sizes, strict=True):
        largest[ion] = max(largest.get(ion, 0.0), float(size))
    return Outlook(
        description="all ions of charge one", channels=(_shortened(ions),), momentum_au=largest, delay_fs=delays
    )


def _shortened(ions: tuple[Ion, ...]) -> tuple[Ion, ...]:
    if len(ions) <= MAX_IONS:
        return ions
    heavy = tuple(ion for ion in ions if ion.symbol != "H")
    return (*heavy[: MAX_IONS - 1], ions[-1])


def _trials(atoms: Atoms, positions: F8, delays: tuple[float, ...], options: TwinOptions) -> Outlook | None:
    """The most frequent complete channels of trial trajectories; None where there is none."""
    if len(atoms) > MAX_IONS:
        return None
    drawn = positions[np.arange(TRIALS) % len(positions)]
    mean_energy = np.ones(TRIALS)
    outcome = beam_explosion()(drawn, symbols_of(atoms), options.beam, seed=TRIAL_SEED, energy=mean_energy)
    ended = Fragments(charges=outcome.charges, momentum_au=outcome.momenta_au)
    whole = np.flatnonzero(ended.free_ions.all(axis=1))
    if not whole.size:
        return None
    names, way = name_channels(outcome.charges[whole], atoms.numbers)
    frequent = [index for index, _ in Counter(way.tolist()).most_common(CHANNELS)]
    rows = whole[np.isin(way, frequent)]
    return Outlook(
        description="the most frequent complete channels of trial trajectories",
        channels=tuple(tuple(map(Ion.parse, names[index].split("/"))) for index in frequent),
        momentum_au=_largest(outcome.charges[rows], outcome.momenta_au[rows], atoms.numbers),
        delay_fs=delays,
    )


def _largest(charges: I1, momenta_au: F8, numbers: I8) -> dict[Ion, float]:
    sizes = np.linalg.norm(momenta_au, axis=2)
    kinds = sorted({(-int(z), -int(q)) for row in charges for z, q in zip(numbers, row, strict=True)})
    return {
        Ion(chemical_symbols[-z], -q): float(sizes[(numbers == -z) & (charges == -q)].max()) / SPREAD for z, q in kinds
    }
