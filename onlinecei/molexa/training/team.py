"""Processes that train one network together, each on data of its own, as ``torchrun`` starts them."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import distributed, nn
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from onlinecei.molexa.network.device import find_device

_gatherings = itertools.count()
"""Numbers of the times that this process joined the others: the same for all of them, who train the same things."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """One process among those that train; alone unless said otherwise."""

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    """Of the network in this process."""
    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this is the one that writes files."""
        return self.rank == 0

    def total(self, value: float) -> float:
        """Sum over all processes."""
        if self.size == 1:
            return value
        number = torch.tensor(value, dtype=torch.float64, device=self.device)
        distributed.all_reduce(number)
        return number.item()

    def of_leader(self, value: float) -> float:
        """Give the value that the leader has: what depends on its clock must be the same for all."""
        return self.total(value if self.leads else 0.0)

    def wait(self) -> None:
        """Wait until all have come here."""
        self.total(0.0)

    def same(self, network: nn.Module) -> None:
        """Give every process the weights of the leader."""
        if self.size > 1:
            for each in network.state_dict().values():
                distributed.broadcast(each, 0)

    def add_gradients(self, parameters: list[nn.Parameter]) -> None:
        """Replace gradients by their sums over all processes; where none has one, there still is none."""
        if self.size == 1:
            return
        own = [torch.zeros_like(each) if each.grad is None else each.grad for each in parameters]
        there = torch.tensor([float(each.grad is not None) for each in parameters], device=self.device)
        flat = torch.cat([there, *(each.flatten() for each in own)])
        distributed.all_reduce(flat)
        there, *sums = flat.split([len(own), *(each.numel() for each in own)])
        for each, any_has, gradient in zip(parameters, there.tolist(), sums, strict=True):
            each.grad = gradient.view_as(each) if any_has else None


def leading() -> bool:
    """Tell whether this process is the only one, or the one of its team that speaks and writes."""
    return int(os.environ.get("RANK", "0")) == 0


@contextmanager
def gathered(device: str) -> Iterator[Team]:
    """Join the processes that ``torchrun`` started, if it did; part from them at the end.

    Parameters
    ----------
    device
        ``cpu``, ``cuda``, or ``auto``: the latter where there is one. Each process of a host takes another.

    Raises
    ------
    CEIError
        The device is not there.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    own = find_device(device, int(os.environ.get("LOCAL_RANK", "0")))
    if size == 1:
        yield Team(device=own)
        return
    if own.type == "cuda":
        torch.cuda.set_device(own)
    # The first optimizer loads a part of PyTorch that never lets go of a group that is there by then: its threads would
    # still run at the end of the process, and abort it.
    torch.optim.AdamW([nn.Parameter(torch.zeros(1))])
    # What the processes tell each other stays where they meet: under one name, the second time they gather one could
    # read the address that another had the first time.
    place, rank, _ = next(rendezvous("env://"))
    own_place = PrefixStore(f"gathering-{next(_gatherings)}", place)
    backend = "nccl" if own.type == "cuda" else "gloo"
    distributed.init_process_group(backend, store=own_place, rank=rank, world_size=size)
    try:
        yield Team(device=own, rank=rank, size=size)
    finally:
        distributed.destroy_process_group()
