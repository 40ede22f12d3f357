"""A network made ready: the same answers, and a plain one where compiling fails."""

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from onlinecei.errors import CEIError
from onlinecei.ions import Channel
from onlinecei.molexa.network import Config, Network, OnlineCEI, Sample, load_network, prepare, reconstruct
from onlinecei.molexa.network.molexa2026 import Config as PeerConfig
from onlinecei.molexa.network.molexa2026 import Molexa2026
from onlinecei.molexa.network.prepare import OneDNNLinear, prepared
from onlinecei.molexa.network.reconstruct import answers
from onlinecei.molexa.shipped import shipped

SMALL = Config(width=32, pair_width=16, heads=4, encoder_blocks=1, denoiser_blocks=1)


def small(kind: str) -> Network:
    """With random weights, also where training would begin with zeros."""
    torch.manual_seed(4)
    made = OnlineCEI(SMALL) if kind == "onlinecei" else Molexa2026(PeerConfig(width=16, heads=2, dynamics_blocks=1))
    with torch.no_grad():
        for each in made.parameters():
            each.add_(0.1 * torch.randn_like(each))
    return made.eval()


def samples() -> list[Sample]:
    rng = np.random.default_rng(0)
    momenta = rng.normal(0, 100, (5, 1, 6, 3))
    kinds = {"atomic_number": np.array([8, 6, 1, 1, 1, 1]), "mass_au": np.array([29e3, 22e3, *[1.8e3] * 4])}
    return [Sample(charge=np.ones((1, 6), np.int64), momentum_au=each, **kinds) for each in momenta]


@pytest.mark.parametrize("kind", ["onlinecei", "molexa-2026"])
def test_answers_and_draws_change_by_rounding_only(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OneDNNLinear, "LEAST", 0)
    plain, ready = small(kind), prepared(small(kind), "cpu")
    assert any(type(part) is OneDNNLinear for part in ready.modules())
    for ask in (answers, reconstruct):
        expected = np.stack(ask(plain, samples()))
        np.testing.assert_allclose(np.stack(ask(ready, samples())), expected, atol=2e-5 * np.abs(expected).max())


def test_the_shipped_network_says_the_same_to_a_hundred_thousandth_of_a_bohr() -> None:
    """Batches as of single events, large enough for the quick layers."""
    channel, rng = Channel.parse("F+/F+/F+/F+/C+"), np.random.default_rng(3)
    corners = np.array([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1], [0, 0, 0]])
    events = [Sample.of(channel, 130.0 * corners + rng.normal(0, 20, (5, 3))) for _ in range(128)]
    plain = answers(load_network(shipped("onlinecei")), events)
    ready = answers(prepared(load_network(shipped("onlinecei"))), events)
    np.testing.assert_allclose(ready, plain, atol=1e-5)


def test_a_graphics_card_that_fails_gives_way(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    moved: list[str] = []

    def full(network: OnlineCEI, place: torch.device) -> OnlineCEI:
        moved.append(place.type)
        if place.type == "cuda":
            raise torch.OutOfMemoryError("CUDA out of memory.\nand a long story")
        return network

    monkeypatch.setattr(OnlineCEI, "to", full)
    monkeypatch.setattr(prepare, "find_device", lambda _: torch.device("cuda", 0))
    with caplog.at_level(logging.WARNING):
        ready = prepared(small("onlinecei"))
    assert moved == ["cuda", "cpu"]
    said = "the graphics card cannot be used, network 'onlinecei' runs on the processor: CUDA out of memory."
    assert caplog.messages == [said]
    assert any(type(part) is OneDNNLinear for part in ready.modules())
    with pytest.raises(torch.OutOfMemoryError):
        prepared(small("onlinecei"), "cuda")


def test_weights_keep_their_names_and_gradients_their_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OneDNNLinear, "LEAST", 0)
    ready = prepared(small("onlinecei"), "cpu")
    assert list(ready.state_dict()) == list(small("onlinecei").state_dict())
    layer = next(part for part in ready.modules() if isinstance(part, OneDNNLinear))
    layer(torch.ones(3, layer.in_features)).sum().backward()
    assert layer.weight.grad is not None
    assert layer.weight.grad.eq(3).all()


def test_mixed_precision_stays_mixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OneDNNLinear, "LEAST", 0)
    layer = OneDNNLinear(4, 2)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        assert layer(torch.ones(3, 4)).dtype is torch.bfloat16


def test_a_network_that_cannot_be_compiled_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(_: Callable[..., Any], **__: object) -> Callable[..., Any]:
        def run(*_: object) -> None:
            raise RuntimeError("no compiler\nand a long story")

        return run

    monkeypatch.setattr(torch, "compile", failing)
    with caplog.at_level(logging.WARNING):
        ready = prepared(small("onlinecei"), "cpu", compiled=True)
    parts = ("Encoder", "Denoiser")
    said = [f"network 'onlinecei, {part}' could not be compiled, it runs as it is: no compiler" for part in parts]
    assert caplog.messages == said
    np.testing.assert_array_equal(answers(ready, samples()), answers(prepared(small("onlinecei"), "cpu"), samples()))


def test_every_part_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []

    def recording(forward: Callable[..., Any], *, mode: str) -> Callable[..., Any]:
        def run(*arguments: object) -> Any:
            called.append(f"{type(forward.__self__).__name__}, {mode}")  # type: ignore[attr-defined]
            return forward(*arguments)

        return run

    monkeypatch.setattr(torch, "compile", recording)
    prepared(small("onlinecei"), "cpu", compiled=True)
    assert set(called) == {"Encoder, default", "Denoiser, default"}


def test_a_failure_at_a_later_size_leaves_the_plain_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing_later(forward: Callable[..., Any], **_: object) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            if len(arguments[0].atomic_number if hasattr(arguments[0], "atomic_number") else arguments[0].atoms) > 1:
                raise RuntimeError("too large")
            return forward(*arguments)

        return run

    monkeypatch.setattr(torch, "compile", failing_later)
    ready = prepared(small("onlinecei"), "cpu", compiled=True)
    np.testing.assert_array_equal(answers(ready, samples()), answers(prepared(small("onlinecei"), "cpu"), samples()))


def test_an_error_of_the_network_itself_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "compile", lambda forward, **_: forward)
    ready = prepared(small("onlinecei"), "cpu", compiled=True)
    wrong = OnlineCEI(Config(width=16, pair_width=8, heads=2, encoder_blocks=1, denoiser_blocks=1))
    ready.encoder.element = wrong.encoder.element  # type: ignore[union-attr]
    with pytest.raises(RuntimeError, match="size"):
        answers(ready, samples())


def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(CEIError, match="device is 'tpu'"):
        prepared(small("onlinecei"), "tpu")
