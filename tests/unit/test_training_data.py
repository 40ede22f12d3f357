"""What training is fed with."""

from dataclasses import replace

import numpy as np
import pytest

from onlinecei.errors import CEIError
from onlinecei.explosion import ChargeUp, explode
from onlinecei.molexa.data import Dataset, Stage1, stage1
from onlinecei.molexa.data.stage1 import neutral_masses_au
from onlinecei.molexa.network.onlinecei.features import features
from onlinecei.molexa.training import Augmentation, Classical, MonteCarlo, errors
from onlinecei.molexa.training.augment import orthogonal
from onlinecei.molexa.training.monte_carlo import explosions_of

UNTOUCHED = Augmentation(missing_share=0.0, noisy_share=0.0)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage1, "BATCH", 40)


def stream(**options: object) -> Classical:
    return Classical(**{"source": Stage1(seed=5), "augmentation": UNTOUCHED, "channels": (0.5, 0.3, 0.2), **options})


def test_momenta_of_every_channel_are_those_of_its_charges() -> None:
    made = stream().block(0)[1]
    assert made.charge.shape[1] == 3
    for row in range(len(made.charge)):
        own = made.atomic_number[row] > 0
        for depth in np.flatnonzero(made.charge[row].sum(axis=1)):
            charge = made.charge[row, depth, own]
            mass = neutral_masses_au()[made.atomic_number[row, own]] - charge
            law = ChargeUp("erf", (stream().source.tau_fs,) * own.sum())
            expected = explode(made.position_au[row, own], mass, charge, law)
            found = made.momentum_au[row, depth, own]
            scale = np.abs(expected).max()
            if depth:  # a frame of its own: only what no rotation changes
                expected, found, scale = expected @ expected.T, found @ found.T, scale**2
            np.testing.assert_allclose(found, expected, atol=1e-4 * scale)


def test_blocks_can_be_made_again_and_differ() -> None:
    first, again, other = stream().block(3), stream().block(3), stream().block(4)
    np.testing.assert_array_equal(first[2].momentum_au, again[2].momentum_au)
    assert not np.array_equal(first[2].momentum_au[:, 0, 0], other[2].momentum_au[:, 0, 0])
    assert sum(len(each.mass_au) for each in first) == 40


def test_the_length_is_a_good_unit() -> None:
    made = stream().block(0)[0]
    size = np.linalg.norm(made.position_au, axis=(1, 2)) / np.sqrt(3 * (made.atomic_number > 0).sum(axis=1))
    scaled = size / features(made.inputs()).length_au.numpy()
    assert scaled.mean() == pytest.approx(0.35, abs=0.1)
    assert np.log(scaled).std() < 0.7 * np.log(size).std()


def test_pieces_hold_everything_once_and_no_padding_in_vain() -> None:
    made = stream().block(0)[0]
    pieces = made.pieces(3)
    assert sorted(each for piece in pieces for each in piece.mass_au.sum(axis=1)) == sorted(made.mass_au.sum(axis=1))
    for piece in pieces:
        assert (piece.atomic_number > 0).any(axis=0).all()
    assert pieces[0].mass_au.shape[1] < pieces[2].mass_au.shape[1]


def test_orthogonal_matrices_are_rotations_and_reflections_alike() -> None:
    drawn = orthogonal((2000,), np.random.default_rng(1))
    np.testing.assert_allclose(drawn @ drawn.transpose(0, 2, 1), np.broadcast_to(np.eye(3), drawn.shape), atol=1e-12)
    assert np.linalg.det(drawn).mean() == pytest.approx(0, abs=0.1)
    np.testing.assert_allclose(drawn.mean(axis=0), 0, atol=0.06)


def test_missing_ions() -> None:
    whole = stream().block(0)[0]
    thinned = Augmentation(missing_share=1.0, noisy_share=0.0)(whole, np.random.default_rng(2))
    atoms = (whole.atomic_number > 0).sum(axis=1)
    lost = (whole.known & ~thinned.known)[:, 0].sum(axis=1)
    assert set(lost[atoms >= 4].tolist()) == {1, 2}
    assert set(lost[atoms < 4].tolist()) <= {1}
    assert not (thinned.known & ~whole.known).any()
    assert not thinned.inputs().momentum_au.numpy()[~thinned.known].any()


def test_errors_of_momenta_have_the_size_asked_for() -> None:
    whole = replace(stream(channels=(1.0,)).block(0)[0])
    many = whole.rows(np.zeros(4000, dtype=np.int64))
    blur = Augmentation(missing_share=0.0, noisy_share=1.0, noise=(0.02, 0.02001))
    blurred = blur(many, np.random.default_rng(3))
    atoms = whole.rows(np.zeros(1, dtype=np.int64)).known.sum()
    rms = np.sqrt((many.momentum_au[0] ** 2).sum() / (3 * atoms))
    sizes = np.linalg.norm(blurred.momentum_au[:, 0, 0], axis=1)
    assert sizes.std() == pytest.approx(0.02 * rms, rel=0.1)


def test_errors_of_momenta_follow_their_covariance() -> None:
    whole = stream(channels=(1.0,)).block(0)[0].rows(np.zeros(6000, dtype=np.int64))
    covariance = np.zeros((*whole.momentum_au.shape, 3))
    covariance[:, 0, 1] = np.array([[4.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]])
    blur = Augmentation(missing_share=0.0, noisy_share=1.0, counts=(25.0, 25.001))
    blurred = blur._blurred_by(whole, np.ones(6000, dtype=bool), covariance, np.random.default_rng(3))
    off = blurred.momentum_au - whole.momentum_au
    np.testing.assert_allclose(np.cov(off[:, 0, 1].T), covariance[0, 0, 1] / 25, atol=0.01)
    assert not off[:, 0, 0].any()


def dataset() -> Dataset:
    """Water in two geometries with two and one entries, and hydrogen chloride for validation."""
    rng = np.random.default_rng(4)
    sizes = np.array([3, 3, 3, 2])
    return Dataset(
        settings={},
        name=("water", "hydrogen chloride"),
        split=("train", "validation"),
        molecule_first_atom=np.array([0, 3, 5]),
        atomic_number=np.array([8, 1, 1, 17, 1], dtype=np.uint8),
        molecule=np.array([0, 0, 1]),
        index=np.array([0, 1, 0]),
        trajectories=np.full(3, 100),
        full_share=np.ones(3, dtype=np.float32),
        sigma_angstrom=np.zeros(3, dtype=np.float32),
        first_entry=np.array([0, 2, 3, 4]),
        geometry_first_atom=np.array([0, 3, 6, 8]),
        position_au=rng.normal(size=(8, 3)).astype(np.float32),
        count=np.full(4, 50),
        first_atom=np.cumsum([0, *sizes]),
        charge=rng.integers(1, 4, sizes.sum()).astype(np.int8),
        momentum_au=rng.normal(0, 100, (sizes.sum(), 3)).astype(np.float32),
        covariance_au2=np.tile(np.array([1, 0, 0, 1, 0, 1], dtype=np.float32), (sizes.sum(), 1)),
    )


def test_entries_of_a_geometry_are_its_channels() -> None:
    data = dataset()
    made, covariance = explosions_of(data, [np.array([1, 0]), np.array([3])])
    assert covariance.shape == (2, 2, 3, 3, 3)
    np.testing.assert_array_equal(made.momentum_au[0], [data.momentum_au[3:6], data.momentum_au[:3]])
    np.testing.assert_array_equal(made.atomic_number, [[8, 1, 1], [17, 1, 0]])
    np.testing.assert_array_equal(made.charge[1], [[*data.charge[9:], 0], [0, 0, 0]])
    np.testing.assert_allclose(np.einsum("bn,bnk->bk", made.mass_au, made.position_au), 0, atol=1e-6)


def test_stage_two_draws_from_its_split_alone() -> None:
    drawn = MonteCarlo(dataset=dataset(), size=30, channels=(0.5, 0.5), augmentation=UNTOUCHED).block(0)[0]
    assert set(drawn.atomic_number[:, 0].tolist()) == {8}
    assert {int(each) for each in (drawn.charge.sum(axis=2) > 0).sum(axis=1)} == {1, 2}
    other = MonteCarlo(dataset=dataset(), size=30, split="validation").block(0)[0]
    assert set(other.atomic_number[:, 0].tolist()) == {17}
    with pytest.raises(CEIError, match="no explosions of the split 'test'"):
        MonteCarlo(dataset=dataset(), split="test").block(0)


def test_shares_of_channels_must_add_up() -> None:
    with pytest.raises(CEIError, match="add up to 1"):
        Classical(channels=(0.5, 0.2))


def test_errors_of_a_right_angle() -> None:
    true = np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    found = np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 3.0, 0.0]])
    got = errors(found, true)
    assert (got.mae_au, got.max_de_au) == pytest.approx((1 / 9, 1))
    assert got.mean_de_au == pytest.approx((1 + np.sqrt(13) - np.sqrt(8)) / 3)
    off = np.degrees(np.arctan(1.5)) - 45
    assert (got.mean_ae_deg, got.max_ae_deg) == pytest.approx((2 * off / 3, off))


def test_alignment_undoes_a_rotation_but_no_reflection() -> None:
    true = np.random.default_rng(5).normal(size=(5, 3))
    matrix = orthogonal((20,), np.random.default_rng(6))
    handed = np.linalg.det(matrix)
    for turn, hand in zip(matrix, handed, strict=True):
        got = errors(true @ turn, true)
        assert (got.aligned_mae_au < 1e-9) == (hand > 0)
        assert got.max_de_au < 1e-9
        assert got.mae_au > 1e-3
    assert {-1, 1} == set(np.sign(handed))


def test_diatomics_have_no_angle() -> None:
    got = errors(np.eye(3)[:2], 2 * np.eye(3)[:2])
    assert np.isnan(got.mean_ae_deg)
    assert got.mean_de_au == pytest.approx(np.sqrt(2))
