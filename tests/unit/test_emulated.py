"""The stream of explosions from the forward model."""

from dataclasses import replace

import numpy as np
import pytest

from onlinecei.errors import CEIError
from onlinecei.molexa.data import SHIPPED, Dataset, open_dataset
from onlinecei.molexa.data.stage2 import NEAREST_ANGSTROM, NEAREST_RATIO
from onlinecei.molexa.molecules import molecules
from onlinecei.molexa.refine.forward import Classical
from onlinecei.molexa.training import Augmentation
from onlinecei.molexa.training.drawn import Ionisation, typical_spread
from onlinecei.molexa.training.emulated import Emulated
from onlinecei.units import ANGSTROM

PLAIN = Augmentation(missing_share=0.0, noisy_share=0.0)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return open_dataset(SHIPPED)


@pytest.fixture(scope="module")
def stream(dataset: Dataset) -> Emulated:
    return Emulated.of(dataset, Classical(), size=40, joined=60, augmentation=PLAIN)


def test_blocks_can_be_made_again_and_differ(stream: Emulated) -> None:
    first, again, other = stream.block(3), stream.block(3), stream.block(4)
    assert len(first) == stream.steps_per_block
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.momentum_au, two.momentum_au)
    assert not np.array_equal(first[0].momentum_au[:, 0, 0], other[0].momentum_au[:, 0, 0])
    assert sum(len(each.mass_au) for each in first) == 4 * 40


def test_momenta_are_those_of_the_forward_model(stream: Emulated) -> None:
    made = stream.block(0)[1]
    assert made.charge.shape[1] > 1
    for row, channel in zip(*np.nonzero(made.charge.sum(axis=2)), strict=True):
        own = made.atomic_number[row] > 0
        expected = Classical().momenta(
            made.atomic_number[row, own], made.charge[row, channel, own][None], made.position_au[row, own]
        )[0]
        found = made.momentum_au[row, channel, own]
        if channel:  # a frame of its own
            expected, found = expected @ expected.T, found @ found.T
        np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


def test_each_explosion_is_seen_as_often_as_said(stream: Emulated) -> None:
    released = np.concatenate([np.square(each.momentum_au[:, 0]).sum(axis=(1, 2)) for each in stream.block(1)])
    _, count = np.unique(released.round(4), return_counts=True)
    assert set(count.tolist()) == {stream.uses}


def test_known_molecules_have_charges_of_their_entries(stream: Emulated, dataset: Dataset) -> None:
    known = replace(stream, joined_share=0.0).block(2)[0]
    owner = dataset.molecule[dataset.geometry]
    seen: dict[tuple[int, ...], set[tuple[int, ...]]] = {}
    for entry in dataset.entries("train").tolist():
        molecule = int(owner[entry])
        atoms = dataset.atomic_number[slice(*dataset.molecule_first_atom[molecule:][:2])]
        charge = dataset.charge[slice(*dataset.first_atom[entry:][:2])]
        seen.setdefault(tuple(atoms.tolist()), set()).add(tuple(charge.tolist()))
    for row in range(len(known.mass_au)):
        own = known.atomic_number[row] > 0
        for charge in known.charge[row][:, own]:
            assert (
                not charge.any()
                or tuple(charge.astype(int).tolist()) in seen[tuple(known.atomic_number[row, own].tolist())]
            )


def test_channels_differ(stream: Emulated) -> None:
    for made in stream.block(5):
        for charges in made.charge:
            there = charges[charges.any(axis=1)]
            assert len(np.unique(there, axis=0)) == len(there)


def test_geometries_are_displaced_as_those_of_stage_2(stream: Emulated) -> None:
    rows = np.repeat(np.arange(5), 200)
    drawn = stream.known.displaced(rows, np.random.default_rng(0))
    for row in range(5):
        own = stream.known.atomic_number[row] > 0
        equilibrium = stream.known.equilibrium_au[row, own]
        off = drawn[rows == row][:, own] - equilibrium
        assert 0.08 < np.sqrt(np.square(off).mean()) / ANGSTROM < 0.25
        first, second = np.triu_indices(own.sum(), 1)
        usual = np.linalg.norm(equilibrium[first] - equilibrium[second], axis=1)
        found = np.linalg.norm(drawn[rows == row][:, own][:, first] - drawn[rows == row][:, own][:, second], axis=2)
        assert (found >= np.maximum(NEAREST_RATIO * usual, NEAREST_ANGSTROM * ANGSTROM) - 1e-9).all()


def test_joined_molecules_are_ionised_like_those_of_the_data(dataset: Dataset) -> None:
    ionisation = Ionisation.of(dataset, "train")
    alkane = np.tile(np.array([[6, 6, 6, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]]), (500, 1))
    drawn = ionisation.draw(alkane, np.random.default_rng(0))
    assert (drawn[:, 3:11] == 1).all()
    assert not drawn[:, 11:].any()
    carbon = drawn[:, :3].astype(float)
    assert 1.2 < carbon.mean() < 3
    assert np.corrcoef(carbon[:, 0], carbon[:, 1])[0, 1] > 0.2  # a common level


def test_spread_of_light_atoms_is_smallest(dataset: Dataset) -> None:
    spread = typical_spread(dataset, "train")
    assert 0.01 < spread[1] < spread[6] < 0.15
    assert not spread[2]


def test_no_molecule_of_another_split(stream: Emulated) -> None:
    held = {tuple(np.sort(each.numbers).tolist()) for each in molecules("test-8-9") + molecules("large")}
    for each in stream.joined.atomic_number:
        assert tuple(np.sort(each[each > 0]).tolist()) not in held


def test_uses_that_do_not_fit_the_steps(stream: Emulated) -> None:
    with pytest.raises(CEIError, match="multiple of the uses"):
        replace(stream, uses=3)
