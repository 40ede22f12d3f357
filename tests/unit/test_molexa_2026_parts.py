"""The parts of the published network against their definitions."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from torch import nn

from onlinecei.molexa.network import Inputs
from onlinecei.molexa.network.edm import noise_levels
from onlinecei.molexa.network.molexa2026 import Config, Molexa2026
from onlinecei.molexa.network.molexa2026.embedding import Context, ToPairs
from onlinecei.molexa.network.molexa2026.features import features
from onlinecei.molexa.network.molexa2026.frame import molecular_frame
from onlinecei.molexa.network.molexa2026.initial import initialise
from onlinecei.molexa.network.molexa2026.loss import P_MEAN, P_STD, position_loss, with_noise
from onlinecei.molexa.network.molexa2026.memory import Attention, Memory
from onlinecei.molexa.network.molexa2026.model import RHO, SIGMA_MAX, SIGMA_MIN
from onlinecei.molexa.network.molexa2026.uncertainty import bin_of, cross_entropy, expected_au

WATER_MASS = torch.tensor([[29000.0, 1836.0, 1836.0]])


def water() -> Inputs:
    """Oxygen along z, one proton nearly opposite, one more across."""
    momentum = torch.tensor([[0.0, 0.0, 90.0], [0.0, 20.0, -80.0], [0.0, -20.0, -10.0]])
    return Inputs(
        atomic_number=torch.tensor([[8, 1, 1]]),
        mass_au=WATER_MASS,
        charge=torch.ones(1, 1, 3),
        momentum_au=momentum[None, None],
        known=torch.ones(1, 1, 3, dtype=torch.bool),
    )


def test_axes_along_the_heaviest_ion_and_the_one_most_opposite() -> None:
    axes = molecular_frame(water().momentum_au[:, 0], WATER_MASS)[0]
    torch.testing.assert_close(axes, torch.tensor([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]))
    assert float(torch.linalg.det(axes)) == pytest.approx(1)


def test_of_equal_ions_the_first_gives_x() -> None:
    momentum, mass = torch.tensor([[[0.0, 3, 0], [4.0, 0, 0], [0, 0, 5]]]), torch.tensor([[1.0, 2.0, 2.0]])
    torch.testing.assert_close(molecular_frame(momentum, mass)[0, 0], torch.tensor([1.0, 0, 0]))


def test_an_ion_at_rest_or_on_the_axis_gives_no_axis() -> None:
    momentum = torch.tensor([[[0.0, 0, 0], [0, 0, 7.0], [0, 0, -4.0], [3.0, 0, -3.0]]])
    axes = molecular_frame(momentum, torch.tensor([[9.0, 8, 1, 1]]))[0]
    torch.testing.assert_close(axes[:2], torch.tensor([[0.0, 0, 1], [1, 0, 0]]))


@pytest.mark.parametrize("momenta", [[[1.0, 2, 3], [-1, -2, -3]], [[0.0, 0, 0], [0, 0, 0]]], ids=["line", "rest"])
def test_any_axes_where_none_are_defined(momenta: list[list[float]]) -> None:
    axes = molecular_frame(torch.tensor([momenta]), torch.tensor([[2.0, 1.0]]))[0]
    torch.testing.assert_close(axes @ axes.mT, torch.eye(3))
    torch.testing.assert_close(torch.linalg.det(axes), torch.tensor(1.0))


def test_the_frame_turns_with_the_momenta() -> None:
    momentum = torch.randn(4, 5, 3, generator=torch.Generator().manual_seed(1)) * 100
    turn = torch.from_numpy(Rotation.from_rotvec([0.7, -1.1, 0.4]).as_matrix()).float()
    mass = torch.arange(20.0).view(4, 5) + 1
    torch.testing.assert_close(molecular_frame(momentum @ turn, mass), molecular_frame(momentum, mass) @ turn)


def test_features_in_their_units() -> None:
    seen = features(water(), Config(momentum_unit_au=50.0, position_unit_au=4.0))
    torch.testing.assert_close(seen.momentum[0], torch.tensor([[1.8, 0, 0], [-1.6, 0.4, 0], [-0.2, -0.4, 0]]))
    position = torch.tensor([[[1.0, 2.0, 3.0], [2.0, 2, 3], [3, 2, 3]]])
    inside = seen.inside(position)
    torch.testing.assert_close(inside[0], torch.tensor([[0.0, 0, 0.25], [0, 0, 0], [0, 0, -0.25]]))
    torch.testing.assert_close(seen.outside(inside[:, None])[:, 0], position - position.mean(1, keepdim=True))


def test_features_in_their_scale() -> None:
    seen = features(water(), Config(scale=True))
    assert float(seen.momentum[0, :, :3].square().mean()) == pytest.approx(1)
    square = water().momentum_au[0, 0].square().sum(-1)
    release = float((square / (2 * WATER_MASS[0])).sum())
    assert float(seen.unit_au) == pytest.approx(3 / release, rel=1e-5)


def test_attention_is_what_it_says() -> None:
    torch.manual_seed(0)
    attention, tokens = Attention(8, 2), torch.randn(1, 5, 8)
    present = torch.tensor([True, True, False, True, False])[None, None, None]
    query, key, value = attention.to_heads(tokens[0]).view(5, 3, 2, 4).unbind(1)
    seen = torch.empty(5, 2, 4)
    for token in range(5):
        for head in range(2):
            weights = torch.stack([query[token, head] @ key[each, head] / 2 for each in (0, 1, 3)]).softmax(0)
            seen[token, head] = weights @ value[[0, 1, 3], head]
    torch.testing.assert_close(attention(tokens, present)[0], attention.out(seen.flatten(1)))


@pytest.mark.parametrize("forget", [-50.0, 50.0])
@pytest.mark.parametrize("update", [-50.0, 50.0])
@pytest.mark.parametrize("output", [-50.0, 50.0])
def test_gates_of_the_memory(forget: float, update: float, output: float) -> None:
    memory = Memory(2)
    nn.init.zeros_(memory.gates.weight)
    with torch.no_grad():
        memory.gates.bias.copy_(torch.tensor([forget, forget, update, update, output, output]))
    tokens, state = torch.tensor([[0.3, -0.8]]), torch.tensor([[1.5, 0.2]])
    shown, after = memory(tokens, state)
    expected = (forget > 0) * state + (update > 0) * tokens.tanh()
    torch.testing.assert_close(after, expected)
    torch.testing.assert_close(shown, (output > 0) * expected.tanh())


def test_pairs_are_a_layer_on_two_atoms_side_by_side() -> None:
    torch.manual_seed(0)
    to_pairs, atoms = ToPairs(4, 6), torch.randn(1, 3, 4)
    pairs = to_pairs(atoms)[0]
    for first in range(3):
        for second in range(3):
            both = torch.cat([atoms[0, first], atoms[0, second]])
            torch.testing.assert_close(pairs[3 * first + second], to_pairs.layer(both))


def test_pairs_are_summed_to_their_first_atoms() -> None:
    where = torch.tensor([[True, True, False]])
    context = Context(pairs=torch.zeros(1, 9, 1), where=where, present=torch.ones(1, 1, 1, 9, dtype=torch.bool))
    summed = context.to_atoms(torch.arange(9.0).view(1, 9, 1))
    torch.testing.assert_close(summed[0, :, 0], torch.tensor([1.0, 7.0, 13.0]))


def test_numbers_of_the_published_size() -> None:
    with torch.device("meta"):
        network = Molexa2026(Config.published())
    width = 512
    transformer = 4 * width * (width + 1) + 2 * 2 * width + (width + 1) * 4 * width + (4 * width + 1) * width
    block = transformer + (2 * width + 1) * 3 * width
    assert sum(each.numel() for each in network.dynamics.blocks.parameters()) == 6 * block
    rest = network.parameters_count - 10 * block - transformer
    assert 0 < rest < 0.1 * network.parameters_count
    assert network.parameters_count == pytest.approx(54.4e6, rel=1e-3)
    assert network.dynamics.embedding.element.weight.shape[1] == 64


def test_levels_of_the_published_sampler() -> None:
    levels = noise_levels(5, SIGMA_MAX, SIGMA_MIN, RHO).tolist()
    np.testing.assert_allclose(levels, [80, 52, 28, 10, 0.002, 0], atol=0.4)
    assert levels[4] == pytest.approx(0.002)


@pytest.mark.parametrize("shape", [(6, 30), (30, 6)])
def test_layers_begin_orthogonal_with_glorots_variance(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    layer = nn.Linear(*shape)
    initialise(layer)
    weight = layer.weight.detach()
    assert float(weight.var()) == pytest.approx(2 / 36)
    narrow = weight if shape[1] < shape[0] else weight.mT
    gram = narrow @ narrow.mT
    torch.testing.assert_close(gram, torch.eye(6) * gram[0, 0])
    assert not layer.bias.any()


def test_embeddings_begin_uniform() -> None:
    torch.manual_seed(0)
    embedding = nn.Embedding(100, 64)
    initialise(embedding)
    weight = embedding.weight.detach()
    assert math.sqrt(3) * 0.99 < float(weight.abs().max()) <= math.sqrt(3)
    assert float(weight.var()) == pytest.approx(1, rel=0.05)


def test_noise_of_training() -> None:
    where = torch.ones(4000, 2, dtype=torch.bool)
    where[:, 1] = False
    noisy = with_noise(torch.zeros(4000, 2, 3), where, torch.Generator().manual_seed(1))
    logs = noisy.sigma.log()
    assert (float(logs.mean()), float(logs.std())) == (pytest.approx(P_MEAN, abs=0.1), pytest.approx(P_STD, abs=0.1))
    assert float(noisy.position[:, 1].abs().max()) == 0
    assert float((noisy.position[:, 0] / noisy.sigma[:, None]).std()) == pytest.approx(1, rel=0.05)


def test_weight_of_position_errors() -> None:
    estimate = torch.tensor([[[1.0, 0.0, 2.0], [0.0, 2.0, 0.0], [9.0, 9.0, 9.0]]])
    where = torch.tensor([[True, True, False]])
    found = position_loss(estimate, torch.zeros(1, 3, 3), torch.tensor([0.5]), where, Config(sigma_data=0.25))
    expected = (0.5**2 + 0.25**2) / (0.5 * 0.25) ** 2 * (1 + 4 + 4) / 6
    torch.testing.assert_close(found, torch.tensor([expected]))


def test_bins_of_errors() -> None:
    errors = torch.tensor([0.0, -0.049, 0.051, 0.12, 9.99, -30.0])
    assert bin_of(errors).tolist() == [0, 0, 1, 2, 199, 199]


def test_cross_entropy_of_a_known_distribution() -> None:
    logits = torch.zeros(1, 2, 3, 200)
    logits[0, 0, :, 4] = math.log(100.0)  # probability 100 / 299 of bin 4
    where = torch.tensor([[True, False]])
    errors = torch.full((1, 2, 3), 0.21)
    errors[0, 0, 2] = 0.9
    expected = (2 * math.log(299 / 100) + math.log(299)) / 3
    torch.testing.assert_close(cross_entropy(logits, errors, where), torch.tensor([expected]))


def test_uncertainty_is_a_distribution() -> None:
    torch.manual_seed(1)
    network = Molexa2026(Config(width=16, heads=2, dynamics_blocks=1, denoiser_blocks=1, uncertainty_blocks=1))
    found = network.uncertainty(water(), torch.randn(1, 3, 3))
    assert found.probability.shape == (1, 3, 3, 200)
    assert float(found.probability.min()) >= 0
    torch.testing.assert_close(found.probability.sum(-1), torch.ones(1, 3, 3))
    by_hand = sum(0.05 * bin_ * found.probability[..., bin_] for bin_ in range(200))
    torch.testing.assert_close(found.expected_au, by_hand)
    torch.testing.assert_close(found.axes, molecular_frame(water().momentum_au[:, 0], WATER_MASS))


def test_expected_error_of_one_bin() -> None:
    assert float(expected_au(torch.eye(200)[30])) == pytest.approx(1.5)


def test_uncertainty_depends_on_the_geometry_and_not_on_its_frame() -> None:
    torch.manual_seed(1)
    network = Molexa2026(Config(width=16, heads=2, dynamics_blocks=1, denoiser_blocks=1, uncertainty_blocks=1))
    turn = torch.from_numpy(Rotation.from_rotvec([0.7, -1.1, 0.4]).as_matrix()).float()
    inputs, geometry = water(), torch.randn(1, 3, 3)
    turned = replace(inputs, momentum_au=inputs.momentum_au @ turn)
    expected = network.uncertainty(inputs, geometry).expected_au
    torch.testing.assert_close(network.uncertainty(turned, geometry @ turn).expected_au, expected, rtol=1e-3, atol=1e-4)
    assert (network.uncertainty(inputs, 2 * geometry).expected_au - expected).abs().max() > 1e-3
