"""The network `onlinecei`: momenta in, geometry out."""

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from onlinecei.molexa.network.base import IntervalNetwork, LossOptions, about_centre_of_mass
from onlinecei.molexa.network.edm import STEPS, noise_levels, sample
from onlinecei.molexa.network.inputs import Inputs
from onlinecei.molexa.network.onlinecei.config import Config
from onlinecei.molexa.network.onlinecei.denoiser import Denoiser
from onlinecei.molexa.network.onlinecei.encoder import Context, Encoder
from onlinecei.molexa.network.onlinecei.features import Features, features
from onlinecei.molexa.network.onlinecei.geometry import centred
from onlinecei.molexa.network.onlinecei.loss import loss_of
from onlinecei.molexa.network.onlinecei.spread import STUDENT_VARIANCE, STUDENT_WIDTHS, Spread, surprise


class OnlineCEI(IntervalNetwork):
    """Atoms as tokens, in the scale of the explosion, equivariant under rotation, reflection and order of the atoms.

    `encoder` reads the explosion once and makes a first guess of the geometry, a median, which is the answer;
    `denoiser` is asked at each step of the sampler, which draws geometries; `spread` says how far off an answer may be.
    """

    NAME: ClassVar[str] = "onlinecei"
    VERSION: ClassVar[int] = 2
    CONFIG: ClassVar[type[Any]] = Config

    def __init__(self, config: Config | None = None) -> None:
        super().__init__()
        self.config = config or Config()
        self.encoder = Encoder(self.config)
        self.denoiser = Denoiser(self.config)
        self.spread = Spread(self.config)
        self.register_buffer("widths", torch.tensor(STUDENT_WIDTHS))

    def see(self, inputs: Inputs) -> Features:
        """Compute what the network sees of explosions."""
        return features(inputs, physics_scale=self.config.physics_scale)

    def read(self, seen: Features) -> Context:
        """Read explosions."""
        context: Context = self.encoder(seen)
        return context

    def forward(self, context: Context, noisy: Tensor, sigma: Tensor) -> Tensor:
        """Estimate geometries (B, N, 3) from noisy ones, as of `Denoiser`."""
        estimate: Tensor = self.denoiser(context, noisy, sigma)
        return estimate

    def loss(self, inputs: Inputs, position_au: Tensor, generator: torch.Generator, options: LossOptions) -> Tensor:
        """See `Network.loss`."""
        seen = self.see(inputs)
        with torch.autocast(position_au.device.type, torch.bfloat16, enabled=options.mixed):
            context = self.read(seen)
            truth = centred(position_au / seen.length_au[:, None, None], context.where)
            return loss_of(self.forward, context, truth, generator, options, self.config.sigma_data)

    @torch.inference_mode()
    def draw(self, inputs: Inputs, noise: Tensor, steps: int = STEPS, *, heun: bool = False) -> Tensor:
        """See `Network.draw`; `heun` is of `onlinecei.molexa.network.edm.sample`."""
        draws = noise.shape[1]
        seen = self.see(inputs)
        context = self.read(seen).repeated(draws)
        start = centred(noise.flatten(0, 1), context.where)
        drawn = sample(lambda x, sigma: self(context, x, sigma), start, noise_levels(steps), heun=heun)
        in_bohr = drawn.view_as(noise) * seen.length_au[:, None, None, None]
        return about_centre_of_mass(in_bohr, inputs.mass_au)

    @torch.inference_mode()
    def answer(self, inputs: Inputs) -> Tensor:
        """See `Network.answer`: the first guess, which no turn and no order of the atoms changes."""
        seen = self.see(inputs)
        return about_centre_of_mass(self.read(seen).guess * seen.length_au[:, None, None], inputs.mass_au)

    def head_parameters(self) -> list[nn.Parameter]:
        """See `HeadedNetwork.head_parameters`."""
        return list(self.spread.parameters())

    def head_loss(
        self, inputs: Inputs, position_au: Tensor, generator: torch.Generator, options: LossOptions
    ) -> Tensor:
        """See `HeadedNetwork.head_loss`: the surprise at the errors of the answers."""
        del generator, options  # nothing is random, and a head is small
        seen = self.see(inputs)
        with torch.no_grad():
            context = self.read(seen)
            length = seen.length_au[:, None, None]
            found = about_centre_of_mass(context.guess, inputs.mass_au)
            error = found - about_centre_of_mass(position_au / length, inputs.mass_au)
        each = surprise(error, self.spread(context, found))
        return (each * context.where).sum(1) / context.where.sum(1)

    @torch.inference_mode()
    def covariance(self, inputs: Inputs, position_au: Tensor) -> Tensor:
        """See `IntervalNetwork.covariance`."""
        scale, length = self._scale(inputs, position_au)
        return STUDENT_VARIANCE * scale * length[:, None, None, None].square()

    @torch.inference_mode()
    def half_widths(self, inputs: Inputs, position_au: Tensor) -> Tensor:
        """See `IntervalNetwork.half_widths`."""
        scale, length = self._scale(inputs, position_au)
        deviation = scale.diagonal(dim1=-2, dim2=-1).sqrt() * length[:, None, None]
        return deviation[..., None] * torch.as_tensor(self.widths) * inputs.atoms[:, :, None, None]

    def scale_widths(self, factors: Sequence[float]) -> None:
        """See `IntervalNetwork.scale_widths`."""
        torch.as_tensor(self.widths).mul_(torch.tensor(factors))

    def _scale(self, inputs: Inputs, position_au: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.see(inputs)
        scale: Tensor = self.spread(self.read(seen), position_au / seen.length_au[:, None, None])
        return scale, seen.length_au
