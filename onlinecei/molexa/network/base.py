"""What every network here can do."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import torch
from torch import Tensor, nn

from onlinecei.errors import CEIError
from onlinecei.molexa.network.edm import STEPS
from onlinecei.molexa.network.inputs import Inputs

LEVELS: Final = (0.6827, 0.95)
"""Of the intervals that are stated with a geometry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossOptions:
    """What decides how large an error is."""

    draws: int = 2
    """Levels of noise for each sample."""
    distance_weight: float = 0.2
    """Of the errors of pair distances, beside those of positions; of networks that have such a term."""
    mixed: bool = True
    """Whether to multiply matrices in bfloat16."""


class Network(nn.Module, ABC):
    """A network that turns the momenta of explosions into geometries.

    ``Network(config)`` has random weights; `load_network` gives one with those of a file.
    """

    NAME: ClassVar[str]
    VERSION: ClassVar[int]
    """Rises whenever older weights no longer mean the same."""
    CONFIG: ClassVar[type[Any]]
    """A frozen dataclass of numbers with a default each; ``config`` is an instance of it."""
    LEARNING_RATE: ClassVar[float] = 1e-3
    config: Any

    @property
    def parameters_count(self) -> int:
        """How many numbers training decides."""
        return sum(each.numel() for each in self.parameters())

    @abstractmethod
    def loss(self, inputs: Inputs, position_au: Tensor, generator: torch.Generator, options: LossOptions) -> Tensor:
        """What training makes small: one number for each sample (B,), given the true geometries (B, N, 3).

        The generator is a random source on the device of the inputs.
        """

    @abstractmethod
    def draw(self, inputs: Inputs, noise: Tensor, steps: int = STEPS) -> Tensor:
        """Draw geometries (B, D, N, 3) in bohr about the centre of mass from noise (B, D, N, 3) of variance 1."""

    @abstractmethod
    def answer(self, inputs: Inputs) -> Tensor:
        """Give the one geometry (B, N, 3) to report, in bohr about the centre of mass: always the same."""


class HeadedNetwork(Network):
    """A network with a part that states uncertainties, which is trained last with the rest left as it is."""

    @abstractmethod
    def head_parameters(self) -> list[nn.Parameter]:
        """List what is trained then."""

    @abstractmethod
    def head_loss(
        self, inputs: Inputs, position_au: Tensor, generator: torch.Generator, options: LossOptions
    ) -> Tensor:
        """What that training makes small: as `loss`."""


class IntervalNetwork(HeadedNetwork):
    """A network whose head states intervals."""

    @abstractmethod
    def covariance(self, inputs: Inputs, position_au: Tensor) -> Tensor:
        """Covariance (B, N, 3, 3) in bohr squared of the error of each atom of geometries (B, N, 3) in bohr."""

    @abstractmethod
    def half_widths(self, inputs: Inputs, position_au: Tensor) -> Tensor:
        """Half widths (B, N, 3, 2) in bohr of the intervals that hold true coordinates, for each of the `LEVELS`."""

    @abstractmethod
    def scale_widths(self, factors: Sequence[float]) -> None:
        """Multiply the widths of either kind of interval, from now on."""


def headed(network: Network) -> HeadedNetwork:
    """Give the same network, if it has a head of uncertainties.

    Raises
    ------
    CEIError
        It has none.
    """
    if not isinstance(network, HeadedNetwork):
        raise CEIError(f"network '{network.NAME}' has no head of uncertainties")
    return network


def about_centre_of_mass(position: Tensor, mass_au: Tensor) -> Tensor:
    """Shift positions (B, ..., N, 3) of atoms of masses (B, N); zero where there is no mass."""
    mass = mass_au.view(mass_au.shape[0], *[1] * (position.ndim - 3), -1, 1)
    centre = (mass * position).sum(dim=-2, keepdim=True) / mass.sum(dim=-2, keepdim=True)
    return (position - centre) * (mass > 0)
