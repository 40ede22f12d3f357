"""The network that training begins with."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from onlinecei.errors import CEIError
from onlinecei.molexa.network import Network, load_network, network_class


def new_network(name: str, changes: Sequence[str] = (), seed: int = 1) -> Network:
    """Make a network with random weights.

    Parameters
    ----------
    name
        Of the network.
    changes
        Sizes that are not the usual ones, each as ``KEY=VALUE``.
    seed
        Of the weights.

    Raises
    ------
    CEIError
        There is no such network, or it has no such size.
    """
    kind = network_class(name)
    usual = asdict(kind.CONFIG())
    config = kind.CONFIG(**dict(_change(each, usual) for each in changes))
    torch.manual_seed(seed)
    return kind(config)


def trained_network(path: Path, name: str) -> Network:
    """Read a network to train on.

    Raises
    ------
    CEIError
        The file cannot be read, or is of another network.
    """
    network = load_network(path)
    if name != network.NAME:
        raise CEIError(f"'{path}' has weights of '{network.NAME}', expected '{name}'")
    return network


def _change(text: str, usual: Mapping[str, object]) -> tuple[str, object]:
    """Read ``KEY=VALUE``; the value is of the kind of the usual one."""
    name, _, value = text.partition("=")
    if name not in usual:
        raise CEIError(f"the network has no size '{name}', expected one of {', '.join(usual)}")
    try:
        found: object = json.loads(value)
    except json.JSONDecodeError:
        found = value
    wanted = type(usual[name])
    if isinstance(found, bool) != (wanted is bool) or not isinstance(found, (wanted, int)):
        raise CEIError(f"size '{name}' is '{value}', expected one like {json.dumps(usual[name])}")
    return name, found
