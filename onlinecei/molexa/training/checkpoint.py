"""The state of training in one file, so that it never is of two moments: tensors, and JSON in their header."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from onlinecei.errors import CEIError
from onlinecei.molexa.network import Network
from onlinecei.molexa.network.weights import read_tensors, write_tensors
from onlinecei.molexa.training.options import Options

FORMAT: Final = "onlinecei-checkpoint"
VERSION: Final = 2


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far training has come. Data and noise of a step follow from its number, so nothing else need be kept."""

    step: int = 0
    """Steps done: also the position in the stream, and the seed of the noise of the next step."""
    samples: int = 0
    seconds: float = 0.0
    skipped: int = 0
    """Steps whose gradient was not finite, and which changed nothing."""
    processes: int = 1
    """That trained together: each took its own blocks of the stream."""


def save(
    path: Path,
    network: Network,
    average: Network,
    optimizer: torch.optim.Optimizer,
    progress: Progress,
    options: Options,
) -> None:
    """Write a checkpoint; the one before stays until this is complete."""
    tensors = {f"network.{name}": each for name, each in network.state_dict().items()}
    tensors |= {f"average.{name}": each for name, each in average.state_dict().items()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": each for name, each in state.items()}
    everything = {**_belongs(network, options), "progress": asdict(progress)}
    write_tensors(path, tensors, {name: json.dumps(value) for name, value in everything.items()})


def load(
    path: Path, network: Network, average: Network, optimizer: torch.optim.Optimizer, options: Options
) -> Progress:
    """Take up a checkpoint.

    Raises
    ------
    CEIError
        The file is damaged, of another version, or of training with other sizes or options.
    """
    tensors, header = read_tensors(path)
    for name, value in _belongs(network, options).items():
        found = json.loads(header.get(name, "null"))
        if found != value:
            raise CEIError(f"'{path}' has {name} {_differing(found, value)}, expected {_differing(value, found)}")
    network.load_state_dict(_part(tensors, "network."))
    average.load_state_dict(_part(tensors, "average."))
    state: dict[int, dict[str, Tensor]] = {}
    for name, each in _part(tensors, "optimizer.").items():
        number, _, key = name.partition(".")
        state.setdefault(int(number), {})[key] = each
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return Progress(**json.loads(header["progress"]))


def _belongs(network: Network, options: Options) -> dict[str, object]:
    """What must be the same when training is continued."""
    own = {"network": network.NAME, "config": asdict(network.config), "options": options.decisive}
    return {"format": FORMAT, "version": VERSION, **own}


def _differing(of: object, other: object) -> object:
    """Of two mappings, what one has that the other has not; anything else as it is."""
    if not (isinstance(of, dict) and isinstance(other, dict)):
        return of
    return {name: value for name, value in of.items() if name not in other or other[name] != value}


def _part(tensors: dict[str, Tensor], start: str) -> dict[str, Tensor]:
    return {name.removeprefix(start): each for name, each in tensors.items() if name.startswith(start)}
