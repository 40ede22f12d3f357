"""What the recorder is given: everything, once it has room for it, and again after a death."""

from dataclasses import dataclass, field

from onlinecei.records import Batch, Train
from onlinecei.stream.ingest import RECORDER, Recording
from onlinecei.stream.wire import Kind, Message, batch_message


@dataclass
class Box:
    sent: list[int] = field(default_factory=list)
    gone: bool = False

    def send(self, message: Message, to: bytes = b"") -> bool:
        assert to == RECORDER
        if not self.gone:
            self.sent.append(message.sequence)
        return not self.gone


def ready(incarnation: int, credits: int) -> Message:  # noqa: A002 - the word of the field
    return Message(kind=Kind.READY, incarnation=incarnation, info={"credits": credits})


def filled(trains: list[Train], **options: int) -> Recording:
    recording = Recording(wanted=True, **options)
    for train in trains:
        recording.add(batch_message(Batch.of([train]), recording.number))
    return recording


def test_nothing_is_sent_that_there_is_no_room_for(water_trains: list[Train]) -> None:
    recording, box = filled(water_trains), Box()
    recording.step(box)
    assert box.sent == []
    recording.hear(ready(5, 2))
    recording.step(box)
    recording.hear(ready(5, 2))
    recording.step(box)
    assert box.sent == [0, 1]
    recording.recorded(0)
    recording.step(box)
    assert box.sent == [0, 1, 2]
    assert recording.pending == 11


def test_what_a_recorder_had_when_it_died_is_sent_again_in_order(water_trains: list[Train]) -> None:
    recording, box = filled(water_trains), Box()
    recording.hear(ready(5, 3))
    recording.step(box)
    recording.recorded(1)
    recording.hear(ready(6, 4))
    recording.step(box)
    assert box.sent == [0, 1, 2, 0, 2, 3, 4]


def test_nothing_is_lost_while_it_is_gone(water_trains: list[Train]) -> None:
    recording, box = filled(water_trains), Box(gone=True)
    recording.hear(ready(5, 3))
    recording.step(box)
    assert recording.pending == 12
    box.gone = False
    recording.step(box)
    assert box.sent == [0, 1, 2]


def test_the_memory_for_a_recorder_that_does_not_take_is_bounded(water_trains: list[Train]) -> None:
    one = filled(water_trains[:1]).nbytes
    recording = filled(water_trains, most_bytes=4 * one)
    assert recording.nbytes <= 4 * one
    assert recording.not_recorded == 12 - recording.pending
    for sequence in range(12):
        recording.hear(ready(5, 12))
        recording.step(Box())
        recording.recorded(sequence)
    assert (recording.pending, recording.nbytes) == (0, 0)


def test_at_the_end_it_is_waited_for_while_it_writes(water_trains: list[Train]) -> None:
    recording = filled(water_trains)
    recording.hear(ready(5, 12))
    recording.step(Box())
    assert recording.goes_on(100.0)
    assert recording.goes_on(109.0)
    recording.recorded(0)
    assert recording.goes_on(111.0)
    assert recording.goes_on(120.0)
    assert not recording.goes_on(122.0)
    for sequence in range(12):
        recording.recorded(sequence)
    assert not recording.goes_on(123.0)
