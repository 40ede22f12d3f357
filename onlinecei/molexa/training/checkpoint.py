"""The state of training in one file, so that it never is of two moments: tensors, and JSON in their header."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from onlinecei.errors import CEIError
from onlinecei.molexa.network import Config, OnlineCEI
from onlinecei.molexa.network.weights import read_tensors, write_tensors
from onlinecei.molexa.training.options import Options

FORMAT: Final = "onlinecei-checkpoint"
VERSION: Final = 1


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far training has come. Data and noise of a step follow from its number, so nothing else need be kept."""

    step: int = 0
    """Steps done: also the position in the stream, and the seed of the noise of the next step."""
    samples: int = 0
    seconds: float = 0.0
    skipped: int = 0
    """Steps whose gradient was not finite, and which changed nothing."""


def save(
    path: Path,
    network: OnlineCEI,
    average: OnlineCEI,
    optimizer: torch.optim.Optimizer,
    progress: Progress,
    options: Options,
) -> None:
    """Write a checkpoint; the one before stays until this is complete."""
    tensors = {f"network.{name}": each for name, each in network.state_dict().items()}
    tensors |= {f"average.{name}": each for name, each in average.state_dict().items()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": each for name, each in state.items()}
    header = {"format": FORMAT, "version": VERSION, "config": asdict(network.config), "options": options.decisive}
    everything = {**header, "progress": asdict(progress)}
    write_tensors(path, tensors, {name: json.dumps(value) for name, value in everything.items()})


def load(
    path: Path, network: OnlineCEI, average: OnlineCEI, optimizer: torch.optim.Optimizer, options: Options
) -> Progress:
    """Take up a checkpoint.

    Raises
    ------
    CEIError
        The file is damaged, of another version, or of training with other sizes or options.
    """
    tensors, header = read_tensors(path)
    wanted = {"format": FORMAT, "version": VERSION, "config": asdict(network.config), "options": options.decisive}
    for name, value in wanted.items():
        found = json.loads(header.get(name, "null"))
        if found != value:
            raise CEIError(f"'{path}' has {name} {found}, expected {value}")
    network.load_state_dict(_part(tensors, "network."))
    average.load_state_dict(_part(tensors, "average."))
    state: dict[int, dict[str, Tensor]] = {}
    for name, each in _part(tensors, "optimizer.").items():
        number, _, key = name.partition(".")
        state.setdefault(int(number), {})[key] = each
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return Progress(**json.loads(header["progress"]))


def config_of(path: Path) -> Config:
    """Sizes of the network in a checkpoint."""
    return Config(**json.loads(read_tensors(path)[1]["config"]))


def _part(tensors: dict[str, Tensor], start: str) -> dict[str, Tensor]:
    return {name.removeprefix(start): each for name, each in tensors.items() if name.startswith(start)}
