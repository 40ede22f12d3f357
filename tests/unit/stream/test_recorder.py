"""The recorder: what it lets ingest forget is in a file, and what it says of itself is true."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onlinecei.errors import WireError
from onlinecei.files.left_out import LeftOutFolder
from onlinecei.files.recording import RecordingFolder, RecordingLimits
from onlinecei.records import Batch, Train
from onlinecei.stream.facts import facts_of
from onlinecei.stream.recorder import CREDITS, Recorder
from onlinecei.stream.recording import Tally
from onlinecei.stream.revisions import Revision
from onlinecei.stream.sources.folder import FolderSource
from onlinecei.stream.wire import Kind, Message, batch_message

INGEST = 5
"""Incarnation of whoever sends batches."""


class Outbox:
    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send(self, message: Message, to: bytes = b"") -> bool:
        assert not to
        self.sent.append(message)
        return True


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """A recorder with all that is around it."""

    def __init__(self, folder: Path, limits: RecordingLimits | None = None) -> None:
        self.clock, self.ingest, self.reducer = Clock(), Outbox(), Outbox()
        self.folder = RecordingFolder(folder, "run", limits, self.clock)
        self.left_out = LeftOutFolder(folder, "run", limits, self.clock)
        self.recorder = Recorder(self.folder, self.left_out, self.ingest, self.reducer, 77, self.clock)

    @property
    def forgotten(self) -> list[int]:
        told = [message for message in self.ingest.sent if message.kind is Kind.RECORDED]
        assert all(message.incarnation == INGEST for message in told)
        return [message.sequence for message in told]


def message(train: Train, sequence: int, text: str, **info: str) -> Message:
    plain = batch_message(Batch.of([train]), sequence, INGEST)
    return Revision(number=0, first_train=0, setup_text=text).on(replace(plain, info={**plain.info, **info}))


def ids(folder: Path) -> list[int]:
    source, given = FolderSource(folder, 10_000), []
    while (batch := source.poll()) is not None:
        given += batch.train_id.tolist()
    return given


def test_batches_are_forgotten_once_they_are_in_a_file(
    tmp_path: Path, water_text: str, water_trains: list[Train]
) -> None:
    bench = Bench(tmp_path)
    for sequence, train in enumerate(water_trains):
        bench.recorder.take(message(train, sequence, water_text))
        bench.recorder.step()
        found = ids(tmp_path) if bench.forgotten else []
        assert found == bench.forgotten
    assert bench.forgotten == list(range(8))
    bench.clock.now += 1.0
    bench.recorder.step()
    assert bench.forgotten == ids(tmp_path) == list(range(12))
    bench.folder.close()


def test_it_says_how_it_does(tmp_path: Path, water_text: str, water_trains: list[Train]) -> None:
    bench = Bench(tmp_path)
    bench.recorder.step()
    assert bench.ingest.sent[0].kind is Kind.READY
    assert (bench.ingest.sent[0].incarnation, bench.ingest.sent[0].info["credits"]) == (77, CREDITS)
    bench.recorder.take(message(water_trains[0], 0, water_text))
    for _ in range(2):
        bench.clock.now += 1.0
        bench.recorder.step()
    first, last = (facts_of(each) for each in (bench.reducer.sent[0], bench.reducer.sent[-1]))
    assert first.recording == "waiting for trains"
    assert last.recording == f"into {tmp_path / 'run-0000000000.h5'}"
    assert (last.trains_recorded, last.degraded) == (1, ())
    bench.folder.close()


def test_without_room_nothing_waits_and_it_is_said(tmp_path: Path, water_text: str, water_trains: list[Train]) -> None:
    bench = Bench(tmp_path, RecordingLimits(spare_bytes=2**60, retry_s=1.0))
    for sequence, train in enumerate(water_trains):
        bench.recorder.take(message(train, sequence, water_text))
    bench.recorder.step()
    assert bench.forgotten == list(range(12))
    (wrong,) = bench.recorder.facts.degraded
    assert "no room on the disk" in wrong
    assert "12 trains are not recorded" in wrong
    assert list(tmp_path.iterdir()) == []
    bench.folder.close()


def test_trains_that_are_left_out_are_written_apart_with_their_reason(
    tmp_path: Path, water_text: str, water_trains: list[Train]
) -> None:
    bench = Bench(tmp_path)
    reasons = {3: "no delay from M, left out", 5: 'machine state of "S", 1 not good', 8: "no delay from M, left out"}
    for train in water_trains[:4]:
        left_out = {"left_out": reasons[train.train_id]} if train.train_id in reasons else {}
        assert not (tmp_path / "left-out").exists(), "it is made when the first one comes"
        bench.recorder.take(message(train, train.train_id, water_text, **left_out))
    bench.recorder.write()
    for train in water_trains[4:]:
        left_out = {"left_out": reasons[train.train_id]} if train.train_id in reasons else {}
        bench.recorder.take(message(train, train.train_id, water_text, **left_out))
    bench.recorder.write()
    assert bench.forgotten == list(range(12))
    assert ids(tmp_path) == [k for k in range(12) if k not in reasons]
    assert ids(tmp_path / "left-out") == [3, 5, 8]
    with (tmp_path / "left-out" / "reasons.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["train_id", "reason"], *([str(k), reason] for k, reason in reasons.items())]
    facts = bench.recorder.facts
    assert facts.recording == f"into {tmp_path / 'run-0000000000.h5'}; 3 that are left out, apart"
    assert (facts.trains_recorded, facts.degraded) == (9, ())
    bench.recorder.close()


def test_a_recorder_that_is_started_again_goes_on_with_both(
    tmp_path: Path, water_text: str, water_trains: list[Train]
) -> None:
    kept = tmp_path / "left-out.json"
    lives = []
    for life in (0, 1):
        bench = Bench(tmp_path)
        lives.append(bench)
        tally = Tally(kept, bench.left_out)
        for train in water_trains[6 * life : 6 * life + 6]:
            left_out = {"left_out": "why"} if train.train_id % 2 else {}
            bench.recorder.take(message(train, train.train_id, water_text, **left_out))
        bench.recorder.write()
        tally.keep()
    assert ids(tmp_path) == [0, 2, 4, 6, 8, 10]
    assert ids(tmp_path / "left-out") == [1, 3, 5, 7, 9, 11]
    assert lives[1].recorder.facts.recording.endswith("; 6 that are left out, apart")
    assert len((tmp_path / "left-out" / "reasons.csv").read_text(encoding="utf-8").splitlines()) == 7
    for bench in lives:
        bench.recorder.close()


def test_where_trains_that_are_left_out_have_no_place_the_others_are_recorded(
    tmp_path: Path, water_text: str, water_trains: list[Train]
) -> None:
    (tmp_path / "left-out").write_text("in the way", encoding="utf-8")
    bench = Bench(tmp_path)
    bench.recorder.take(message(water_trains[0], 0, water_text))
    bench.recorder.take(message(water_trains[1], 1, water_text, left_out="why"))
    bench.recorder.write()
    assert bench.forgotten == [0, 1]
    assert ids(tmp_path) == [0]
    (wrong,) = bench.recorder.facts.degraded
    assert wrong == "recording of trains that are left out has a hole, 1 trains are not recorded"
    (tmp_path / "left-out").unlink()
    bench.recorder.take(message(water_trains[2], 2, water_text, left_out="why"))
    bench.recorder.close()
    assert ids(tmp_path / "left-out") == [2]


def test_without_room_trains_that_are_left_out_hold_nobody_up_either(
    tmp_path: Path, water_text: str, water_trains: list[Train]
) -> None:
    bench = Bench(tmp_path, RecordingLimits(spare_bytes=2**60, retry_s=1.0))
    for train in water_trains[:3]:
        bench.recorder.take(message(train, train.train_id, water_text, left_out="why"))
    bench.recorder.write()
    assert bench.forgotten == [0, 1, 2]
    words = [each for each in bench.recorder.facts.degraded if "left out stopped: no room on the disk" in each]
    assert [each.endswith("3 trains are not recorded") for each in words] == [True]
    bench.recorder.close()


def test_what_is_no_batch_is_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with pytest.raises(WireError):
        bench.recorder.take(Message(kind=Kind.BATCH, buffers={"train_id": np.zeros(2, np.uint64)}))
    bench.recorder.take(Message(kind=Kind.END))
    assert bench.forgotten == []
    bench.folder.close()
