"""The recorder: what it lets ingest forget is in a file, and what it says of itself is true."""

from pathlib import Path

import numpy as np
import pytest

from onlinecei.errors import WireError
from onlinecei.files.recording import RecordingFolder, RecordingLimits
from onlinecei.records import Batch, Train
from onlinecei.stream.facts import facts_of
from onlinecei.stream.recorder import CREDITS, Recorder
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
        self.recorder = Recorder(self.folder, self.ingest, self.reducer, 77, self.clock)

    @property
    def forgotten(self) -> list[int]:
        told = [message for message in self.ingest.sent if message.kind is Kind.RECORDED]
        assert all(message.incarnation == INGEST for message in told)
        return [message.sequence for message in told]


def message(train: Train, sequence: int, text: str) -> Message:
    return Revision(number=0, first_train=0, setup_text=text).on(batch_message(Batch.of([train]), sequence, INGEST))


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


def test_what_is_no_batch_is_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with pytest.raises(WireError):
        bench.recorder.take(Message(kind=Kind.BATCH, buffers={"train_id": np.zeros(2, np.uint64)}))
    bench.recorder.take(Message(kind=Kind.END))
    assert bench.forgotten == []
    bench.folder.close()
