"""Another setup while the line runs: which trains it holds for, and what is left of the sums before."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from onlinecei.analysis import analyse_all
from onlinecei.records import Batch, Train
from onlinecei.setup import Setup
from onlinecei.stream.revisions import EARLIER, Revision, Revisions, revise_message
from onlinecei.stream.wire import Kind, Message

FakeLine = Any  # in conftest

OTHER_T0 = ("t0_ns = 12.0", "t0_ns = 11.0")
"""Another calibration of the same run, of which the text and then its replacement."""


@pytest.fixture
def revised_text(water_text: str) -> str:
    revised = water_text.replace(*OTHER_T0).replace("[histograms]", "[histograms]\nker_bins = 100", 1)
    assert revised != water_text
    return revised


def from_train(batches: list[Batch], train_id: int) -> list[Train]:
    return [train for batch in batches for train in batch.trains() if train.train_id >= train_id]


@pytest.mark.parametrize("workers", [1, 3])
def test_a_planned_revision_takes_effect_at_its_train_wherever_batches_end(
    workers: int, water: Setup, make_line: Callable[..., FakeLine], revised_text: str, batches: list[Batch]
) -> None:
    first = int(batches[2].train_id[1])  # in the middle of a batch
    line = make_line(workers=workers, planned=((first, revised_text),))
    line.start()
    total, late = line.finish(), from_train(batches, first)
    expected = analyse_all([Batch.of(late)], Setup.from_toml(revised_text))
    assert 0 < len(late) < 12
    assert total.setup_hash == expected.setup_hash != water.hash
    assert np.array_equal(total.values, expected.values)
    assert np.array_equal(total.trains, expected.trains)
    assert line.reducer.account.left_out == {EARLIER: 12 - len(late)}
    snapshot = line.ask()
    assert snapshot is not None
    assert snapshot.setup_text == revised_text


def test_a_revision_while_the_line_runs_takes_the_next_train(
    line: FakeLine, revised_text: str, batches: list[Batch]
) -> None:
    line.start()
    line.turn()
    before = line.ingest.newest_train
    line.reducer.ask(b"dashboard", revise_message(revised_text))
    reader, answer = line.answer()
    assert (reader, answer.kind) == (b"dashboard", Kind.REVISED)
    assert (answer.info["revision"], answer.info["first_train"]) == (1, before + 1)
    expected = analyse_all([Batch.of(from_train(batches, before + 1))], Setup.from_toml(revised_text))
    assert np.array_equal(line.finish().values, expected.values)


def refusal(line: FakeLine, message: Message) -> str:
    line.reducer.ask(b"dashboard", message)
    reader, answer = line.answer()
    assert (reader, answer.kind) == (b"dashboard", Kind.REFUSED)
    return str(answer.info["reason"])


def test_a_revision_for_a_train_under_way_or_of_nonsense_is_refused(
    line: FakeLine, water: Setup, revised_text: str, batches: list[Batch]
) -> None:
    line.start()
    line.turn()
    newest = line.ingest.newest_train
    assert f"the first that can be had is {newest + 1}" in refusal(line, revise_message(revised_text, newest))
    nonsense = Revision(number=0, first_train=0, setup_text="[molecule]\nformula = 'H2O'")
    assert "spectrometer" in refusal(line, nonsense.on(Message(kind=Kind.REVISE)))
    gone = revised_text.replace("[reconstruction]", '[reconstruction]\nnetwork = "gone.safetensors"', 1)
    assert "'gone.safetensors' holds no weights" in refusal(line, revise_message(gone))
    assert np.array_equal(line.finish().values, analyse_all(batches, water).values)
    assert "has been read to its end" in refusal(line, revise_message(revised_text))


def test_geometries_of_the_setup_before_are_not_shown(line: FakeLine, revised_text: str) -> None:
    line.start()
    line.turn()
    before = line.ask()
    assert before is not None
    line.inference.handle(before)
    ((_, late),) = line.from_inference.take()
    line.ingest.revisions.add(line.ingest.newest_train + 1, revised_text)
    line.finish()
    line.reducer.take(b"", late)
    after = line.ask(before.state.version)
    assert after is not None
    assert (after.setup_text, after.reconstructions) == (revised_text, ())


def test_a_reset_begins_the_sums_anew_with_the_same_setup(line: FakeLine, water: Setup, batches: list[Batch]) -> None:
    line.start()
    line.turn()
    before = line.ingest.newest_train
    line.reducer.ask(b"dashboard", revise_message(None))
    _, answer = line.answer()
    assert answer.kind == Kind.REVISED, answer.info
    assert answer.info["first_train"] == before + 1
    expected = analyse_all([Batch.of(from_train(batches, before + 1))], water)
    total = line.finish()
    assert np.array_equal(total.values, expected.values)
    assert total.setup_hash == water.hash
    assert line.reducer.account.left_out[EARLIER] == before - batches[0].train_id[0] + 1


def test_a_reset_after_a_revision_keeps_the_setup_of_its_train() -> None:
    revisions = Revisions("first", ((10, "second"), (20, "third")))
    assert revisions.add(15, "").setup_text == "second"
    assert revisions.add(5, "").setup_text == "first"
