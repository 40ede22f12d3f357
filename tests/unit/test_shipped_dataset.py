"""The Monte Carlo set that comes with the program: large enough, without leaks, and what the program makes."""

import numpy as np
import pytest

from onlinecei.molexa.data import SHIPPED, Dataset, Stage2, open_dataset, plan
from onlinecei.molexa.molecules import molecules


@pytest.fixture(scope="module")
def shipped() -> Dataset:
    return open_dataset(SHIPPED)


def test_it_holds_enough_and_is_small(shipped: Dataset) -> None:
    assert len(shipped.molecule) >= 3000
    assert len(np.unique(shipped.molecule)) >= 250
    assert SHIPPED.stat().st_size < 8e6


def test_its_splits_are_those_of_the_list(shipped: Dataset) -> None:
    listed = {each.name: each.split for each in molecules()}
    assert all(listed[name] == split for name, split in zip(shipped.name, shipped.split, strict=True))
    assert {split for split in ("train", "validation", "test", "test-8-9", "large") if len(shipped.entries(split))} == {
        "train",
        "validation",
        "test",
        "test-8-9",
        "large",
    }


def test_every_entry_is_whole(shipped: Dataset) -> None:
    assert shipped.charge.min() >= 1
    assert shipped.count.min() >= 50
    assert np.isfinite(shipped.momentum_au).all()
    assert np.isfinite(shipped.covariance_au2).all()
    total = np.add.reduceat(shipped.momentum_au.astype(np.float64), shipped.first_atom[:-1], axis=0)
    assert np.abs(total).max() < 0.5, "momenta of hundreds of a.u., rounded to 13 bits, sum to zero"


@pytest.mark.parametrize("name", ["H2O", "CO"])
def test_it_is_what_the_program_makes(shipped: Dataset, name: str) -> None:
    """The same bits on one machine; another's mathematical library may turn a few trajectories elsewhere."""
    settings = shipped.settings
    options = Stage2(**{key: settings[key] for key in ("seed", "trajectories", "minimum", "most")})
    (task,) = [each for each in plan(options, 2) if each.key == (name, 1)]
    made = task.make().columns
    (row,) = np.flatnonzero((np.array(shipped.name)[shipped.molecule] == name) & (shipped.index == 1))
    entries = slice(*shipped.first_entry[row : row + 2])
    atoms = slice(*shipped.first_atom[[entries.start, entries.stop]])
    size = made["geometry/position_au"].shape[0]
    ours = by_charges(made["entry/charge"], made["entry/count"], made["entry/momentum_au"], size)
    theirs = by_charges(shipped.charge[atoms], shipped.count[entries], shipped.momentum_au[atoms], size)
    frequent = [charges for charges, (count, _) in theirs.items() if count > 200]
    assert len(frequent) > 3
    for charges in frequent:
        assert ours[charges][0] == pytest.approx(theirs[charges][0], rel=0.02)
        assert ours[charges][1] == pytest.approx(theirs[charges][1], abs=0.01 * float(np.abs(theirs[charges][1]).max()))


def by_charges(
    charge: np.ndarray, count: np.ndarray, momentum: np.ndarray, size: int
) -> dict[tuple[int, ...], tuple[int, np.ndarray]]:
    charges, momenta = charge.reshape(-1, size), momentum.reshape(-1, size, 3)
    return {tuple(c.tolist()): (int(n), p) for c, n, p in zip(charges, count, momenta, strict=True)}
