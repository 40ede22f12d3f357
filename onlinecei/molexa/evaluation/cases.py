"""What a network is asked in an evaluation, and the truth: entries of a simulated data set, whole or in part."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.errors import CEIError
from onlinecei.molexa.data import Dataset
from onlinecei.molexa.data.stage1 import neutral_masses_au
from onlinecei.molexa.evaluation.frame import molecular_frame
from onlinecei.molexa.network import Sample
from onlinecei.molexa.training.augment import orthogonal

_SEED = 20260217


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """One molecule of N atoms in C channels, turned at random.

    In its own frame some coordinates are zero, whatever is found, and would count as inside of any interval.
    Atoms of the truth carry the labels of the momenta, equal atoms too, so that nothing has to be permuted.
    """

    molecule: str
    sample: Sample
    covariance_au2: F8
    """(C, N, 3, 3) of the mean momenta."""
    position_au: F8
    """True geometry (N, 3) in bohr about the centre of mass."""
    frame: F8
    """Rotation (3, 3) into the molecular frame of the first channel."""

    @property
    def atoms(self) -> int:
        """N."""
        return self.sample.atomic_number.size

    def turned(self, rotation: F8) -> Self:
        """Turn everything: vectors times the transpose of the matrix (3, 3)."""
        momentum = self.sample.momentum_au @ rotation.T
        return replace(
            self,
            sample=replace(self.sample, momentum_au=momentum),
            covariance_au2=_turned(self.covariance_au2, rotation),
            position_au=self.position_au @ rotation.T,
            frame=self.frame @ rotation.T,
        )


def cases_of(dataset: Dataset, split: str, limit: int | None = None, atoms: int | None = None) -> list[Case]:
    """Give the entries of a split, or those of so many atoms, each a case; few are of as many molecules as can be."""
    entries = dataset.entries(split)
    if atoms is not None:
        entries = entries[np.diff(dataset.first_atom)[entries] == atoms]
    names = [dataset.name[molecule] for molecule in dataset.molecule[dataset.geometry[entries]].tolist()]
    return [case_of(dataset, entries[[number]]) for number in spread(names, limit)]


def cases_together(dataset: Dataset, split: str, channels: int, limit: int | None = None) -> list[Case]:
    """Give one case for each geometry that has so many entries: these, drawn at random, together.

    All but the first are turned at random, as each channel of a measurement has a frame of its own.
    """
    rng = np.random.default_rng(_SEED)
    cases = []
    geometries = dataset.geometries(split)
    usable = geometries[np.diff(dataset.first_entry)[geometries] >= channels]
    for geometry in usable[:limit].tolist():
        first, last = dataset.first_entry[geometry : geometry + 2].tolist()
        case = case_of(dataset, rng.choice(np.arange(first, last), channels, replace=False))
        cases.append(_with_own_frames(case, rng))
    return cases


def case_of(dataset: Dataset, entries: I8) -> Case:
    """Put entries of one geometry together; the first gives the frame."""
    parts = [dataset.entry(entry) for entry in entries.tolist()]
    numbers = parts[0][0].astype(np.int64)
    mass = neutral_masses_au()[numbers]
    position = parts[0][2]
    counts = dataset.count[entries]
    sample = Sample(
        atomic_number=numbers,
        mass_au=mass,
        charge=np.stack([charge.astype(np.int64) for _, charge, *_ in parts]),
        momentum_au=np.stack([momentum for *_, momentum, _ in parts]),
    )
    case = Case(
        molecule=_molecule(dataset, int(entries[0])),
        sample=sample,
        covariance_au2=np.stack([each[-1] for each in parts]) / counts[:, None, None, None],
        position_au=position - np.average(position, axis=0, weights=mass),
        frame=molecular_frame(sample.momentum_au[0], numbers),
    )
    return case.turned(_any_turn(int(entries[0])))


def _any_turn(seed: int) -> F8:
    turn = orthogonal((), np.random.default_rng([_SEED, seed]))
    return np.asarray(turn * np.linalg.det(turn))


def in_channels(case: Case, channels: int) -> Case:
    """Keep the first so many channels."""
    sample = case.sample
    return replace(
        case,
        sample=replace(sample, charge=sample.charge[:channels], momentum_au=sample.momentum_au[:channels]),
        covariance_au2=case.covariance_au2[:channels],
    )


def can_miss(case: Case, ions: int) -> bool:
    """Say whether so many ions may be missing: two must stay, of a diatomic molecule one, as in training."""
    return case.atoms - ions >= min(2, case.atoms - 1)


def without_ions(cases: Sequence[Case], ions: int) -> list[Case]:
    """Take so many ions away from every channel of each case, chosen at random, always the same ones."""
    if refused := [case.molecule for case in cases if not can_miss(case, ions)]:
        raise CEIError(f"'{refused[0]}' cannot miss {ions} ions, expected two to stay, of a diatomic molecule one")
    rng = np.random.default_rng([_SEED, ions])
    return [_without(case, rng.choice(case.atoms, ions, replace=False)) for case in cases]


def spread(molecule: Sequence[str], limit: int | None) -> list[int]:
    """Choose so many of the entries of these molecules: one of each, then a second one, and so on; always the same."""
    if limit is None or limit >= len(molecule):
        return list(range(len(molecule)))
    shuffled = np.random.default_rng(_SEED).permutation(len(molecule)).tolist()
    seen: Counter[str] = Counter()
    turn = []
    for number in shuffled:
        seen[molecule[number]] += 1
        turn.append((seen[molecule[number]], number))
    by_turn = sorted(range(len(turn)), key=lambda place: turn[place][0])
    return sorted(turn[place][1] for place in by_turn[:limit])


def _molecule(dataset: Dataset, entry: int) -> str:
    geometry = int(np.searchsorted(dataset.first_entry, entry, side="right")) - 1
    return dataset.name[int(dataset.molecule[geometry])]


def _without(case: Case, missing: I8) -> Case:
    momentum = case.sample.momentum_au.copy()
    momentum[:, missing] = np.nan
    return replace(case, sample=replace(case.sample, momentum_au=momentum))


def _turned(covariance: F8, rotation: F8) -> F8:
    """Turn covariances (..., 3, 3); variances that rounding made negative are zero."""
    extents, axes = np.linalg.eigh(covariance)
    turned = rotation @ axes * np.sqrt(np.maximum(extents, 0))[..., None, :]
    return np.asarray(turned @ np.swapaxes(turned, -1, -2))


def _with_own_frames(case: Case, rng: np.random.Generator) -> Case:
    turns = orthogonal((len(case.sample.charge),), rng)
    turns *= np.linalg.det(turns)[:, None, None]
    turns[0] = np.eye(3)
    momentum = case.sample.momentum_au @ turns.transpose(0, 2, 1)
    return replace(
        case,
        sample=replace(case.sample, momentum_au=momentum),
        covariance_au2=_turned(case.covariance_au2, turns[:, None]),
    )
