"""The twin itself: pulses on a jet of molecules, train by train."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from ase import Atoms

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.errors import CEIError, MoleculeError, SetupError
from onlinecei.ions import Molecule
from onlinecei.records import Batch, Train
from onlinecei.setup import Setup
from onlinecei.spectrometer import Spectrometer
from onlinecei.twin.breakup import Classical
from onlinecei.twin.delays import Ensembles
from onlinecei.twin.detector import background, in_time_order, seen
from onlinecei.twin.ensemble import masses_au
from onlinecei.twin.flight import Flying, Landed, drifted, land
from onlinecei.twin.fragments import Explosion, ions_in_order
from onlinecei.twin.gas import gas_ions
from onlinecei.twin.molecules import formula_of
from onlinecei.twin.monte_carlo import MonteCarlo
from onlinecei.twin.options import TwinOptions
from onlinecei.twin.pulses import Pulses
from onlinecei.twin.readout import edges_train, hits_train
from onlinecei.twin.truth import Truth

TRAINS_PER_BATCH = 20
"""Ten thousand pulses: large enough to write well, small enough to show progress."""

Progress = Callable[[int, int], None]
"""Called with the pulses done and the pulses wanted."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Beamline:
    atoms: Atoms
    explosion: Explosion
    ensembles: Ensembles
    setup: Setup
    options: TwinOptions
    seed: int

    def train(self, index: int, truth: Truth) -> Train:
        """Simulate one train from a random stream of its own, so that no other train changes it."""
        rng = np.random.default_rng([self.seed, 1, index])
        pulses = Pulses.of(index, self.ensembles.delay_fs, self.options, rng)
        hits = self.hits(index, pulses, truth, rng)
        truth.add("pulse", delay=pulses.delay)
        read = edges_train if self.options.output == "edges" else hits_train
        return read(self.options.first_train + index, pulses, hits, self.setup, self.options, truth, rng)

    def hits(self, index: int, pulses: Pulses, truth: Truth, rng: np.random.Generator) -> Landed:
        """All hits of a train as they truly are: ions that the detector answers to, and background."""
        options, spectrometer = self.options, self.spectrometer(index)
        truth.add(
            "train",
            t0_ns=np.array([spectrometer.t0 / units.NANOSECOND]),
            field_v_per_mm=np.array([spectrometer.field / units.VOLT_PER_MILLIMETRE]),
        )
        ions = [self.exploded(index, pulses, truth, rng), gas_ions(pulses.number, options.gas, rng)]
        landed = Landed.joined([land(flying, spectrometer) for flying in ions])
        dark = background(pulses.number, self.setup, options.background_per_pulse, rng)
        return in_time_order(Landed.joined([seen(landed, self.setup, options, rng), dark]))

    def exploded(self, index: int, pulses: Pulses, truth: Truth, rng: np.random.Generator) -> Flying:
        """Explode the molecules of each pulse, turned at random; only free ions fly."""
        pulse = np.repeat(np.arange(pulses.number), rng.poisson(self.options.molecules_per_pulse, pulses.number))
        fragments = self.explosion.fragments(pulses.delay[pulse], pulses.energy[pulse], index, rng)
        turned = np.einsum("mij,mnj->mni", random_rotations(pulse.size, rng), fragments.momentum_au)
        first = truth.count("event/pulse")
        truth.add("event", pulse=pulse + pulses.before, charges=fragments.charges)
        molecule, atom = np.nonzero(fragments.free_ions)
        charge = fragments.charges[molecule, atom].astype(np.float64)
        mass = masses_au(self.atoms)[atom] - charge
        return Flying(
            pulse=pulse[molecule],
            molecule=molecule + first,
            ion=ions_in_order(fragments.charges, self.atoms.numbers)[molecule, atom],
            mass_au=mass,
            charge=charge,
            momentum_au=turned[molecule, atom] + mass[:, None] * np.array(Spectrometer.of(self.setup).jet),
        )

    def spectrometer(self, index: int) -> Spectrometer:
        """The spectrometer as it is in a train."""
        return drifted(Spectrometer.of(self.setup), self.options.drift, index / max(self.options.trains - 1, 1))


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
    _check(molecule, setup, options)
    rng = np.random.default_rng([seed, 0])
    ensembles = Ensembles.of(molecule, options, rng)
    truth = Truth(atoms=molecule, options=options, seed=seed, ensembles=ensembles)
    beamline = _Beamline(
        atoms=molecule,
        explosion=_explosion(molecule, ensembles, setup, options, seed, rng),
        ensembles=ensembles,
        setup=setup,
        options=options,
        seed=seed,
    )
    return _batches(beamline, truth, progress), truth


def _check(molecule: Atoms, setup: Setup, options: TwinOptions) -> None:
    found = Molecule.parse(formula_of(molecule))
    if found.atoms != setup.molecule.molecule.atoms:
        raise MoleculeError(f"the molecule is {found}, the setup's formula is {setup.molecule.formula}")
    if options.output == "edges" and setup.delay_lines is None:
        raise SetupError("the setup has no [delay_lines], which a run of edges needs: add it, or choose hits")


def _explosion(
    molecule: Atoms, ensembles: Ensembles, setup: Setup, options: TwinOptions, seed: int, rng: np.random.Generator
) -> Explosion:
    if options.model == "monte-carlo":
        return MonteCarlo.of(molecule, ensembles, options.beam, seed)
    return Classical.of(molecule, ensembles, setup, options, rng)


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
