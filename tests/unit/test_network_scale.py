"""The scale of an explosion, and channels brought into one frame."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from onlinecei.errors import CEIError
from onlinecei.explosion import explode
from onlinecei.ions import Channel
from onlinecei.molexa.network import Sample, collate
from onlinecei.molexa.network.onlinecei.alignment import align, rotation_onto
from onlinecei.molexa.network.onlinecei.features import features
from onlinecei.molexa.network.onlinecei.scale import kinetic_energy_release, lightness

WATER = Channel.parse("O2+ / H+ / H+")
PLACES = np.array([[0.0, 0.0, 0.12], [0.0, 1.43, -0.98], [0.0, -1.43, -0.98]])


def test_length_of_a_diatomic_is_its_distance() -> None:
    channel = Channel.parse("C2+ / O3+")
    momentum = explode(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 2.13]]), channel.masses_au, channel.charges)
    assert float(features(collate([Sample.of(channel, momentum)])).length_au) == pytest.approx(2.13, rel=1e-3)


def test_length_of_several_channels_is_that_of_the_sudden_explosion() -> None:
    """Where every pair is equally far apart, L is the distance, whatever the charges."""
    triangle = 2.5 * np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.5, np.sqrt(0.75), 0.0]])
    masses, charges = np.full(3, 2e4), np.array([[1, 1, 1], [1, 2, 3]])
    momenta = np.stack([explode(triangle, masses, each.astype(float)) for each in charges])
    sample = Sample(atomic_number=np.full(3, 7), mass_au=masses, charge=charges, momentum_au=momenta)
    assert float(features(collate([sample])).length_au) == pytest.approx(2.5, rel=1e-3)


def test_energy_of_missing_ions_is_their_share_of_the_pairs() -> None:
    mass, charge = torch.tensor([[30.0, 1.0, 1.0]]), torch.tensor([[[2.0, 1.0, 1.0]]])
    share = torch.tensor([[[2 * 2 * 1 / 31, 2 * 30 / 31 + 0.5, 2 * 30 / 31 + 0.5]]])
    torch.testing.assert_close(share.sum(), torch.tensor(5.0))  # of the three pairs 2 + 2 + 1
    present = torch.tensor([[[True, True, False]]])
    found = kinetic_energy_release(0.3 * share * present, mass, charge, present)
    torch.testing.assert_close(found, torch.tensor([[1.5]]))
    torch.testing.assert_close(lightness(mass)[0, 0, 1], torch.tensor(1 / 31))


def test_rotation_is_the_one_that_turned() -> None:
    rng = np.random.default_rng(1)
    vectors = torch.from_numpy(rng.normal(size=(7, 5, 3)))
    turns = torch.from_numpy(Rotation.random(7, rng=2).as_matrix())
    found, determined = rotation_onto(vectors, vectors @ turns, torch.ones(7, 5, dtype=torch.float64))
    torch.testing.assert_close(found, turns)
    assert determined.all()


def test_rotation_is_never_a_reflection_and_the_best_of_all() -> None:
    rng = np.random.default_rng(3)
    weights = torch.from_numpy(rng.uniform(0.5, 2, 6))
    reference = torch.from_numpy(rng.normal(size=(6, 3)))
    moved = reference * torch.tensor([1.0, 1.0, -1.0], dtype=torch.float64)
    rotation, _ = rotation_onto(reference, moved, weights)
    assert float(torch.linalg.det(rotation)) == pytest.approx(1)

    def misfit(matrix: torch.Tensor) -> torch.Tensor:
        return (weights[:, None] * (moved @ matrix.mT - reference).square()).sum((-2, -1))

    others = torch.from_numpy(Rotation.random(3000, rng=4).as_matrix())
    assert misfit(rotation) <= misfit(others).min()


def test_vectors_on_a_line_leave_the_rotation_open() -> None:
    line = torch.outer(torch.tensor([1.0, -2.0, 0.5]), torch.tensor([0.6, 0.8, 0.0]))
    assert not rotation_onto(line, line, torch.ones(3))[1]


def _two_channels(known: list[list[bool]], *, linear: bool = False) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    momentum = torch.from_numpy(explode(PLACES * [1, 1, not linear], WATER.masses_au, WATER.charges)).float()
    turn = torch.from_numpy(Rotation.from_rotvec([0.3, 1.0, -2.0]).as_matrix()).float()
    where = torch.tensor([known])
    momenta = torch.stack([momentum, 1.3 * momentum @ turn])[None] * where[..., None]
    turned, usable = align(momenta, torch.from_numpy(WATER.masses_au).float()[None], where)
    return momentum, turned[0], usable[0]


@pytest.mark.parametrize("linear", [False, True])
def test_channels_come_into_the_frame_of_the_first(*, linear: bool) -> None:
    momentum, turned, usable = _two_channels([[True] * 3] * 2, linear=linear)
    assert usable.tolist() == [True, True]
    torch.testing.assert_close(turned[0], momentum)
    torch.testing.assert_close(turned[1], 1.3 * momentum, rtol=1e-4, atol=1e-3)


def test_a_channel_with_too_few_ions_in_common_is_left_out() -> None:
    _, _, usable = _two_channels([[True, True, True], [False, True, False]])
    assert usable.tolist() == [True, False]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mass_au": np.ones(2)}, "do not fit 3 atoms"),
        ({"charge": np.array([[1, 0, 1]])}, "least charge is 0"),
        ({"momentum_au": np.full((1, 3, 3), np.nan)}, "no finite momentum"),
        ({"momentum_au": np.full((1, 3, 3), np.inf)}, "no finite momentum"),
        ({"atomic_number": np.array([8, 1, 0])}, "atomic numbers"),
        ({"mass_au": np.array([1.0, -1.0, 2.0])}, "masses"),
    ],
)
def test_samples_that_make_no_sense(change: dict[str, np.ndarray], message: str) -> None:
    sound = {
        "atomic_number": np.array([8, 1, 1]),
        "mass_au": WATER.masses_au,
        "charge": np.array([[2, 1, 1]]),
        "momentum_au": np.ones((1, 3, 3)),
    }
    with pytest.raises(CEIError, match=message):
        Sample(**{**sound, **change})


def test_without_the_physics_scale_units_are_fixed() -> None:
    channel = Channel.parse("C+/O+")
    momentum = np.array([[30.0, 0, 0], [-30.0, 0, 0]])
    inputs = collate([Sample.of(channel, momentum), Sample.of(channel, 2 * momentum)])
    scaled, plain = features(inputs), features(inputs, physics_scale=False)
    np.testing.assert_allclose(scaled.vectors[0], scaled.vectors[1], rtol=1e-6)
    np.testing.assert_allclose(2 * plain.vectors[0], plain.vectors[1], rtol=1e-6)
    assert scaled.length_au[0] == pytest.approx(4 * float(scaled.length_au[1]), rel=1e-6)
    assert plain.length_au[0] == plain.length_au[1]
    assert torch.isfinite(plain.atom).all()
