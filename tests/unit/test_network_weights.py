"""Weights in files."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from onlinecei.errors import CEIError
from onlinecei.molexa.network import Config, OnlineCEI, load_network, save_network
from onlinecei.molexa.network.weights import read_tensors, write_tensors

SMALL = Config(width=16, pair_width=8, heads=2, encoder_blocks=1, denoiser_blocks=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_network(tmp_path / "weights.safetensors", OnlineCEI(SMALL), trained_on="nothing")
    return tmp_path / "weights.safetensors"


def test_weights_come_back(tmp_path: Path) -> None:
    network = OnlineCEI(SMALL)
    save_network(tmp_path / "w.safetensors", network)
    found = load_network(tmp_path / "w.safetensors")
    assert (found.config, found.training) == (SMALL, False)
    for name, each in network.state_dict().items():
        assert torch.equal(each, found.state_dict()[name])
    assert [each.name for each in tmp_path.iterdir()] == ["w.safetensors"]


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CEIError, match=r"none\.safetensors"):
        load_network(tmp_path / "none.safetensors")


def test_a_changed_number_in_the_header(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"nothing", b"nothinG"))
    with pytest.raises(CEIError, match="damaged"):
        load_network(path)


@pytest.mark.parametrize("keep", [0, 5, 200, -1])
def test_cut_off(path: Path, keep: int) -> None:
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CEIError, match="cannot be read"):
        load_network(path)


def test_a_changed_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    with pytest.raises(CEIError, match="damaged"):
        load_network(path)


def test_weights_of_another_program(tmp_path: Path) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "w.safetensors")
    with pytest.raises(CEIError, match="not written by this program"):
        load_network(tmp_path / "w.safetensors")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": "1"}, "'onlinecei' of version 1, expected 2"),
        ({"name": "molexa-1926"}, "network 'molexa-1926' does not exist, expected one of onlinecei"),
        ({"format": "onlinecei-checkpoint"}, "expected the weights of a network"),
    ],
)
def test_another_version_name_or_kind(path: Path, change: dict[str, str], message: str) -> None:
    tensors, header = read_tensors(path)
    write_tensors(path, tensors, {**header, **change})
    with pytest.raises(CEIError, match=message):
        load_network(path)


@pytest.mark.parametrize("config", ["{", '{"wide": 3}', json.dumps({**asdict(SMALL), "width": 32})])
def test_weights_that_do_not_fit_their_configuration(path: Path, config: str) -> None:
    tensors, header = read_tensors(path)
    write_tensors(path, tensors, {**header, "config": config})
    with pytest.raises(CEIError, match="do not fit"):
        load_network(path)
