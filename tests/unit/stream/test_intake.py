"""What ingest makes of what a source gives: trains for workers, trains for the recorder only, and when they came in."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from onlinecei.records import Batch, Train
from onlinecei.stream.ingest import RECORDER, Limits, Pace, Recording
from onlinecei.stream.ingest.intake import Intake
from onlinecei.stream.revisions import Revision, Revisions
from onlinecei.stream.sources import LeftOut, ListSource
from onlinecei.stream.wire import Kind, Message, batch_of

REASON = "no delay from M, left out"


@dataclass
class Box:
    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message, to: bytes = b"") -> bool:
        assert to == RECORDER
        self.sent.append(message)
        return True


@dataclass
class Joining(ListSource):
    """Each poll gives a batch or none, and comes upon trains that are not to be analysed."""

    apart: list[Sequence[LeftOut]] = field(default_factory=list)

    def poll(self) -> Batch | None:
        self.left_out = self.apart.pop(0) if self.apart else ()
        return super().poll()

    def rest(self) -> None:
        self.left_out = self.apart.pop(0) if self.apart else ()


def intake_of(source: ListSource, text: str, *, wanted: bool = True) -> Intake:
    return Intake(
        source=source, incarnation=7, pace=Pace(None), revisions=Revisions(text), limits=Limits(hits_per_batch=1),
        recording=Recording(wanted=wanted),
    )  # fmt: skip


def recorded(recording: Recording) -> list[tuple[list[int], object]]:
    box = Box()
    recording.hear(Message(kind=Kind.READY, incarnation=5, info={"credits": 16}))
    recording.step(box)
    assert [message.sequence for message in box.sent] == list(range(len(box.sent)))
    return [(batch_of(each).train_id.tolist(), each.info.get("left_out")) for each in box.sent]


def left_out(train: Train) -> LeftOut:
    return LeftOut(Batch.of([train]), REASON)


def test_trains_that_are_left_out_go_to_the_recorder_and_to_no_worker(
    water_trains: list[Train], water_text: str
) -> None:
    apart = [[left_out(water_trains[1])], (), [left_out(water_trains[3]), left_out(water_trains[4])]]
    intake = intake_of(Joining([Batch.of([water_trains[k]]) for k in (0, 2)], apart=apart), water_text)
    given = []
    while (begun := intake.next(len(given), 10.0)) is not None:
        given += batch_of(begun[0]).train_id.tolist()
        assert Revision.of(begun[0]).setup_text == water_text
    assert given == [0, 2]
    assert intake.arrivals.trains == 2
    assert intake.arrivals.known.tolist() == [[0, 0], [2, 2]]
    expected = [([1], REASON), ([0], None), ([2], None), ([3], REASON), ([4], REASON)]
    assert recorded(intake.recording) == expected


def test_what_is_left_out_at_the_end_is_recorded_too(water_trains: list[Train], water_text: str) -> None:
    intake = intake_of(Joining([], apart=[[left_out(water_trains[0])]]), water_text)
    intake.finish(10.0)
    assert intake.exhausted
    assert recorded(intake.recording) == [([0], REASON)]


def test_without_a_recorder_nothing_is_kept_of_them(water_trains: list[Train], water_text: str) -> None:
    intake = intake_of(Joining([], apart=[[left_out(train)] for train in water_trains]), water_text, wanted=False)
    assert intake.next(0, 10.0) is None
    intake.finish(10.0)
    assert (intake.recording.pending, intake.recording.nbytes, len(intake.arrivals)) == (0, 0, 0)


def test_a_batch_came_in_when_the_hits_of_its_first_train_did(water_trains: list[Train], water_text: str) -> None:
    intake = intake_of(ListSource([Batch.of([water_trains[0]])], waited_s=0.75), water_text)
    begun = intake.next(0, 100.0)
    assert begun is not None
    assert begun[0].info["arrived"] == pytest.approx(99.25)
    assert intake.arrivals.newest == 100.0, "the source gave it just now"


def test_of_trains_that_are_joined_the_one_that_came_first_counts(water_trains: list[Train], water_text: str) -> None:
    intake = intake_of(ListSource([]), water_text)
    for train, waited_s in zip(water_trains, (0.0, 2.0, 0.5), strict=False):
        intake.arrivals.take(Batch.of([train]), 100.0, waited_s)
    batch, _, arrived = intake.arrivals.cut(intake.revisions, 10**9)
    assert (batch.train_id.tolist(), arrived) == ([0, 1, 2], 98.0)
