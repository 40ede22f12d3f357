"""What the correction learns from: mean momenta of the Monte Carlo beside those of the effective explosion."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
from ase.data import chemical_symbols

from onlinecei.arrays import F8, I8
from onlinecei.explosion import Beam, explode_in_beam
from onlinecei.explosion.monte_carlo import Trajectories
from onlinecei.molexa.data import Dataset
from onlinecei.molexa.data.joined import join
from onlinecei.molexa.data.stage2 import draw_geometry
from onlinecei.molexa.molecules import Entry, molecules
from onlinecei.molexa.refine.forward import Classical

_WIDTH = 14
_SPREAD = 0.12
"""Of single trajectories over the size of all momenta, where there are too few to see it; larger than usual."""
_ENOUGH, _LEAST_SPREAD = 3, 0.07


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Means:
    """E explosions of up to N atoms, each in one channel; zeros fill the rest."""

    atomic_number: I8
    """(E, N)"""
    charge: F8
    """(E, N)"""
    position_au: F8
    """(E, N, 3)"""
    momentum_au: F8
    """(E, N, 3) mean over trajectories."""
    effective_au: F8
    """(E, N, 3) of the effective explosion."""
    error: F8
    """(E,) statistical, of all momenta together over their size."""

    @property
    def atoms(self) -> I8:
        """How many (E,)."""
        return np.asarray((self.atomic_number > 0).sum(axis=1))

    @property
    def size_au(self) -> F8:
        """Norm of all momenta of an explosion (E,)."""
        return np.asarray(np.sqrt(np.square(self.momentum_au).sum(axis=(1, 2))))

    def rows(self, chosen: I8) -> Self:
        """Give some of them, no wider than they need."""
        wide = int(self.atoms[chosen].max(initial=0))
        columns: dict[str, Any] = {each.name: getattr(self, each.name)[chosen] for each in fields(self)}
        return type(self)(**{name: each[:, :wide] if each.ndim > 1 else each for name, each in columns.items()})


def together(parts: Sequence[Means]) -> Means:
    """Put several into one."""
    return Means(**{each.name: np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Means)})


def _means(rows: Sequence[tuple[I8, F8, F8, F8, float]], base: Classical) -> Means:
    """Fill arrays with atomic numbers, charges, positions, momenta and statistical errors; explode them."""
    number, charge = np.zeros((len(rows), _WIDTH), np.int64), np.zeros((len(rows), _WIDTH))
    position, momentum = np.zeros((*charge.shape, 3)), np.zeros((*charge.shape, 3))
    for row, (z, q, x, p, _) in enumerate(rows):
        number[row, : z.size], charge[row, : z.size], position[row, : z.size], momentum[row, : z.size] = z, q, x, p
    return Means(
        atomic_number=number,
        charge=charge,
        position_au=position,
        momentum_au=momentum,
        effective_au=base.momenta_many(number, charge, position),
        error=np.array([error for *_, error in rows]),
    )


def shipped_means(dataset: Dataset, split: str, base: Classical | None = None) -> Means:
    """Take the entries of a split."""
    rows = []
    for entry in dataset.entries(split).tolist():
        number, charge, position, momentum, covariance = dataset.entry(entry)
        error = np.sqrt(np.einsum("nii->", covariance) / dataset.count[entry] / np.square(momentum).sum())
        rows.append((number.astype(np.int64), charge.astype(np.float64), position, momentum, float(error)))
    return _means(rows, base or Classical())


def simulated_means(
    geometries: int,
    seed: int,
    *,
    trajectories: int = 300,
    most: int = 16,
    joined_share: float = 0.7,
    base: Classical | None = None,
) -> Means:
    """Explode more geometries by the Monte Carlo, with fewer trajectories each: of joined molecules up to 14 atoms.

    Parameters
    ----------
    geometries
        Each of another molecule, displaced as in stage 2; a second or less of computing each.
    seed
        Decides everything.
    trajectories
        Of each geometry. Means of a few of them are as right as those of many, only less exact.
    most
        Combinations of charges of a geometry that are kept, the most frequent.
    joined_share
        Share of the geometries that are of molecules of `train` joined; the others are of one of these alone.
    base
        The effective explosion.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(geometries):
        molecule = _molecule(joined_share, rng)
        _, position = draw_geometry(molecule, 1, rng)
        run = explode_in_beam(
            position.astype(np.float64),
            molecule.symbols,
            Beam(wings=1e-2),
            seed=int(rng.integers(2**31)),
            trajectories=trajectories,
            whole=True,
        )
        rows += [(molecule.numbers, q, position.astype(np.float64), p, error) for q, p, error in _groups(run, most)]
    return _means(rows, base or Classical())


def _molecule(joined_share: float, rng: np.random.Generator) -> Entry:
    known = molecules("train")
    molecule = known[int(rng.integers(len(known)))]
    if rng.random() >= joined_share:
        return molecule
    numbers, positions = join(rng)
    symbols = tuple(chemical_symbols[each] for each in numbers)
    return replace(molecule, name="joined", symbols=symbols, numbers=numbers, positions_au=positions)


def _groups(run: Trajectories, most: int) -> list[tuple[F8, F8, float]]:
    """Charges, mean momenta and their statistical errors of the most frequent combinations."""
    whole = (run.charges > 0).all(axis=1) & np.isfinite(run.momenta_au).all(axis=(1, 2))
    if not whole.any():
        return []
    kinds, which, counts = np.unique(run.charges[whole], axis=0, return_inverse=True, return_counts=True)
    momenta, which = run.momenta_au[whole], which.reshape(-1)
    chosen = np.argsort(-counts, kind="stable")[:most].tolist()
    return [(kinds[kind].astype(np.float64), *_mean(momenta[which == kind])) for kind in chosen]


def _mean(momenta: F8) -> tuple[F8, float]:
    mean = np.asarray(momenta.mean(axis=0))
    spread = _SPREAD
    if len(momenta) >= _ENOUGH:
        variance = np.square(momenta - mean).sum() / (len(momenta) - 1) / np.square(mean).sum()
        spread = max(float(np.sqrt(variance)), _LEAST_SPREAD)
    return mean, spread / float(np.sqrt(len(momenta)))
