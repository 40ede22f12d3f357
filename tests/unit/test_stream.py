"""The line by hand: ingest, workers, reducer and inference with lists in place of sockets."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest

from onlinecei.analysis import analyse_all
from onlinecei.errors import WireError
from onlinecei.reconstruction.classical import METHOD
from onlinecei.records import Batch, Delta, Snapshot, Train
from onlinecei.setup import Setup
from onlinecei.stream.inference import Inference
from onlinecei.stream.ingest import REDUCER, Ingest, Pace
from onlinecei.stream.reducer import PUBLISH_SECONDS, Reducer
from onlinecei.stream.revisions import EARLIER, Revision, Revisions, revise_message
from onlinecei.stream.snapshots import snapshot_of
from onlinecei.stream.sources import ListSource
from onlinecei.stream.wire import Kind, Message, decode, encode
from onlinecei.stream.worker import CREDITS, Worker


@dataclass
class FakeOutbox:
    """Keeps what was sent, through the encoding that a socket would see."""

    sent: list[tuple[bytes, Message]] = field(default_factory=list)

    def send(self, message: Message, to: bytes = b"") -> bool:
        self.sent.append((to, decode([bytes(frame) for frame in encode(message)])))
        return True

    def take(self) -> list[tuple[bytes, Message]]:
        taken, self.sent = self.sent, []
        return taken

    def kinds(self) -> list[Kind]:
        return [message.kind for _, message in self.sent]


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeLine:
    """All parts of a line and the mail between them; `turn` delivers what waits, in an order drawn at random."""

    setup: Setup
    setup_text: str
    batches: list[Batch]
    workers: int = 1
    pace: Pace = field(default_factory=lambda: Pace(None))
    rejected: Mapping[str, int] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    twice: bool = False
    planned: tuple[tuple[int, str], ...] = ()

    def __post_init__(self) -> None:
        self.from_ingest, self.to_readers, self.from_reducer = FakeOutbox(), FakeOutbox(), FakeOutbox()
        self.from_inference = FakeOutbox()
        source = ListSource(self.batches, "water.h5", self.rejected)
        self.ingest = Ingest(source, self.from_ingest, 42, self.pace, Revisions(self.setup_text, self.planned))
        first = Revisions(self.setup_text).of(0)
        self.reducer = Reducer(first, self.from_reducer, self.to_readers, clock=self.clock)
        self.inference = Inference(self.from_inference)
        self.asked = {f"worker-{k}".encode(): FakeOutbox() for k in range(self.workers)}
        self.deltas = FakeOutbox()
        self.team = {name: Worker(box, self.deltas) for name, box in self.asked.items()}
        self.sent: list[int] = []
        self.random = np.random.default_rng(3)

    def start(self) -> None:
        self.reducer.start()
        for worker in self.team.values():
            worker.start()

    def collect(self) -> None:
        """Bring the questions of the workers and the words of the reducer to ingest, and let it send."""
        for name, box in self.asked.items():
            for _, message in box.take():
                self.ingest.handle(name, message)
        for _, message in self.from_reducer.take():
            self.ingest.handle(REDUCER, message)
        self.ingest.step()

    def turn(self) -> None:
        self.collect()
        for to, message in self.from_ingest.take():
            if to == REDUCER:
                self.reducer.hear(message)
            else:
                self.sent.append(message.sequence)
                self.team[to].handle(message)
        mail = self.deltas.take() * (2 if self.twice else 1)
        for k in self.random.permutation(len(mail)):
            self.reducer.take(mail[k][1])
        self.reducer.step()

    def finish(self) -> Delta:
        for _ in range(1000):
            self.turn()
            if self.ingest.finished:
                return self.reducer.total
        raise AssertionError("the line does not come to its end")

    def snapshot(self, reader: bytes = b"me") -> Snapshot | None:
        for to, message in self.to_readers.take():
            if to == reader:
                return snapshot_of(message)
        return None

    def ask(self, since: int = -1, geometry: int = -1, reader: bytes = b"me") -> Snapshot | None:
        self.reducer.ask(reader, Message(kind=Kind.ASK, info={"since": since, "geometry": geometry}))
        self.reducer.step()
        return self.snapshot(reader)


@pytest.fixture
def batches(water_trains: list[Train]) -> list[Batch]:
    return [Batch.of(water_trains[k : k + 2]) for k in range(0, 12, 2)]


@pytest.fixture
def line(water: Setup, water_text: str, batches: list[Batch]) -> FakeLine:
    return FakeLine(water, water_text, batches)


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("twice", [False, True])
def test_the_total_is_that_of_one_process(
    workers: int, twice: bool, water: Setup, water_text: str, batches: list[Batch]
) -> None:
    line = FakeLine(water, water_text, batches, workers=workers, twice=twice)
    line.start()
    total, expected = line.finish(), analyse_all(batches, water)
    assert np.array_equal(total.values, expected.values)
    assert np.array_equal(total.trains, expected.trains)
    assert sorted(line.sent) == list(range(6))
    assert not line.reducer.rejected


def test_the_order_of_the_batches_does_not_show(water: Setup, water_text: str, batches: list[Batch]) -> None:
    shuffled = [batches[k] for k in np.random.default_rng(8).permutation(6)]
    line = FakeLine(water, water_text, shuffled, workers=2)
    line.start()
    total, expected = line.finish(), analyse_all(batches, water)
    assert np.array_equal(total.values, expected.values)
    assert np.array_equal(total.trains, expected.trains)


def test_nothing_is_sent_before_the_reducer_listens(line: FakeLine) -> None:
    next(iter(line.team.values())).start()
    line.collect()
    assert line.from_ingest.kinds() == []
    line.reducer.start()
    line.collect()
    assert line.from_ingest.kinds() == [Kind.BATCH] * CREDITS


def test_no_worker_gets_more_than_it_asked_for(line: FakeLine) -> None:
    line.start()
    for _ in range(5):
        line.collect()
    assert len(line.from_ingest.sent) == CREDITS
    line.ingest.handle(b"worker-0", Message(kind=Kind.READY, info={"credits": 1}))
    line.ingest.step()
    assert len(line.from_ingest.sent) == CREDITS + 1


@pytest.mark.parametrize(("credits", "sent"), [(0, 0), (-5, 0), (10**9, 6)])
def test_odd_credits_do_no_harm(line: FakeLine, credits: int, sent: int) -> None:  # noqa: A002 - the word of the field
    line.reducer.start()
    line.ingest.handle(b"worker-0", Message(kind=Kind.READY, info={"credits": credits}))
    line.collect()
    assert line.from_ingest.kinds().count(Kind.BATCH) == sent


def test_the_end_waits_until_everything_is_applied(line: FakeLine) -> None:
    line.reducer.start()
    line.ingest.handle(b"worker-0", Message(kind=Kind.READY, info={"credits": 16}))
    line.collect()
    assert line.from_ingest.kinds() == [Kind.BATCH] * 6
    for sequence in range(5):
        line.ingest.handle(REDUCER, Message(kind=Kind.APPLIED, sequence=sequence))
        line.ingest.step()
    assert Kind.END not in line.from_ingest.kinds()
    line.ingest.handle(REDUCER, Message(kind=Kind.APPLIED, sequence=5))
    line.ingest.step()
    assert line.from_ingest.kinds()[-1] is Kind.END


def test_an_empty_run_ends(water: Setup, water_text: str) -> None:
    line = FakeLine(water, water_text, [])
    line.start()
    assert line.finish().train_count == 0


def test_stop_brings_what_was_sent_to_its_end(line: FakeLine, water: Setup, batches: list[Batch]) -> None:
    line.start()
    line.turn()
    line.ingest.stop()
    total = line.finish()
    sent = len(line.sent)
    assert 0 < sent < 6
    assert np.array_equal(total.values, analyse_all(batches[:sent], water).values)
    snapshot = line.ask()
    assert snapshot is not None
    assert snapshot.state.finished
    assert snapshot.state.trains_expected == 12


def test_pace_holds_trains_per_second() -> None:
    clock = Clock(now=100.0)
    pace = Pace(10.0, clock)
    for tick in range(41):
        clock.now = 100.0 + tick * 0.25
        while pace.due():
            pace.count(4)
        assert abs(pace._trains - tick * 2.5) <= 4


def test_a_paced_line_sends_batches_when_they_are_due(water: Setup, water_text: str, batches: list[Batch]) -> None:
    clock = Clock()
    line = FakeLine(water, water_text, batches, workers=4, pace=Pace(2.0, clock))
    line.start()
    counts = []
    for second in (0.0, 0.5, 1.0, 2.0):
        clock.now = second
        line.turn()
        counts.append(len(line.sent))
    assert counts == [1, 1, 2, 3]


def test_versions_come_at_most_ten_a_second(line: FakeLine) -> None:
    line.start()
    line.turn()
    first = line.reducer.version
    line.turn()
    line.turn()
    assert line.reducer.version == first
    line.clock.now += PUBLISH_SECONDS
    line.reducer.step()
    assert line.reducer.version == first + 1
    line.clock.now += 10 * PUBLISH_SECONDS
    line.reducer.step()
    assert line.reducer.version == first + 1, "nothing new, no version"


def test_the_end_is_published_at_once(line: FakeLine) -> None:
    line.start()
    line.finish()
    snapshot = line.ask()
    assert snapshot is not None
    assert snapshot.state.finished
    assert snapshot.state.total.train_count == 12


def test_a_question_waits_for_something_newer(line: FakeLine) -> None:
    line.start()
    line.finish()
    first = line.ask()
    assert first is not None
    assert line.ask(first.state.version) is None
    line.inference.handle(first)
    ((_, geometry),) = line.from_inference.take()
    line.reducer.take(geometry)
    line.reducer.step()
    second = line.snapshot()
    assert second is not None
    assert second.reconstructed_version == first.state.version
    assert {each.method for each in second.reconstructions} == {METHOD}
    assert line.ask(second.state.version, second.reconstructed_version) is None


def test_a_delta_of_another_setup_is_counted_and_survived(
    line: FakeLine, water: Setup, water_text: str, batches: list[Batch]
) -> None:
    foreign = Delta(setup_hash="other", values=np.ones(3, np.int64), trains=np.array([[50, 52]], np.uint64))
    short = Delta(setup_hash=water.hash, values=np.ones(1, np.int64), trains=np.array([[60, 60]], np.uint64))
    for sequence, delta in enumerate([foreign, short]):
        message = Message(
            kind=Kind.DELTA,
            incarnation=1,
            sequence=sequence,
            info={"setup_hash": delta.setup_hash},
            buffers={"values": delta.values, "trains": delta.trains},
        )
        line.reducer.take(Revisions(water_text).of(0).on(message))
    assert line.reducer.rejected == {"not mergeable": 4}
    assert [message.sequence for _, message in line.from_reducer.take()] == [0, 1], "acknowledged, not sent again"
    line.start()
    assert np.array_equal(line.finish().values, analyse_all(batches, water).values)


def test_trains_that_the_source_could_not_give_are_told(water: Setup, water_text: str, batches: list[Batch]) -> None:
    line = FakeLine(water, water_text, batches, rejected={"unreadable": 3})
    line.start()
    line.finish()
    snapshot = line.ask()
    assert snapshot is not None
    assert snapshot.state.rejected == {"unreadable": 3}


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("value", ["many", float("inf"), 1.5])
def test_words_without_sense_change_nothing(line: FakeLine, kind: Kind, value: str | float) -> None:
    names = ("credits", "since", "geometry", "trains_expected", "rejected so", "setup_hash")
    message = Message(kind=kind, info=dict.fromkeys(names, value))
    actions = (line.reducer.take, line.reducer.hear, lambda m: line.reducer.ask(b"x", m))
    for action in (*actions, lambda m: line.ingest.handle(b"x", m)):
        if kind in {Kind.GEOMETRY, Kind.END}:
            continue
        try:
            action(message)
        except WireError:
            continue
    line.reducer.step()
    line.start()
    assert line.finish().train_count == 12


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
    workers: int, water: Setup, water_text: str, revised_text: str, batches: list[Batch]
) -> None:
    first = int(batches[2].train_id[1])  # in the middle of a batch
    line = FakeLine(water, water_text, batches, workers=workers, planned=((first, revised_text),))
    line.start()
    total, late = line.finish(), from_train(batches, first)
    expected = analyse_all([Batch.of(late)], Setup.from_toml(revised_text))
    assert 0 < len(late) < 12
    assert total.setup_hash == expected.setup_hash != water.hash
    assert np.array_equal(total.values, expected.values)
    assert np.array_equal(total.trains, expected.trains)
    assert line.reducer.rejected == {EARLIER: 12 - len(late)}
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
    line.turn()
    ((reader, answer),) = line.to_readers.take()
    assert (reader, answer.kind) == (b"dashboard", Kind.REVISED)
    assert (answer.info["revision"], answer.info["first_train"]) == (1, before + 1)
    expected = analyse_all([Batch.of(from_train(batches, before + 1))], Setup.from_toml(revised_text))
    assert np.array_equal(line.finish().values, expected.values)


def refusal(line: FakeLine, message: Message) -> str:
    line.reducer.ask(b"dashboard", message)
    line.turn()
    ((reader, answer),) = [each for each in line.to_readers.take() if each[1].kind is not Kind.SNAPSHOT]
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
    line.reducer.take(late)
    after = line.ask(before.state.version)
    assert after is not None
    assert (after.setup_text, after.reconstructions) == (revised_text, ())


def test_a_reset_begins_the_sums_anew_with_the_same_setup(line: FakeLine, water: Setup, batches: list[Batch]) -> None:
    line.start()
    line.turn()
    before = line.ingest.newest_train
    line.reducer.ask(b"dashboard", revise_message(None))
    line.turn()
    ((_, answer),) = line.to_readers.take()
    assert answer.kind == Kind.REVISED, answer.info
    assert answer.info["first_train"] == before + 1
    expected = analyse_all([Batch.of(from_train(batches, before + 1))], water)
    total = line.finish()
    assert np.array_equal(total.values, expected.values)
    assert total.setup_hash == water.hash
    assert line.reducer.rejected[EARLIER] == before - batches[0].train_id[0] + 1


def test_a_reset_after_a_revision_keeps_the_setup_of_its_train() -> None:
    revisions = Revisions("first", ((10, "second"), (20, "third")))
    assert revisions.add(15, "").setup_text == "second"
    assert revisions.add(5, "").setup_text == "first"
