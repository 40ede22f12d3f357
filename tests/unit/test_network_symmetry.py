"""What must not change the answer of the network: frame, mirror, order of atoms and channels, padding, company."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei.molexa.network import Config, OnlineCEI, Sample, collate, reconstruct
from onlinecei.molexa.network.onlinecei.features import features
from onlinecei.molexa.network.onlinecei.geometry import centred
from onlinecei.molexa.network.reconstruct import answers

TURN = Rotation.from_rotvec([0.7, -1.1, 0.4]).as_matrix()
MIRROR = np.diag([1.0, 1.0, -1.0])


@pytest.fixture(scope="module")
def network() -> OnlineCEI:
    """Of random weights, also where training would begin with zeros."""
    torch.manual_seed(3)
    made = OnlineCEI(Config(width=32, pair_width=16, heads=4, encoder_blocks=1, denoiser_blocks=2))
    with torch.no_grad():
        for each in made.parameters():
            each.add_(0.1 * torch.randn_like(each))
    return made.eval()


def explosion(atoms: int, channels: int = 1, seed: int = 0) -> Sample:
    rng = np.random.default_rng(seed)
    momentum = rng.normal(0, 100, (1, atoms, 3)) * rng.uniform(0.8, 1.2, (channels, atoms, 1))
    return Sample(
        atomic_number=rng.choice([1, 6, 8], atoms),
        mass_au=rng.uniform(2e3, 3e4, atoms),
        charge=rng.integers(1, 4, (channels, atoms)),
        momentum_au=momentum - momentum.mean(axis=1, keepdims=True),
    )


def noise(atoms: int, seed: int = 1) -> F8:
    return np.random.default_rng(seed).normal(size=(atoms, 3))


def answer(network: OnlineCEI, sample: Sample, start: F8) -> F8:
    """One draw, from the given noise."""
    at = torch.from_numpy(start).float()[None, None]
    return network.draw(collate([sample]), at)[0, 0].double().numpy()


def without(sample: Sample, *missing: int) -> Sample:
    momentum = sample.momentum_au.copy()
    momentum[:, list(missing)] = np.nan
    return replace(sample, momentum_au=momentum)


def test_the_answer_depends_on_momenta_and_noise(network: OnlineCEI) -> None:
    sample = explosion(5)
    found = answer(network, sample, noise(5))
    assert np.abs(found).max() > 0.1
    other = replace(sample, momentum_au=sample.momentum_au * np.array([1.0, 1.0, 0.5])[:, None][None, [0, 1, 2, 0, 1]])
    assert np.abs(answer(network, other, noise(5)) - found).max() > 1e-2
    assert np.abs(answer(network, sample, noise(5, seed=2)) - found).max() > 1e-2


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("matrix", [TURN, MIRROR, TURN @ MIRROR], ids=["turned", "mirrored", "both"])
def test_geometry_turns_and_mirrors_with_the_momenta(network: OnlineCEI, matrix: F8, channels: int) -> None:
    sample = explosion(5, channels)
    turned = replace(sample, momentum_au=sample.momentum_au @ matrix)
    expected = answer(network, sample, noise(5)) @ matrix
    np.testing.assert_allclose(answer(network, turned, noise(5) @ matrix), expected, atol=1e-4)


@pytest.mark.parametrize("missing", [(), (2,), (1, 3)])
def test_geometry_follows_the_order_of_atoms(network: OnlineCEI, missing: tuple[int, ...]) -> None:
    sample, order = without(explosion(6, 2), *missing), np.array([3, 0, 5, 1, 4, 2])
    shuffled = Sample(
        atomic_number=sample.atomic_number[order],
        mass_au=sample.mass_au[order],
        charge=sample.charge[:, order],
        momentum_au=sample.momentum_au[:, order],
    )
    expected = answer(network, sample, noise(6))[order]
    np.testing.assert_allclose(answer(network, shuffled, noise(6)[order]), expected, atol=1e-4)


def test_order_and_frames_of_further_channels_do_not_matter(network: OnlineCEI) -> None:
    sample, order = explosion(5, 3), [0, 2, 1]
    momentum = sample.momentum_au[order]
    momentum[1:] = momentum[1:] @ TURN
    other = replace(sample, charge=sample.charge[order], momentum_au=momentum)
    expected = answer(network, sample, noise(5))
    np.testing.assert_allclose(answer(network, other, noise(5)), expected, atol=1e-4)
    alone = replace(sample, charge=sample.charge[:1], momentum_au=sample.momentum_au[:1])
    assert np.abs(answer(network, alone, noise(5)) - expected).max() > 1e-3


def test_padding_and_company_do_not_change_the_answer(network: OnlineCEI) -> None:
    small, large = explosion(3), explosion(9, 3, seed=5)
    alone = reconstruct(network, [small], n_draws=2, generator=torch.Generator().manual_seed(4))[0]
    together = reconstruct(network, [small, large], n_draws=2, generator=torch.Generator().manual_seed(4))
    assert [each.shape for each in together] == [(2, 3, 3), (2, 9, 3)]
    np.testing.assert_allclose(together[0], alone, atol=1e-4)


def test_draws_differ_and_are_about_the_centre_of_mass(network: OnlineCEI) -> None:
    sample = explosion(6)
    found = reconstruct(network, [sample], n_draws=3)[0]
    assert np.abs(found[0] - found[1]).max() > 1e-2
    np.testing.assert_allclose(np.einsum("n,dnk->dk", sample.mass_au / sample.mass_au.sum(), found), 0, atol=1e-4)
    np.testing.assert_array_equal(found, reconstruct(network, [sample], n_draws=3)[0])


def test_heun_and_more_steps_lead_to_about_the_same(network: OnlineCEI) -> None:
    def drawn(steps: int, *, heun: bool) -> F8:
        start = torch.from_numpy(noise(4)).float()[None, None]
        return network.draw(collate([explosion(4)]), start, steps, heun=heun)[0, 0].double().numpy()

    fine = drawn(60, heun=True)
    assert np.abs(drawn(12, heun=True) - fine).max() < np.abs(drawn(12, heun=False) - fine).max()


def test_the_one_answer_needs_no_noise(network: OnlineCEI) -> None:
    sample, order = explosion(5, 2), np.array([4, 0, 2, 1, 3])
    turned = Sample(
        atomic_number=sample.atomic_number[order],
        mass_au=sample.mass_au[order],
        charge=sample.charge[:, order],
        momentum_au=sample.momentum_au[:, order] @ TURN,
    )
    found, again, other = answers(network, [sample, sample, turned])
    np.testing.assert_allclose(again, found, atol=1e-5)
    np.testing.assert_allclose(other, found[order] @ TURN, atol=1e-4)
    assert np.abs(found).max() > 0.1


def test_nothing_to_draw(network: OnlineCEI) -> None:
    assert reconstruct(network, []) == []
    with pytest.raises(CEIError, match="n_draws 0"):
        reconstruct(network, [explosion(4)], n_draws=0)


@pytest.mark.parametrize("change", ["one missing", "two missing", "one left", "zero momentum", "linear", "diatomic"])
def test_poor_explosions_give_finite_answers(network: OnlineCEI, change: str) -> None:
    def shortened(sample: Sample, factor: list[float]) -> Sample:
        return replace(sample, momentum_au=sample.momentum_au * factor)

    changes: dict[str, Callable[[], Sample]] = {
        "one missing": lambda: without(explosion(4, 2), 1),
        "two missing": lambda: without(explosion(4, 2), 1, 3),
        "one left": lambda: without(explosion(4, 2), 0, 1, 3),
        "zero momentum": lambda: shortened(explosion(4, 2), [0.0, 0.0, 0.0]),
        "linear": lambda: shortened(explosion(4, 2), [1.0, 0.0, 0.0]),
        "diatomic": lambda: explosion(2, 2),
    }
    assert np.isfinite(reconstruct(network, [changes[change]()])[0]).all()


def test_half_precision_of_the_layers_leaves_geometry_precise(network: OnlineCEI) -> None:
    seen = features(collate([explosion(5, 2)]))
    with torch.autocast("cpu", torch.bfloat16):
        context = network.read(seen)
        noisy = 0.02 * torch.from_numpy(noise(5)).float()[None] + torch.arange(15).view(1, 5, 3)
        noisy = centred(noisy, context.where)
        found = network(context, noisy, torch.tensor([0.01]))
    precise = network(network.read(seen), noisy, torch.tensor([0.01]))
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, precise, rtol=0, atol=1e-3)


def test_a_single_missing_ion_counts_as_what_the_others_lack() -> None:
    sample = explosion(4)
    whole, lacking = features(collate([sample])), features(collate([without(sample, 2)]))
    torch.testing.assert_close(lacking.vectors, whole.vectors)
    torch.testing.assert_close(lacking.length_au, whole.length_au)
    assert not torch.equal(lacking.atom[0, 0, 2], whole.atom[0, 0, 2])
