"""The twin itself: pulses on a jet of molecules, train by train."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from ase import Atoms

from onlinecei.arrays import F8, I8
from onlinecei.errors import CEIError
from onlinecei.records import Batch, Train
from onlinecei.setup import Setup
from onlinecei.spectrometer import landings
from onlinecei.twin.breakup import Breakup, breakups
from onlinecei.twin.detector import Landed, background, recorded, seen
from onlinecei.twin.options import TwinOptions
from onlinecei.twin.truth import Truth

TRAINS_PER_BATCH = 20
"""Ten thousand pulses: large enough to write well, small enough to show progress."""

Progress = Callable[[int, int], None]
"""Called with the pulses done and the pulses wanted."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Beamline:
    ways: tuple[Breakup, ...]
    setup: Setup
    options: TwinOptions
    seed: int

    def train(self, index: int, truth: Truth) -> Train:
        """Simulate one train from a random stream of its own, so that no other train changes it."""
        rng = np.random.default_rng([self.seed, 1, index])
        options, before = self.options, index * self.options.pulses_per_train
        pulses = min(options.pulses_per_train, options.pulses - before)
        pulse = np.repeat(np.arange(pulses), rng.poisson(options.molecules_per_pulse, pulses))
        way = rng.choice(len(self.ways), size=pulse.size, p=[way.share for way in self.ways])
        flown = seen(self.flown(pulse, way, truth.molecules, rng), self.setup, options, rng)
        hits = recorded(Landed.joined([flown, background(pulses, self.setup, options, rng)]), options)
        truth.molecule_pulse.append(pulse + before)
        truth.molecule_channel.append(way)
        truth.hit_molecule.append(hits.molecule)
        truth.hit_ion.append(hits.ion)
        return self.as_train(index, pulses, hits, rng)

    def flown(self, pulse: I8, way: I8, first: int, rng: np.random.Generator) -> Landed:
        """Explode each molecule, turned at random, and let its ions fly to the detector's plane."""
        turns = random_rotations(pulse.size, rng)
        chosen = rng.random(pulse.size)
        parts = []
        for index, breakup in enumerate(self.ways):
            rows = np.flatnonzero(way == index)
            drawn = (chosen[rows] * len(breakup.momentum_au)).astype(np.int64)
            momenta = np.einsum("mij,mnj->mni", turns[rows], breakup.momentum_au[drawn])
            for column, ion in enumerate(breakup.ions):
                x, y, t = landings(momenta[:, column], ion, self.setup)
                which = np.full(rows.size, column)
                parts.append(Landed(pulse=pulse[rows], molecule=rows + first, ion=which, x_mm=x, y_mm=y, t_ns=t))
        return Landed.joined(parts)

    def as_train(self, index: int, pulses: int, hits: Landed, rng: np.random.Generator) -> Train:
        """Put hits into a record; the pulse energy has no part in how many molecules explode."""
        shape = self.options.energy_spread**-2
        energy = np.round(rng.gamma(shape, self.options.energy_uj / shape, pulses))
        return Train(
            train_id=self.options.first_train + index,
            pulse_id=np.arange(pulses, dtype=np.uint32),
            delay_fs=np.full(pulses, self.options.delay_fs),
            energy_uj=energy.astype(np.float32),
            first_hit=np.searchsorted(hits.pulse, np.arange(pulses + 1)).astype(np.uint32),
            x_mm=hits.x_mm.astype(np.float32),
            y_mm=hits.y_mm.astype(np.float32),
            t_ns=hits.t_ns.astype(np.float32),
        )


def simulate(
    molecule: Atoms, setup: Setup, options: TwinOptions, seed: int, progress: Progress | None = None
) -> tuple[Iterator[Batch], Truth]:
    """Simulate a run.

    Parameters
    ----------
    molecule
        Equilibrium geometry, positions in angstrom.
    setup
        Spectrometer, detector, channels and charge-up law.
    options
        The rest.
    seed
        Zero or more; the same seed gives the same run.
    progress
        Called after each batch.

    Returns
    -------
    tuple[Iterator[Batch], Truth]
        The run, made while it is taken, and what is true about it, complete when the last batch has been
        taken.
    """
    if seed < 0:
        raise CEIError(f"seed is {seed}, expected zero or more")
    ways = breakups(molecule, setup, options, np.random.default_rng([seed, 0]))
    truth = Truth(atoms=molecule, options=options, seed=seed, channels=tuple(way.name for way in ways))
    beamline = _Beamline(ways=ways, setup=setup, options=options, seed=seed)
    return _batches(beamline, truth, progress), truth


def _batches(beamline: _Beamline, truth: Truth, progress: Progress | None) -> Iterator[Batch]:
    options = beamline.options
    for first in range(0, options.trains, TRAINS_PER_BATCH):
        last = min(first + TRAINS_PER_BATCH, options.trains)
        yield Batch.of([beamline.train(index, truth) for index in range(first, last)])
        if progress is not None:
            progress(min(last * options.pulses_per_train, options.pulses), options.pulses)


def random_rotations(number: int, rng: np.random.Generator) -> F8:
    """Uniformly distributed rotation matrices (M, 3, 3), from normalised quaternions of normal deviates."""
    q = rng.normal(size=(4, number))
    w, x, y, z = q / np.linalg.norm(q, axis=0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.ascontiguousarray(np.moveaxis(np.array(rows), 2, 0))
