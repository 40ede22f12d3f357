"""A network made ready to answer fast, on the device that is there."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from onlinecei.ions import Channel
from onlinecei.memory import keep_freed_memory
from onlinecei.molexa.network.base import Network
from onlinecei.molexa.network.device import find_device
from onlinecei.molexa.network.inputs import Inputs, collate
from onlinecei.molexa.network.sample import Sample

log = logging.getLogger(__name__)
N = TypeVar("N", bound=Network)
_product: Any = getattr(torch.ops.mkldnn, "_linear_pointwise", None)
"""PyTorch's own compiler uses it; None where a version has it no more."""


def prepared(network: N, device: str = "auto", *, compiled: bool = False) -> N:
    """Make a network ready for inference, in place.

    On a processor, large layers go through oneDNN, and the process keeps the memory that it frees for the next batch:
    together a third of the time. Answers change by rounding only.

    Parameters
    ----------
    network
        With its weights.
    device
        ``cpu``, ``cuda``, or ``auto``: the graphics card where one can be used; the log says why not.
    compiled
        Compile it, on a graphics card into CUDA graphs. That takes a minute or two now, and again for the first batches
        of other sizes. Where it fails, the log says so, and the network stays as it is.

    Raises
    ------
    CEIError
        The device is not there.
    """
    place = _moved(network, find_device(device), give_way=device == "auto")
    if place.type == "cpu":
        keep_freed_memory()
        _through_onednn(network)
    if compiled:
        _compile(network, place)
    return network


def _moved(network: Network, place: torch.device, *, give_way: bool) -> torch.device:
    """Move a network to a device; or to the processor, where a graphics card fails that is full, say."""
    network.eval()
    try:
        network.to(place)
    except RuntimeError as error:
        if place.type == "cpu" or not give_way:
            raise
        reason = str(error).strip().partition("\n")[0]
        log.warning("the graphics card cannot be used, network '%s' runs on the processor: %s", network.NAME, reason)
        place = torch.device("cpu")
        network.to(place)
    return place


class OneDNNLinear(nn.Linear):
    """A layer whose large products oneDNN computes.

    PyTorch takes MKL for single precision, which leaves half of the speed of a processor that is not Intel's unused.
    """

    LEAST = 30_000
    """Numbers of the input from which on it is faster."""

    def forward(self, values: Tensor) -> Tensor:
        """See `nn.Linear`; only that does gradients and mixed precision and can be compiled."""
        mixed = torch.is_autocast_enabled("cpu") or values.dtype != torch.float32
        if torch.compiler.is_compiling() or torch.is_grad_enabled() or mixed or values.numel() < self.LEAST:
            return super().forward(values)
        out: Tensor = _product(values, self.weight, self.bias, "none", [], "")
        return out


def _through_onednn(network: Network) -> None:
    if not torch.backends.mkldnn.is_available() or _product is None:
        return
    for part in network.modules():
        if type(part) is nn.Linear:
            part.__class__ = OneDNNLinear


def _compile(network: Network, place: torch.device) -> None:
    """Replace the passes of the network's parts by compiled ones, and run them once."""
    mode = "reduce-overhead" if place.type == "cuda" else "default"
    for part in network.children():
        part.forward = _compiled_or_plain(part.forward, mode, f"{network.NAME}, {type(part).__name__}")
    inputs = _example().to(place)
    network.answer(inputs)
    network.draw(inputs, torch.zeros_like(inputs.momentum_au))


def _compiled_or_plain(plain: Callable[..., Any], mode: str, name: str) -> Callable[..., Any]:
    """Compile a pass; from its first failure on, which may come with a size not met before, it is the plain one."""
    current = torch.compile(plain, mode=mode)

    def run(*arguments: object) -> object:
        nonlocal current
        try:
            return current(*arguments)
        except (RuntimeError, OSError, ImportError) as error:
            if current is plain:
                raise
            reason = str(error).strip().partition("\n")[0]
            log.warning("network '%s' could not be compiled, it runs as it is: %s", name, reason)
            current = plain
            return plain(*arguments)

    return run


def _example() -> Inputs:
    """Water whose ions fly apart somehow."""
    channel = Channel.parse("O+/H+/H+")
    momentum = 10.0 * torch.tensor([[0.0, -2.0, 0.0], [1.5, 1.0, 0.0], [-1.5, 1.0, 0.0]])
    return collate([Sample.of(channel, momentum.double().numpy())])
