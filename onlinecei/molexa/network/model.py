"""The network `onlinecei`: momenta in, geometry out."""

from torch import Tensor, nn

from onlinecei.molexa.network.config import Config
from onlinecei.molexa.network.denoiser import Denoiser
from onlinecei.molexa.network.encoder import Context, Encoder
from onlinecei.molexa.network.features import Features


class OnlineCEI(nn.Module):
    """Atoms as tokens, in the scale of the explosion, equivariant under rotation, reflection and order of the atoms.

    `encoder` reads the explosion once; `denoiser` is asked at each step of the sampler. A head for uncertainties
    needs no more than the `Context` and a geometry, as the denoiser, and belongs beside it.
    """

    def __init__(self, config: Config | None = None) -> None:
        super().__init__()
        self.config = config or Config()
        self.encoder = Encoder(self.config)
        self.denoiser = Denoiser(self.config)

    @property
    def parameters_count(self) -> int:
        """How many numbers training decides."""
        return sum(each.numel() for each in self.parameters())

    def read(self, seen: Features) -> Context:
        """Read explosions."""
        context: Context = self.encoder(seen)
        return context

    def forward(self, context: Context, noisy: Tensor, sigma: Tensor) -> Tensor:
        """Estimate geometries (B, N, 3) from noisy ones, as of `Denoiser`."""
        estimate: Tensor = self.denoiser(context, noisy, sigma)
        return estimate
