"""`onlinecei train`: what it refuses, what it leaves behind, and how it goes on after Ctrl-C."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import torch
from typer.testing import CliRunner

from onlinecei.cli import _train, app
from onlinecei.cli._display import Display
from onlinecei.errors import CEIError
from onlinecei.molexa.data import stage1
from onlinecei.molexa.network import load_network
from onlinecei.molexa.network.weights import read_tensors
from onlinecei.molexa.training import Moment, stages

SIZES = ("width=16", "pair_width=8", "heads=2", "encoder_blocks=1", "denoiser_blocks=1")
TINY = [word for each in SIZES for word in ("--config", each)]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(stage1, "BATCH", 40)
    monkeypatch.setattr(stages, "_SIZE", 8)
    monkeypatch.setattr(stages, "_VALIDATED", 12)
    usual = torch.get_num_threads()
    yield
    torch.set_num_threads(usual)


def trained(stage: str, out: Path, *more: str, steps: int = 5) -> Any:
    words = ["train", "--stage", stage, "--out", str(out), "--steps", str(steps), "--threads", "1", "--device", "cpu"]
    return CliRunner().invoke(app, [*words, *more], env={"COLUMNS": "200", "TERMINAL_WIDTH": "200"})


def log(directory: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (directory / "log.jsonl").read_text().splitlines()]


def test_a_stage_leaves_weights_log_picture_and_card(tmp_path: Path) -> None:
    shown = trained("1", tmp_path / "a", *TINY, "--learning-rate", "2e-3", "--precision", "fp32")
    assert shown.exit_code == 0, shown.output
    assert "step 5, 50 simulated explosions" in shown.output
    assert "validation MAE" in shown.output
    assert load_network(tmp_path / "a" / "weights.safetensors").config.width == 16
    assert "</svg>" in (tmp_path / "a" / "log.svg").read_text()
    card = (tmp_path / "a" / "card.md").read_text()
    for words in (
        "`onlinecei`, stage 1",
        "50 simulated explosions",
        "random weights",
        "single precision",
        "12 Monte Carlo",
    ):
        assert words in card
    _, header = read_tensors(tmp_path / "a" / "checkpoint.safetensors")
    assert json.loads(header["options"])["learning_rate"] == 2e-3


def test_stage_two_begins_with_weights_and_learns_more_slowly(tmp_path: Path) -> None:
    trained("1", tmp_path / "one", *TINY, steps=1)
    start = tmp_path / "one" / "weights.safetensors"
    shown = trained("2", tmp_path / "two", "--start", str(start), "--emulated", "0", steps=2)
    assert shown.exit_code == 0, shown.output
    assert log(tmp_path / "two")[-1]["samples"] == 16
    assert f"`{start}`" in (tmp_path / "two" / "card.md").read_text()
    rates = [
        json.loads(read_tensors(tmp_path / each / "checkpoint.safetensors")[1]["options"])["learning_rate"]
        for each in ("one", "two")
    ]
    assert rates == pytest.approx([1e-3, 3e-4])


def test_ctrl_c_keeps_everything_and_the_same_command_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert trained("1", tmp_path / "straight", *TINY).exit_code == 0

    class Pressed(Display):
        def __call__(self, moment: Moment) -> None:
            super().__call__(moment)
            if moment.step == 3:
                signal.raise_signal(signal.SIGINT)

    usual = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        patch.setattr(_train, "Display", Pressed)
        stopped = trained("1", tmp_path / "stopped", *TINY)
    assert stopped.exit_code == 0, stopped.output
    assert "the same command goes on" in stopped.output
    assert log(tmp_path / "stopped")[-1]["step"] == 3
    assert signal.getsignal(signal.SIGINT) is usual
    assert trained("1", tmp_path / "stopped", *TINY).exit_code == 0
    assert log(tmp_path / "stopped")[-1]["step"] == 5
    one, _ = read_tensors(tmp_path / "straight" / "weights.safetensors")
    other, _ = read_tensors(tmp_path / "stopped" / "weights.safetensors")
    for name, each in one.items():
        assert torch.equal(each, other[name])


def test_ctrl_c_again_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Pressed(Display):
        def __call__(self, _: Moment) -> None:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(_train, "Display", Pressed)
    assert trained("1", tmp_path, *TINY).exit_code == 1
    assert not (tmp_path / "weights.safetensors").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--stage", "1"), "give --hours, --steps or both"),
        (("--stage", "3", "--steps", "1"), "'3' is not one of"),
        (("--stage", "uncertainty", "--steps", "1"), "give its weights with --start"),
        (("--stage", "2", "--steps", "1", "--start", "w", "--config", "width=8"), "has its own sizes"),
        (("--stage", "1", "--steps", "1", "--emulated", "0.1"), "--emulated belongs to stage 2"),
    ],
)
def test_wrong_usage(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["train", "--out", str(tmp_path / "a"), *words], env={"COLUMNS": "200"})
    assert shown.exit_code == 2
    assert message in " ".join(shown.output.replace("│", " ").split())
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--model", "molexa-1926"), "network 'molexa-1926' does not exist"),
        (("--config", "breadth=3"), "no size 'breadth', expected one of width, "),
        (("--config", "width=wide"), "size 'width' is 'wide', expected one like 128"),
        (("--config", "width=2.5"), "size 'width' is '2.5'"),
        (("--start", "none.safetensors"), "'none.safetensors' cannot be read"),
        (("--data", "none.h5"), "none.h5"),
    ],
)
def test_what_is_not_there(more: tuple[str, ...], message: str, tmp_path: Path) -> None:
    refused = trained("1", tmp_path / "a", *more)
    assert isinstance(refused.exception, CEIError)
    assert message in str(refused.exception)


def test_weights_of_another_network_are_no_start(tmp_path: Path) -> None:
    trained("1", tmp_path / "one", *TINY, steps=1)
    refused = trained(
        "2", tmp_path / "two", "--model", "molexa-2026", "--start", str(tmp_path / "one" / "weights.safetensors")
    )
    assert "has weights of 'onlinecei', expected 'molexa-2026'" in str(refused.exception)


def test_stages_are_those_of_the_training() -> None:
    assert get_type_hints(_train.train)["stage"] == stages.StageName
    assert len(get_args(stages.StageName)) == 3
