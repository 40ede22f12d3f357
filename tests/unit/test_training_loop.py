"""Training: it learns, it goes on where it stopped, and it says what is wrong."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from onlinecei.errors import CEIError
from onlinecei.explosion import explode
from onlinecei.molexa.network import Config, Inputs, LossOptions, Network, OnlineCEI, load_network
from onlinecei.molexa.training import Moment, Options, train
from onlinecei.molexa.training.explosions import Explosions, about_centre_of_mass
from onlinecei.molexa.training.schedule import learning_rate, update_average
from onlinecei.molexa.training.stream import steps_from
from onlinecei.molexa.training.trainer import Trainer
from onlinecei.molexa.training.validate import validation_error

TINY = Config(width=16, pair_width=8, heads=2, encoder_blocks=1, denoiser_blocks=1)
SMALL = Config(width=32, pair_width=16, heads=4, encoder_blocks=1, denoiser_blocks=2)
TWO = LossOptions(draws=2, mixed=False)
FEW = Options(steps=6, warm_up=2, log_every=1, validate_every=3, workers=0, loss=TWO, threads=1, device="cpu")


def molecules(count: int = 8, seed: int = 0) -> Explosions:
    """Diatomic and triatomic molecules that explode at once."""
    rng = np.random.default_rng(seed)
    numbers = rng.choice([1, 6, 8], (count, 3))
    numbers[::3, 2] = 0
    mass = np.select([numbers == 1, numbers == 6, numbers == 8], [1.8e3, 2.2e4, 2.9e4], 0.0)
    positions = about_centre_of_mass(rng.normal(0, 2, (count, 3, 3)) + 3 * np.eye(3), mass)
    charge = (numbers > 0)[:, None].astype(float)
    momentum = np.zeros((count, 1, 3, 3))
    for row, atoms in enumerate((numbers > 0).sum(axis=1)):
        momentum[row, 0, :atoms] = explode(positions[row, :atoms], mass[row, :atoms], charge[row, 0, :atoms])
    return Explosions(
        atomic_number=numbers,
        mass_au=mass,
        charge=charge,
        momentum_au=momentum,
        known=charge > 0,
        position_au=positions,
    )


@dataclass(frozen=True)
class Few:
    """Blocks of two steps, all different."""

    steps_per_block: int = 2

    def block(self, number: int) -> list[Explosions]:
        return [molecules(4, seed=2 * number + step) for step in range(2)]


def trained(directory: Path, options: Options = FEW, config: Config = TINY, **more: Any) -> Network:
    """Train a new network on few molecules, or go on."""
    torch.manual_seed(1)
    return train(OnlineCEI(config), more.pop("stream", Few()), directory, options, **more)


def log(directory: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (directory / "log.jsonl").read_text().splitlines()]


def test_a_few_molecules_can_be_learned(tmp_path: Path) -> None:
    known = molecules()
    options = Options(
        steps=150,
        learning_rate=6e-3,
        warm_up=20,
        average=0.95,
        pieces=1,
        loss=LossOptions(draws=6, mixed=False),
        threads=1,
        device="cpu",
    )
    torch.manual_seed(1)
    trainer = Trainer(tmp_path, options, OnlineCEI(SMALL))
    before = validation_error(trainer.average, known)
    losses = [trainer.step(known) for _ in range(150)]
    assert np.mean(losses[-20:]) < 0.15 * np.mean(losses[:5])
    assert before > 1
    assert validation_error(trainer.average, known) < 0.2


def test_going_on_after_a_stop_changes_no_bit(tmp_path: Path) -> None:
    straight = trained(tmp_path / "straight")
    calls = iter([False, False, False, True])
    trained(tmp_path / "stopped", stop=lambda: next(calls))
    assert len(log(tmp_path / "stopped")) == 3
    resumed = trained(tmp_path / "stopped")
    first, second = log(tmp_path / "straight"), log(tmp_path / "stopped")
    assert [each["loss"] for each in first] == [each["loss"] for each in second]
    assert [each["step"] for each in second] == [1, 2, 3, 4, 5, 6]
    for name, each in straight.state_dict().items():
        assert torch.equal(each, resumed.state_dict()[name])


def test_threads_that_make_data_change_nothing(tmp_path: Path) -> None:
    trained(tmp_path / "0")
    trained(tmp_path / "2", replace(FEW, workers=2))
    assert [each["loss"] for each in log(tmp_path / "0")] == [each["loss"] for each in log(tmp_path / "2")]


def test_steps_begin_anywhere() -> None:
    steps = steps_from(Few(), 3, 0)
    for number in (3, 4):
        np.testing.assert_array_equal(next(steps).position_au, molecules(4, seed=number).position_au)


def test_log_and_weights(tmp_path: Path) -> None:
    average = trained(tmp_path, validation=molecules(5, seed=9))
    lines = log(tmp_path)
    assert [each["step"] for each in lines if "validation_mae_au" in each] == [3, 6]
    assert [each["samples"] for each in lines] == [4, 8, 12, 16, 20, 24]
    assert validation_error(average, molecules(5, seed=9)) == lines[-1]["validation_mae_au"]
    kept = load_network(tmp_path / "weights.safetensors")
    assert validation_error(kept, molecules(5, seed=9)) == lines[-1]["validation_mae_au"]


def test_what_is_watched_is_what_is_logged(tmp_path: Path) -> None:
    seen: list[Moment] = []
    trained(tmp_path, validation=molecules(5, seed=9), watch=seen.append)
    assert [each.loss for each in seen] == [each["loss"] for each in log(tmp_path)]
    assert [each.share_done for each in seen] == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1])
    assert [each.validation_mae_au is None for each in seen] == [True, True, False, False, False, False]
    assert [each.learning_rate for each in seen] == [each["learning_rate"] for each in log(tmp_path)]


def test_a_stop_between_lines_is_logged(tmp_path: Path) -> None:
    calls = iter([False, False, True])
    trained(tmp_path, replace(FEW, log_every=50), stop=lambda: next(calls))
    assert [each["step"] for each in log(tmp_path)] == [2]


class Headed(OnlineCEI):
    """A network whose head has one number, which shall become 3."""

    def __init__(self, config: Config | None = None) -> None:
        super().__init__(config)
        self.three = torch.nn.Parameter(torch.zeros(1))

    def head_parameters(self) -> list[torch.nn.Parameter]:
        return [self.three]

    def head_loss(self, inputs: Inputs, *_: object) -> torch.Tensor:
        return (self.three - 3).square().expand(len(inputs.mass_au))


def test_training_of_the_head_leaves_the_rest_as_it_is(tmp_path: Path) -> None:
    network = Headed(TINY)
    before = {name: each.clone() for name, each in network.state_dict().items()}
    after = train(network, Few(), tmp_path, replace(FEW, head=True, learning_rate=0.1)).state_dict()
    assert after.pop("three").item() > 0.1
    for name, each in after.items():
        assert torch.equal(each, before[name])
    with pytest.raises(CEIError, match=r"has options .*'head': True"):
        train(Headed(TINY), Few(), tmp_path, replace(FEW, learning_rate=0.1))


def test_a_network_without_a_head(tmp_path: Path) -> None:
    class Headless(Network):
        NAME = "headless"
        loss = draw = answer = lambda *_: torch.zeros(1)

    with pytest.raises(CEIError, match="'headless' has no head of uncertainties"):
        train(Headless(), Few(), tmp_path, replace(FEW, head=True))


def test_time_is_an_end(tmp_path: Path) -> None:
    trained(tmp_path, replace(FEW, steps=None, hours=1e-9))
    assert len(log(tmp_path)) == 1


def test_weights_of_an_earlier_stage_are_a_start(tmp_path: Path) -> None:
    first = trained(tmp_path / "one")
    none = replace(FEW, steps=1, learning_rate=1e-30)
    second = train(load_network(tmp_path / "one" / "weights.safetensors"), Few(), tmp_path / "two", none)
    assert second.config == TINY
    for name, each in first.state_dict().items():
        torch.testing.assert_close(each, second.state_dict()[name], rtol=0, atol=1e-12)


def test_another_course_is_not_continued(tmp_path: Path) -> None:
    trained(tmp_path, replace(FEW, steps=1))
    with pytest.raises(CEIError, match=r"has options {'learning_rate': 0.001}, expected {'learning_rate': 0.0001}"):
        trained(tmp_path, replace(FEW, learning_rate=1e-4))
    with pytest.raises(CEIError, match=r"has config .* expected"):
        trained(tmp_path, config=replace(TINY, width=32))


def test_lines_after_the_last_checkpoint_are_taken_back(tmp_path: Path) -> None:
    trained(tmp_path, replace(FEW, steps=3))
    lines = (tmp_path / "log.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "log.jsonl").write_text(
        "".join([*lines, lines[-1].replace('"step": 3', '"step": 4'), '{"step": 5, "sa'])
    )
    trained(tmp_path, replace(FEW, steps=5))
    assert [each["step"] for each in log(tmp_path)] == [1, 2, 3, 4, 5]


def test_a_damaged_checkpoint(tmp_path: Path) -> None:
    trained(tmp_path, replace(FEW, steps=1))
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(CEIError, match="checkpoint"):
        trained(tmp_path)


def test_a_loss_that_is_no_number_stops_training(tmp_path: Path) -> None:
    broken = OnlineCEI(TINY)
    torch.nn.init.constant_(broken.encoder.element.weight, torch.nan)
    trainer = Trainer(tmp_path, FEW, broken)
    for _ in range(10):
        trainer.step(molecules(2))
    assert trainer.progress.skipped == 10
    with pytest.raises(CEIError, match="11 of 11 steps had a gradient that is not finite"):
        trainer.step(molecules(2))


@pytest.mark.parametrize("wrong", [{}, {"steps": 5, "loss": LossOptions(draws=0)}, {"steps": 5, "pieces": 0}])
def test_options_that_make_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(CEIError, match=r"expected|no end"):
        Options(**wrong)


@pytest.mark.skipif(torch.cuda.is_available(), reason="has what must be missing")
def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CEIError, match="'cuda', but PyTorch finds no graphics cards"):
        Trainer(tmp_path, replace(FEW, device="cuda"), OnlineCEI(TINY))


def test_learning_rate_rises_then_falls() -> None:
    rates = [learning_rate(1.0, step, 10, step / 100) for step in range(100)]
    assert np.argmax(rates) == 9
    assert rates[0] == pytest.approx(0.1)
    assert rates[99] == pytest.approx(0.01, abs=2e-3)


def test_average_forgets_the_start_and_follows() -> None:
    mean, now = OnlineCEI(TINY), OnlineCEI(TINY)
    for step in range(300):
        update_average(mean, now, step, 0.9)
    for first, second in zip(mean.parameters(), now.parameters(), strict=True):
        torch.testing.assert_close(first, second, rtol=1e-3, atol=1e-6)
