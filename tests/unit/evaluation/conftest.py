"""Hand-made explosions, and a network whose answers are known."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from onlinecei.explosion import explode
from onlinecei.molexa.data import Dataset
from onlinecei.molexa.data.stage1 import neutral_masses_au
from onlinecei.molexa.evaluation import (
    Run,
)
from onlinecei.molexa.evaluation.cases import (
    Case,
)
from onlinecei.molexa.network import Inputs
from onlinecei.molexa.network.base import IntervalNetwork
from onlinecei.molexa.training import errors

MOLECULES = {
    "CO": ("test", (6, 8), 2),
    "N2": ("train", (7, 7), 1),
    "F2": ("train", (9, 9), 3),
    "water": ("test", (8, 1, 1), 3),
    "ammonia": ("test", (7, 1, 1, 1), 1),
    "ethane": ("test-8-9", (6, 6, 1, 1, 1, 1, 1, 1), 3),
}
"""Split, atoms and entries of one geometry each."""


def dataset() -> Dataset:
    """Molecules that exploded at once."""
    rng = np.random.default_rng(4)
    numbers = [np.array(atoms, dtype=np.uint8) for _, atoms, _ in MOLECULES.values()]
    entries = [count for *_, count in MOLECULES.values()]
    positions = [3.0 * rng.normal(size=(each.size, 3)) for each in numbers]
    charges, momenta = [], []
    for atoms, count, position in zip(numbers, entries, positions, strict=True):
        for _ in range(count):
            charge = rng.integers(1, 4, atoms.size)
            charges.append(np.where(atoms == 1, 1, charge))
            momenta.append(explode(position, neutral_masses_au()[atoms] - charges[-1], charges[-1].astype(float)))
    sizes = np.repeat([each.size for each in numbers], entries)
    total = sum(entries)
    return Dataset(
        settings={},
        name=tuple(MOLECULES),
        split=tuple(split for split, *_ in MOLECULES.values()),
        molecule_first_atom=np.cumsum([0, *(each.size for each in numbers)]),
        atomic_number=np.concatenate(numbers),
        molecule=np.arange(len(numbers)),
        index=np.zeros(len(numbers), dtype=np.int64),
        trajectories=np.full(len(numbers), 100),
        full_share=np.ones(len(numbers), dtype=np.float32),
        sigma_angstrom=np.zeros(len(numbers), dtype=np.float32),
        first_entry=np.cumsum([0, *entries]),
        geometry_first_atom=np.cumsum([0, *(each.size for each in numbers)]),
        position_au=np.concatenate(positions).astype(np.float32),
        count=np.full(total, 25),
        first_atom=np.cumsum([0, *sizes]),
        charge=np.concatenate(charges).astype(np.int8),
        momentum_au=np.concatenate(momenta).astype(np.float32),
        covariance_au2=np.tile(np.array([1, 0, 0, 4, 0, 9], dtype=np.float32), (sizes.sum(), 1)),
    )


class Shifted(IntervalNetwork):
    """Answers with its momenta over a hundred; a draw is that and its noise. States the half-widths 1 and 2."""

    NAME: ClassVar[str] = "shifted"
    VERSION: ClassVar[int] = 1
    CONFIG: ClassVar[type[Any]] = dict

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Parameter(torch.ones(1))
        self.asked: list[Inputs] = []

    def loss(self, *_: object) -> Tensor:
        return self.one

    def draw(self, inputs: Inputs, noise: Tensor, steps: int = 5) -> Tensor:
        del steps
        return self.answer(inputs)[:, None] + noise

    def answer(self, inputs: Inputs) -> Tensor:
        self.asked.append(inputs)
        return inputs.momentum_au[:, 0] / 100

    def head_parameters(self) -> list[nn.Parameter]:
        return []

    def head_loss(self, *_: object) -> Tensor:
        return self.one

    def covariance(self, inputs: Inputs, position_au: Tensor) -> Tensor:
        del inputs
        return torch.eye(3).expand(*position_au.shape, 3)

    def scale_widths(self, *_: object) -> None:
        raise NotImplementedError

    def half_widths(self, inputs: Inputs, position_au: Tensor) -> Tensor:
        del inputs
        return torch.stack([torch.ones_like(position_au), 2 * torch.ones_like(position_au)], dim=-1)


def run(**options: object) -> Run:
    options = {"networks": {"shifted": Shifted()}, "splits": ("test", "test-8-9"), "slow": 2, **options}
    return Run(dataset=dataset(), **options)


def expected(cases: Sequence[Case], attribute: str = "mae_au") -> float:
    """Mean by molecule of the answers of `Shifted`, in plain loops."""
    by_molecule: dict[str, list[float]] = {}
    for case in cases:
        found = errors(np.nan_to_num(case.sample.momentum_au[0]) / 100 @ case.frame.T, case.position_au @ case.frame.T)
        by_molecule.setdefault(case.molecule, []).append(getattr(found, attribute))
    means = [sum(each) / len(each) for each in by_molecule.values()]
    finite = [each for each in means if np.isfinite(each)]
    return sum(finite) / len(finite)


@pytest.fixture(name="dataset")
def _dataset() -> Callable[[], Dataset]:
    return dataset


@pytest.fixture(name="run")
def _run() -> Callable[..., Run]:
    return run


@pytest.fixture(name="expected")
def _expected() -> Callable[..., float]:
    return expected


@pytest.fixture(name="shifted")
def _shifted() -> type[Any]:
    return Shifted
