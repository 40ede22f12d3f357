"""The published network as a whole: frame, padding, what it ignores, its memory, training, files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from onlinecei.errors import CEIError
from onlinecei.molexa.network import LossOptions, Sample, collate, load_network, network_class, save_network
from onlinecei.molexa.network.molexa2026 import Config, Molexa2026
from onlinecei.molexa.network.molexa2026.features import features
from onlinecei.molexa.network.molexa2026.loss import with_noise
from onlinecei.molexa.network.molexa2026.memory import Memory
from onlinecei.molexa.network.molexa2026.uncertainty import cross_entropy
from onlinecei.molexa.network.reconstruct import answers, reconstruct

SMALL = Config(width=16, heads=2, expansion=2, embedding=8, dynamics_blocks=2, denoiser_blocks=1, uncertainty_blocks=1)
TURN = Rotation.from_rotvec([0.7, -1.1, 0.4]).as_matrix()
EXACT = LossOptions(draws=2, mixed=False)


def random_network(config: Config = SMALL) -> Molexa2026:
    torch.manual_seed(3)
    return Molexa2026(config).eval()


@pytest.fixture(scope="module")
def network() -> Molexa2026:
    return random_network()


def explosion(atoms: int, channels: int = 1, seed: int = 0) -> Sample:
    rng = np.random.default_rng(seed)
    momentum = rng.normal(0, 100, (channels, atoms, 3))
    return Sample(
        atomic_number=rng.choice([1, 6, 8], atoms),
        mass_au=rng.uniform(2e3, 3e4, atoms),
        charge=rng.integers(1, 4, (channels, atoms)),
        momentum_au=momentum - momentum.mean(axis=1, keepdims=True),
    )


def truths(samples: list[Sample]) -> torch.Tensor:
    """Geometries that have something to do with the momenta."""
    return collate(samples).momentum_au[:, 0] / 50


def test_the_registry_knows_it() -> None:
    assert network_class("molexa-2026") is Molexa2026
    assert (Molexa2026.NAME, Molexa2026.VERSION) == ("molexa-2026", 1)


@pytest.mark.parametrize("config", [SMALL, replace(SMALL, scale=True)], ids=["raw", "scale"])
def test_geometry_turns_with_the_momenta(config: Config) -> None:
    network, sample = random_network(config), explosion(5)
    turned = replace(sample, momentum_au=sample.momentum_au @ TURN)
    found = answers(network, [sample, turned])
    assert np.abs(found[0]).max() > 0.1
    assert np.abs(found[1] - found[0]).max() > 0.1
    np.testing.assert_allclose(found[1], found[0] @ TURN, atol=1e-4)


def test_the_loss_does_not_depend_on_the_frame(network: Molexa2026) -> None:
    sample = explosion(5)
    turned, turn = replace(sample, momentum_au=sample.momentum_au @ TURN), torch.from_numpy(TURN).float()
    truth = truths([sample])
    expected = network.loss(collate([sample]), truth, torch.Generator().manual_seed(1), EXACT)
    found = network.loss(collate([turned]), truth @ turn + 3.0, torch.Generator().manual_seed(1), EXACT)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_the_loss_adds_positions_and_uncertainty(network: Molexa2026) -> None:
    samples = [explosion(4), explosion(6, seed=2)]
    inputs, truth = collate(samples), truths(samples)

    def loss(**weights: float) -> torch.Tensor:
        other = random_network(replace(SMALL, **weights))
        return other.loss(inputs, truth, torch.Generator().manual_seed(1), EXACT).detach()

    of_position = loss(position_weight=1.0, uncertainty_weight=0.0)
    of_uncertainty = loss(position_weight=0.0, uncertainty_weight=1.0)
    torch.testing.assert_close(loss(), 400 * of_position + 0.1 * of_uncertainty)
    seen = features(inputs, SMALL)
    wanted = seen.inside(truth).repeat_interleave(2, dim=0)
    context = network.dynamics(seen)
    noisy = with_noise(wanted, context.repeated(2).where, torch.Generator().manual_seed(1))
    first = network(context.repeated(2), noisy.position, noisy.sigma)[[0, 2]]
    logits = network.uncertainties(context, first / 0.25)
    torch.testing.assert_close(of_uncertainty, cross_entropy(logits, 10 * (first - wanted[[0, 2]]), seen.where))


def test_the_head_is_the_uncertainty_alone() -> None:
    network, samples = random_network(), [explosion(4), explosion(6, seed=2)]
    one = LossOptions(draws=1, mixed=False)
    args = collate(samples), truths(samples)
    loss = network.head_loss(*args, torch.Generator().manual_seed(1), one)
    alone = random_network(replace(SMALL, position_weight=0.0, uncertainty_weight=1.0))
    torch.testing.assert_close(loss, alone.loss(*args, torch.Generator().manual_seed(1), one))
    loss.mean().backward()
    trained = {name for name, each in network.named_parameters() if each.grad is not None}
    assert trained == {name for name, _ in network.named_parameters() if name.startswith("uncertainties.")}
    assert len(network.head_parameters()) == len(trained)


def test_padding_and_company_do_not_change_anything(network: Molexa2026) -> None:
    small, large = explosion(3), explosion(9, 3, seed=5)
    alone, together = collate([small]), collate([small, large])
    np.testing.assert_allclose(answers(network, [small, large])[0], answers(network, [small])[0], atol=1e-4)
    geometry = torch.zeros(2, 9, 3)
    geometry[:, :3] = torch.randn(3, 3, generator=torch.Generator().manual_seed(1))
    expected = network.uncertainty(alone, geometry[:1, :3])
    found = network.uncertainty(together, geometry)
    torch.testing.assert_close(found.probability[0, :3], expected.probability[0], rtol=0, atol=1e-5)
    assert (found.probability[0, 3:].abs().max(), found.expected_au[0, 3:].abs().max()) == (0, 0)


def test_noise_at_padding_is_not_seen(network: Molexa2026) -> None:
    inputs = collate([explosion(3), explosion(6, seed=5)])
    noise = torch.randn(2, 1, 6, 3, generator=torch.Generator().manual_seed(1))
    other = noise.clone()
    other[0, :, 3:] += 5.0
    torch.testing.assert_close(network.draw(inputs, other), network.draw(inputs, noise), rtol=0, atol=1e-5)
    context = network.dynamics(features(inputs, SMALL))
    assert not network(context, other[:, 0], torch.ones(2))[0, 3:].any()
    other[0, :, 2] += 5.0
    assert (network.draw(inputs, other) - network.draw(inputs, noise)).abs().max() > 1e-2


def test_further_channels_are_ignored(network: Molexa2026) -> None:
    sample = explosion(5, 3)
    first = replace(sample, charge=sample.charge[:1], momentum_au=sample.momentum_au[:1])
    np.testing.assert_array_equal(answers(network, [sample])[0], answers(network, [first])[0])


def test_a_missing_ion_counts_as_one_at_rest(network: Molexa2026) -> None:
    missing, resting = explosion(5), explosion(5)
    missing.momentum_au[0, 2] = np.nan
    resting.momentum_au[0, 2] = 0.0
    np.testing.assert_array_equal(answers(network, [missing])[0], answers(network, [resting])[0])


@pytest.mark.parametrize("factors", [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]], ids=["at rest", "linear"])
@pytest.mark.parametrize("atoms", [2, 4])
@pytest.mark.parametrize("scale", [False, True])
def test_poor_explosions_give_finite_answers(atoms: int, factors: list[float], scale: bool) -> None:
    sample = explosion(atoms)
    poor = replace(sample, momentum_au=sample.momentum_au * factors)
    assert np.isfinite(answers(random_network(replace(SMALL, scale=scale)), [poor])[0]).all()


def test_the_answer_is_one_draw_about_the_centre_of_mass(network: Molexa2026) -> None:
    sample = explosion(6)
    found = answers(network, [sample])[0]
    torch.manual_seed(99)
    np.testing.assert_array_equal(found, answers(network, [sample])[0])
    np.testing.assert_allclose(sample.mass_au @ found / sample.mass_au.sum(), 0, atol=1e-5)
    draws = reconstruct(network, [sample], n_draws=3)[0]
    assert draws.shape == (3, 6, 3)
    assert np.abs(draws[0] - draws[1]).max() > 1e-3


def test_memory_is_more_than_skip_connections(network: Molexa2026) -> None:
    plain = random_network(replace(SMALL, memory=False))
    plain.load_state_dict(network.state_dict(), strict=False)
    gates = sum(
        sum(each.numel() for each in module.parameters()) for module in network.modules() if type(module) is Memory
    )
    assert gates == 4 * (2 * 16 * 48 + 48)
    assert network.parameters_count - plain.parameters_count == gates
    assert np.abs(answers(plain, [explosion(5)])[0] - answers(network, [explosion(5)])[0]).max() > 1e-2


def test_with_scale_a_larger_explosion_is_the_same_in_units_of_its_length() -> None:
    sample = explosion(5)
    slower = replace(sample, momentum_au=sample.momentum_au / 2)
    network = random_network(replace(SMALL, scale=True))
    with torch.no_grad():
        network.dynamics.embedding.momentum.weight[:, 3:] = 0  # of the logs of the scales
    found = answers(network, [sample, slower])
    np.testing.assert_allclose(found[1], 4 * found[0], rtol=1e-3, atol=1e-4)


def test_training_makes_the_loss_small() -> None:
    samples = [explosion(atoms, seed=seed) for seed, atoms in enumerate([2, 3, 4, 5])]
    inputs, truth, network = collate(samples), truths(samples), random_network().train()
    optimizer = torch.optim.Adam(network.parameters(), 3e-3)

    def step(seed: int) -> float:
        optimizer.zero_grad()
        loss = network.loss(inputs, truth, torch.Generator().manual_seed(seed), LossOptions(draws=4, mixed=False))
        loss.mean().backward()
        optimizer.step()
        return float(loss.detach().mean())

    losses = [step(seed) for seed in range(80)]
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:10])
    assert all(each.grad is not None and each.grad.isfinite().all() for each in network.parameters())


def test_half_precision_changes_the_loss_little(network: Molexa2026) -> None:
    samples = [explosion(4), explosion(6, seed=2)]

    def loss(*, mixed: bool) -> torch.Tensor:
        generator = torch.Generator().manual_seed(1)
        return network.loss(collate(samples), truths(samples), generator, LossOptions(draws=4, mixed=mixed))

    half, single = loss(mixed=True), loss(mixed=False)
    assert (half.dtype, half.shape) == (torch.float32, (2,))
    assert not torch.equal(half, single)
    torch.testing.assert_close(half, single, rtol=3e-2, atol=0)


def test_weights_come_back(tmp_path: Path, network: Molexa2026) -> None:
    save_network(tmp_path / "w.safetensors", network)
    found = load_network(tmp_path / "w.safetensors")
    assert (type(found), found.config) == (Molexa2026, SMALL)
    np.testing.assert_array_equal(answers(found, [explosion(5)])[0], answers(network, [explosion(5)])[0])


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(CEIError, match="width 16, heads 3"):
        replace(SMALL, heads=3)
