"""Rows of the speeds of networks, with small ones."""

import pytest
import torch

from onlinecei.bench import networks
from onlinecei.errors import CEIError
from onlinecei.molexa.network import Config, OnlineCEI
from onlinecei.molexa.network.molexa2026 import Config as PeerConfig

OWN = ["one geometry", "batches", "one draw", "draws in batches"]
SMALL = Config(width=16, pair_width=8, heads=2, encoder_blocks=1, denoiser_blocks=1)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    peer = PeerConfig(width=16, heads=2, dynamics_blocks=1, denoiser_blocks=1)
    monkeypatch.setattr(PeerConfig, "published", lambda: peer)
    monkeypatch.setattr(networks, "shipped_or_random", lambda: (OnlineCEI(SMALL).eval(), "random weights"))
    monkeypatch.setattr(networks, "MOLECULE", "H2O")
    monkeypatch.setattr(networks, "BATCH", 3)
    monkeypatch.setattr(networks, "PEER_BATCH", 2)


def test_rows_and_their_ratio() -> None:
    threads = torch.get_num_threads()
    rows = networks.network_rows(1)
    names = [*(f"onlinecei, {each}" for each in OWN), "onlinecei, one geometry refined", "molexa-2026, batches"]
    assert [row.name for row in rows] == [*names, "molexa-2026 over onlinecei"]
    assert all(row.unit == "ms" and row.value > 0 and "3 atoms" in row.note for row in rows[:-1])
    assert rows[-1].value == rows[5].value / rows[1].value
    assert "3 at once, random weights" in rows[1].note
    assert "2 at once, width 16" in rows[5].note
    assert torch.get_num_threads() == threads


def test_compiled_networks_have_rows_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def plain(network: OnlineCEI, device: str, *, compiled: bool = False) -> OnlineCEI:
        assert device == "cpu"
        asked.append(compiled)
        return network

    monkeypatch.setattr(networks, "prepared", plain)
    rows = networks.network_rows(1, compiled=True)
    assert [row.name for row in rows[-4:]] == [f"onlinecei, {each}" for each in OWN]
    assert all("compiled" in row.note for row in rows[-4:])
    assert asked == [False, True]


def test_without_shipped_weights_they_are_random(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    def missing(name: str) -> None:
        raise CEIError(f"no weights of '{name}'")

    monkeypatch.setattr(networks, "shipped", missing)
    network, note = networks.shipped_or_random()
    assert (network.NAME, note) == ("onlinecei", "random weights")
