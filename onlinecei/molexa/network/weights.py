"""Weights in files: safetensors, with what they belong to in the header."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from onlinecei.errors import CEIError
from onlinecei.molexa.network.base import Network
from onlinecei.molexa.network.registry import network_class
from onlinecei.whole import whole

FORMAT: Final = "onlinecei-network"


def save_network(path: Path, network: Network, **notes: str) -> None:
    """Write the weights of a network, with notes on how they came about.

    Raises
    ------
    CEIError
        The file cannot be written.
    """
    own = {"format": FORMAT, "name": network.NAME, "version": str(network.VERSION)}
    write_tensors(path, network.state_dict(), {**notes, **own, "config": json.dumps(asdict(network.config))})


def load_network(path: Path) -> Network:
    """Read a network, ready to answer.

    Raises
    ------
    CEIError
        The file is missing, of another kind, of a network that is not known or of another version, or damaged.
    """
    tensors, header = read_tensors(path)
    if header.get("format") != FORMAT:
        raise CEIError(f"'{path}' holds '{header.get('format')}', expected the weights of a network, '{FORMAT}'")
    kind = network_class(header.get("name", ""))
    if header.get("version") != str(kind.VERSION):
        raise CEIError(f"'{path}' is '{kind.NAME}' of version {header.get('version')}, expected {kind.VERSION}")
    try:
        network: Network = kind(kind.CONFIG(**json.loads(header["config"])))
        network.load_state_dict(tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CEIError(f"'{path}' has weights that do not fit its configuration: {error}") from error
    return network.eval()


def write_tensors(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, str]) -> None:
    """Write tensors to a safetensors file, which appears whole or not at all."""
    held = {name: each.detach().cpu().contiguous() for name, each in tensors.items()}
    try:
        with whole(path) as unfinished:
            path.parent.mkdir(parents=True, exist_ok=True)
            save_file(held, unfinished, metadata={**header, "sha256": _digest(held, header)})
    except SafetensorError as error:
        raise CEIError(f"'{path}' cannot be written: {error}") from error


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read the tensors and the header of a safetensors file, and check that no bit has changed."""
    try:
        with safe_open(path, framework="pt") as file:
            header: dict[str, str] = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except (OSError, SafetensorError) as error:
        raise CEIError(f"'{path}' cannot be read as safetensors: {error}") from error
    if header.pop("sha256", "") != _digest(tensors, header):
        raise CEIError(f"'{path}' is damaged, or was not written by this program: its checksum does not fit")
    return tensors, header


def _digest(tensors: Mapping[str, Tensor], header: Mapping[str, str]) -> str:
    digest = hashlib.sha256(json.dumps(sorted(header.items())).encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].contiguous().view(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
