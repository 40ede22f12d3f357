"""What ingest makes of what a source gives: trains for workers, trains for the recorder only, and when they came in."""

from collections.abc import Sequence
from dataclasses import dataclass, field

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
