"""The network `molexa-2026`: the published one, as a yardstick."""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from onlinecei.molexa.network.base import HeadedNetwork, LossOptions, about_centre_of_mass
from onlinecei.molexa.network.edm import STEPS, noise_levels, sample
from onlinecei.molexa.network.inputs import Inputs
from onlinecei.molexa.network.molexa2026.config import Config
from onlinecei.molexa.network.molexa2026.denoiser import Denoiser
from onlinecei.molexa.network.molexa2026.embedding import Context, Dynamics
from onlinecei.molexa.network.molexa2026.features import Features, features
from onlinecei.molexa.network.molexa2026.initial import initialise
from onlinecei.molexa.network.molexa2026.loss import position_loss, with_noise
from onlinecei.molexa.network.molexa2026.memory import Memory
from onlinecei.molexa.network.molexa2026.uncertainty import (
    Uncertainty,
    UncertaintyModule,
    cross_entropy,
    expected_au,
)
from onlinecei.molexa.network.sample import MOST_ATOMS

SIGMA_MAX, SIGMA_MIN, RHO = 80.0, 0.002, 1.5
"""Of the published sampler: five steps are at 80, 52, 28, 10 and 0.002."""


class Molexa2026(HeadedNetwork):
    """Ordered pairs of atoms as tokens, raw momenta in a frame of two ions, transformer blocks with a memory.

    After X. Li et al., "Generative modeling enables molecular structure retrieval from Coulomb explosion imaging",
    Nature Communications (2026), doi 10.1038/s41467-026-70160-5. Like the published network it sees one charge
    channel, here the first, and needs every ion: a momentum that is not known counts as zero. What the publication
    leaves open is chosen here: units of momenta and positions, hidden sizes, what the gates see, how a geometry is
    encoded, and that the memory begins with the tokens themselves.
    """

    NAME: ClassVar[str] = "molexa-2026"
    VERSION: ClassVar[int] = 1
    CONFIG: ClassVar[type[Any]] = Config
    LEARNING_RATE: ClassVar[float] = 1e-3

    config: Config

    def __init__(self, config: Config | None = None) -> None:
        super().__init__()
        self.config = config or Config()
        self.dynamics = Dynamics(self.config)
        self.denoiser = Denoiser(self.config)
        self.uncertainties = UncertaintyModule(self.config)
        self.apply(initialise)
        for each in self.modules():
            if isinstance(each, Memory):
                each.keep()

    def forward(self, context: Context, noisy: Tensor, sigma: Tensor) -> Tensor:
        """Estimate geometries (B, N, 3) from noisy ones, as of `Denoiser`."""
        estimate: Tensor = self.denoiser(context, noisy, sigma)
        return estimate

    def loss(self, inputs: Inputs, position_au: Tensor, generator: torch.Generator, options: LossOptions) -> Tensor:
        """See `Network.loss`; it was published with eight draws, of which the first also teaches the uncertainty."""
        seen = features(inputs, self.config)
        truth = seen.inside(position_au)
        draws = options.draws
        with torch.autocast(truth.device.type, torch.bfloat16, enabled=options.mixed):
            context: Context = self.dynamics(seen)
            each, wanted = context.repeated(draws), truth.repeat_interleave(draws, dim=0)
            noisy = with_noise(wanted, each.where, generator)
            estimate = self(each, noisy.position, noisy.sigma)
            of_position = position_loss(estimate, wanted, noisy.sigma, each.where, self.config)
            of_uncertainty = self._of_uncertainty(seen, context, estimate[::draws].detach(), truth)
        by_sample = of_position.view(-1, draws).mean(dim=1)
        return by_sample * self.config.position_weight + of_uncertainty * self.config.uncertainty_weight

    def head_parameters(self) -> list[nn.Parameter]:
        """See `HeadedNetwork.head_parameters`."""
        return list(self.uncertainties.parameters())

    def head_loss(
        self, inputs: Inputs, position_au: Tensor, generator: torch.Generator, options: LossOptions
    ) -> Tensor:
        """See `HeadedNetwork.head_loss`: the uncertainty's part of `loss`, as published at a random level of noise."""
        seen = features(inputs, self.config)
        truth = seen.inside(position_au)
        with torch.autocast(truth.device.type, torch.bfloat16, enabled=options.mixed):
            with torch.no_grad():
                context: Context = self.dynamics(seen)
                noisy = with_noise(truth, context.where, generator)
                estimate = self(context, noisy.position, noisy.sigma)
            return self._of_uncertainty(seen, context, estimate, truth)

    def _of_uncertainty(self, seen: Features, context: Context, estimate: Tensor, truth: Tensor) -> Tensor:
        logits = self.uncertainties(context, estimate / self.config.sigma_data)
        return cross_entropy(logits, (estimate - truth) * seen.unit_au[:, None, None], seen.where)

    @torch.inference_mode()
    def draw(self, inputs: Inputs, noise: Tensor, steps: int = STEPS) -> Tensor:
        """See `Network.draw`; the noise is in the molecular frame."""
        seen = features(inputs, self.config)
        context: Context = self.dynamics(seen).repeated(noise.shape[1])
        levels = noise_levels(steps, SIGMA_MAX, SIGMA_MIN, RHO)
        drawn = sample(lambda x, sigma: self(context, x, sigma), noise.flatten(0, 1), levels)
        return about_centre_of_mass(seen.outside(drawn.view_as(noise)), inputs.mass_au)

    @torch.inference_mode()
    def answer(self, inputs: Inputs) -> Tensor:
        """See `Network.answer`: one draw, as published, from noise that is always the same."""
        batch, atoms = inputs.atomic_number.shape
        noise = _same_noise()[:atoms].to(inputs.mass_au.device)
        return self.draw(inputs, noise.expand(batch, 1, atoms, 3))[:, 0]

    @torch.inference_mode()
    def uncertainty(self, inputs: Inputs, geometry_au: Tensor) -> Uncertainty:
        """Say how wrong geometries (B, N, 3) in bohr may be, each coordinate along the axes of the molecular frame."""
        seen = features(inputs, self.config)
        geometry = seen.inside(geometry_au) / self.config.sigma_data
        probability = self.uncertainties(self.dynamics(seen), geometry).softmax(dim=-1)
        probability = probability * seen.where[..., None, None]
        return Uncertainty(expected_au=expected_au(probability), probability=probability, axes=seen.axes)


def _same_noise() -> Tensor:
    return torch.randn(MOST_ATOMS, 3, generator=torch.Generator().manual_seed(2026))
