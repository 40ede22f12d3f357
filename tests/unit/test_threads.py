"""Geometries have the same bits whatever number of threads PyTorch may use."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from onlinecei.ions import Channel
from onlinecei.molexa.network.threads import one_thread
from onlinecei.reconstruction import network as module
from onlinecei.setup import ReconstructionSection


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    usual = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(usual)


def test_one_thread_for_a_while() -> None:
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2


def test_networks_answer_with_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []

    def noted(_network: object, samples: list[object]) -> list[np.ndarray]:
        threads.append(torch.get_num_threads())
        return [np.zeros((3, 3)) for _ in samples]

    network = module.Network.of(ReconstructionSection(refine=False))
    monkeypatch.setattr(module, "answers", noted)
    network.single(Channel.parse("O+/H+/H+"), np.ones((4, 3, 3)))
    assert threads == [1]
    assert torch.get_num_threads() == 2
