"""Mean momenta of every ion of a molecule from partial events, beside the true ones of the simulation.

All molecules of a run explode into singly charged ions; about half of the ions are detected. The truth is the mean of
the momenta of the same explosions, each turned onto the others, with the atoms known by name.
"""

from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms
from scipy.optimize import linear_sum_assignment
from scipy.spatial.transform import Rotation

from onlinecei.analysis import analyse_all, centroids
from onlinecei.arrays import F8
from onlinecei.centroids import Layout, kept_channels
from onlinecei.ions import Channel
from onlinecei.records import Centroids, Delta
from onlinecei.setup import Setup
from onlinecei.twin.beamline import simulate
from onlinecei.twin.breakup import Classical
from onlinecei.twin.delays import Ensembles
from onlinecei.twin.molecules import load_molecule, symbols_of
from onlinecei.twin.options import TwinOptions
from onlinecei.twin.setups import default_setup

TURNS = 200
"""Rotations from which the truth is laid on what was found; the best fit counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCase:
    """A simulated run, and the events that may be used of it."""

    molecule: str
    channels: tuple[str, ...]
    """Partial channels; the complete one is declared besides."""
    pulses: int
    molecules_per_pulse: float = 1.0
    background_per_pulse: float = 0.5
    complete: bool = False
    """Whether complete events may be used as well."""


CASES = (
    SiteCase(molecule="ethanol", channels=("O+/C+/C+/H+",), pulses=8_000),
    SiteCase(
        molecule="ethanol", channels=("O+/C+/C+/H+",), pulses=360_000, molecules_per_pulse=0.1, background_per_pulse=0.1
    ),
    SiteCase(molecule="tetrafluoromethane", channels=("C+/F+/F+/F+",), pulses=8_000),
    SiteCase(molecule="water", channels=("O+/H+",), pulses=22_000, complete=True),
)
"""20,000 partial events each, as many as a channel keeps: at the default rate of the twin, and ethanol at a tenth."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SiteErrors:
    """How far found means are from the true ones."""

    case: SiteCase
    events: int
    """That were used: as many as are kept."""
    found: Centroids
    true_au: F8
    """(N,) true mean momenta."""
    error_au: F8
    """(N,) distance of each mean from the true one, after the best turn and naming of identical ions."""

    @property
    def worst(self) -> float:
        """Largest error over the true momentum; over the largest one for an ion that is at rest by symmetry."""
        scale = np.where(self.true_au > 0.05 * self.true_au.max(), self.true_au, self.true_au.max())
        return float(np.max(self.error_au / scale))


def site_errors(case: SiteCase, seed: int = 1) -> SiteErrors:
    """Simulate a case, analyse it as any run, and hold its mean momenta against the truth."""
    atoms = load_molecule(case.molecule)
    options = TwinOptions(
        pulses=case.pulses, molecules_per_pulse=case.molecules_per_pulse, background_per_pulse=case.background_per_pulse
    )
    setup = _setup(atoms, case, options)
    batches, _ = simulate(atoms, setup, options, seed)
    total = analyse_all(batches, setup)
    if not case.complete:
        total = _without_complete(total, setup)
    found = next(each for each in centroids(total, setup) if each.complete)
    layout = Layout.of(setup)
    used = [section for section in setup.channels if case.complete or not setup.complete(section)]
    true = true_means(atoms, setup, options, found.channel, seed)
    return SiteErrors(
        case=case,
        events=sum(
            min(int(layout.view(total.values, f"{section.name}:events").sum()), setup.limits.kept_events)
            for section in used
        ),
        found=found,
        true_au=np.linalg.norm(true, axis=1),
        error_au=misses(found.momentum_au, true, found.channel),
    )


def _setup(atoms: Atoms, case: SiteCase, options: TwinOptions) -> Setup:
    text = default_setup(atoms, case.molecule, options)
    for name in case.channels:
        text += f"\n[[channels]]\nions = {[str(ion) for ion in Channel.parse(name).ions]}\n"
    coarse = "\n[histograms]\ntime_bins = 500\nimage_bins = 40\npipico_bins = 60\nmap_bins = 20\n"
    return Setup.from_toml(text + coarse)


def _without_complete(total: Delta, setup: Setup) -> Delta:
    """Forget the complete events, as if there were none."""
    kept = [
        each.chosen(slice(0)) if setup.complete(section) else each
        for section, each in zip(kept_channels(setup), total.kept, strict=True)
    ]
    return replace(total, kept=tuple(kept))


def true_means(atoms: Atoms, setup: Setup, options: TwinOptions, whole: Channel, seed: int) -> F8:
    """Mean momenta (N, 3) of the simulated explosions in the order of the channel, each turned onto the mean."""
    rng = np.random.default_rng([seed, 0])
    momenta = Classical.of(atoms, Ensembles.of(atoms, options, rng), setup, options, rng).momentum_au[0, 0]
    mean = momenta.mean(axis=0)
    for _ in range(3):
        u, _, v = np.linalg.svd(np.einsum("gni,nj->gij", momenta, mean))
        u[:, :, 2] *= np.sign(np.linalg.det(u @ v))[:, None]
        mean = np.einsum("gik,gkj,gni->nj", u, v, momenta) / len(momenta)
    symbols = symbols_of(atoms)
    left = {symbol: [k for k, name in enumerate(symbols) if name == symbol] for symbol in symbols}
    return np.asarray(mean[[left[ion.symbol].pop(0) for ion in whole.ions]])


def misses(found: F8, truth: F8, channel: Channel) -> F8:
    """Distances (N,) of vectors from the truth after the best turn and naming of identical ions, mirrored or not.

    The mirror image of a molecule that has a plane of symmetry is itself, with names exchanged.
    """
    names = np.array([ion.symbol for ion in channel.ions])
    best = np.full(len(truth), np.inf)
    for start in Rotation.random(TURNS, random_state=np.random.default_rng(0)):
        turn = start
        for _ in range(6):
            apart = np.linalg.norm(turn.apply(truth)[:, None] - found, axis=2)
            order = linear_sum_assignment(np.where(names[:, None] == names, apart**2, 1e9))[1]
            turn = Rotation.align_vectors(found[order], truth)[0]
        best = min(best, np.linalg.norm(turn.apply(truth) - found[order], axis=1), key=lambda each: float(each @ each))
    return best
