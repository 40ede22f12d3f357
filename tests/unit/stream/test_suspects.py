"""Trains that no worker can analyse are set aside, and all others are analysed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onlinecei.analysis import analyse, analyse_all
from onlinecei.files.run import open_run
from onlinecei.records import Batch, Delta, Train
from onlinecei.setup import Setup
from onlinecei.stream import worker as worker_module
from onlinecei.stream.ingest.suspects import MOST_DEATHS

FakeLine = Any  # in conftest
POISON = 7


class Death(BaseException):
    """Ends a worker without a word, as a signal does."""


@pytest.fixture
def bitter(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Let a worker fail at one train."""

    def make(error: BaseException) -> None:
        def fails(batch: Batch, setup: Setup, ceiling: int) -> Delta:
            if POISON in batch.train_id:
                raise error
            return analyse(batch, setup, ceiling)

        monkeypatch.setattr(worker_module, "analyse", fails)

    return make


def without_poison(trains: list[Train], setup: Setup) -> Delta:
    return analyse_all([Batch.of([train for train in trains if train.train_id != POISON])], setup)


def check(line: FakeLine, expected: Delta, folder: Path, reason: str) -> None:
    assert np.array_equal(line.reducer.account.total.values, expected.values)
    assert np.array_equal(line.reducer.account.total.trains, expected.trains)
    assert line.reducer.account.quarantined == {"set aside": 1}
    assert reason in (folder / f"train-{POISON}.txt").read_text(encoding="utf-8")
    with open_run(folder / f"train-{POISON}.h5") as run:
        assert run.train_id.tolist() == [POISON]
        assert run.setup_text == line.setup_text


@pytest.mark.parametrize("workers", [1, 3])
def test_a_train_at_which_the_analysis_fails(
    workers: int, make_line: Callable[..., FakeLine], bitter: Callable, water: Setup, water_trains: list[Train],
    tmp_path: Path,
) -> None:  # fmt: skip
    bitter(ValueError("no such thing"))
    line = make_line([Batch.of(water_trains)], workers=workers, folder=tmp_path)
    line.start()
    line.finish()
    check(line, without_poison(water_trains, water), tmp_path, "ValueError: no such thing")
    assert any("no such thing" in said for said in line.reducer.facts().errors.values())


@pytest.mark.parametrize("workers", [1, 3])
def test_a_train_at_which_workers_die(
    workers: int, make_line: Callable[..., FakeLine], bitter: Callable, water: Setup, water_trains: list[Train],
    batches: list[Batch], tmp_path: Path,
) -> None:  # fmt: skip
    bitter(Death())
    line = make_line(batches, workers=workers, folder=tmp_path)
    line.start()
    deaths = 0
    for _ in range(3000):
        try:
            line.turn()
        except Death:
            deaths += 1
            for name, worker in line.team.items():
                if worker._queue and POISON in worker._queue[0].buffers["train_id"]:
                    line.new_worker(name)
        if line.ingest.finished:
            break
    assert deaths == 2 * MOST_DEATHS
    check(line, without_poison(water_trains, water), tmp_path, f"{MOST_DEATHS} workers died at it")


def test_a_train_that_cannot_be_set_aside_is_counted_at_the_end_and_the_others_are_analysed(
    make_line: Callable[..., FakeLine], bitter: Callable, water: Setup, water_trains: list[Train], tmp_path: Path
) -> None:
    bitter(ValueError("no such thing"))
    (tmp_path / "taken").write_text("no folder")
    line = make_line([Batch.of(water_trains)], folder=tmp_path / "taken")
    line.start()
    total = line.finish()
    assert np.array_equal(total.values, without_poison(water_trains, water).values)
    assert line.reducer.account.quarantined == {"could be neither analysed nor set aside": 1}
