"""The sampler, against a distribution whose denoiser is known: a Gaussian."""

import pytest
import torch
from torch import Tensor

from onlinecei.molexa.network import edm

MEAN, WIDTH = 0.3, 0.4


def denoise(x: Tensor, sigma: Tensor) -> Tensor:
    """Best estimate of values of a Gaussian from noisy ones."""
    variance = sigma[:, None].square()
    return (WIDTH**2 * x + variance * MEAN) / (WIDTH**2 + variance)


def exact(noise: Tensor, sigma: float) -> Tensor:
    """Probability flow: distances from the mean shrink with the width of the noisy distribution."""
    width, widest = (WIDTH**2 + sigma**2) ** 0.5, (WIDTH**2 + edm.SIGMA_MAX**2) ** 0.5
    return MEAN + (edm.SIGMA_MAX * noise - MEAN) * width / widest


@pytest.fixture
def noise() -> Tensor:
    return torch.randn(2000, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(("heun", "order"), [(False, 1), (True, 2)])
def test_errors_fall_with_the_order_of_the_method(noise: Tensor, *, heun: bool, order: int) -> None:
    def error(steps: int) -> float:
        found = edm.sample(denoise, noise, edm.noise_levels(steps)[:-1], heun=heun)
        return float((found - exact(noise, edm.SIGMA_MIN)).abs().mean())

    assert error(160) < (0.02 if order == 1 else 1e-3)
    assert error(40) / error(160) == pytest.approx(4**order, rel=0.35)


def test_samples_have_the_distribution(noise: Tensor) -> None:
    found = edm.sample(denoise, noise, edm.noise_levels(60), heun=True)
    torch.testing.assert_close(found, exact(noise, 0.0), rtol=0, atol=1e-3)
    assert float(found.mean()) == pytest.approx(MEAN, abs=0.06)
    assert float(found.std()) == pytest.approx(WIDTH, rel=0.05)


def test_levels_are_those_of_the_paper() -> None:
    levels = edm.noise_levels(5)
    assert levels[[0, 4, 5]].tolist() == pytest.approx([3.0, 0.01, 0.0])
    middle = ((3 ** (1 / 3) + 0.01 ** (1 / 3)) / 2) ** 3
    assert float(levels[2]) == pytest.approx(middle)


@pytest.mark.parametrize("sigma", [0.02, 0.5, 3.0])
def test_preconditioning_gives_input_and_target_the_variance_one(sigma: float) -> None:
    source = torch.Generator().manual_seed(2)
    clean = 0.5 * torch.randn(200_000, dtype=torch.float64, generator=source)
    noisy = clean + sigma * torch.randn(200_000, dtype=torch.float64, generator=source)
    c_skip, c_out, c_in, _ = edm.preconditioning(torch.tensor(sigma, dtype=torch.float64), 0.5)
    target = (clean - c_skip * noisy) / c_out
    assert [float((c_in * noisy).std()), float(target.std())] == pytest.approx([1, 1], rel=0.02)
    weight = edm.loss_weight(torch.tensor(sigma, dtype=torch.float64), 0.5)
    assert float(weight * c_out**2) == pytest.approx(1)
