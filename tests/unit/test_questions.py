"""Readers that wait, by hand: nobody waits for ever, nobody takes more than the share of all."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from onlinecei.stream.questions import BYTES_PER_SECOND, MOST_WAITING, Newest, Question, Questions
from onlinecei.stream.share import AHEAD_S
from onlinecei.stream.wire import Kind, Message


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Line:
    """A version of any size for readers who take it, or do not."""

    size: int = 0
    takes: bool = True
    made: int = 0
    sent: list[tuple[bytes, Kind]] = field(default_factory=list)

    def send(self, message: Message, to: bytes = b"") -> bool:
        self.sent.append((to, message.kind))
        return self.takes

    def snapshot(self, _events: bool) -> Message:
        self.made += 1
        return Message(kind=Kind.SNAPSHOT, buffers={"values": np.empty(self.size, np.uint8)})

    def serve(self, questions: Questions, version: int = 5, made_from: int = -1) -> list[bytes]:
        self.sent = []
        facts = Message(kind=Kind.FACTS)
        newest = Newest(
            version=version, made_from=made_from, finished=False, snapshot=self.snapshot, facts=lambda: facts
        )
        questions.give(self, newest)
        return [reader for reader, _ in self.sent]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def questions(clock: Clock) -> Questions:
    return Questions(clock)


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def large() -> Line:
    return Line(size=BYTES_PER_SECOND // 20)


@pytest.mark.parametrize(
    ("question", "due"),
    [
        (Question(), True),
        (Question(since=4), True),
        (Question(since=5), True),
        (Question(since=6), True),
        (Question(since=2**62), True),
        (Question(since=-9), True),
        (Question(since=5, geometry=2), True),
        (Question(since=5, geometry=3), False),
        (Question(since=5, geometry=2**62), False),
    ],
)
def test_a_question_waits_only_for_what_is_really_newer(question: Question, due: bool) -> None:
    assert question.is_due(5, 3) is due


def test_strangers_without_end_push_nobody_out_for_good(questions: Questions, line: Line) -> None:
    for k in range(1000):
        questions.ask(f"stranger-{k}".encode(), Question(since=5))
    assert len(questions) == MOST_WAITING
    questions.ask(b"dashboard", Question())
    assert len(questions) == MOST_WAITING
    assert line.serve(questions) == [b"dashboard"]


def test_one_who_asks_without_end_holds_one_place(questions: Questions, line: Line) -> None:
    for _ in range(1000):
        questions.ask(b"flood", Question())
    assert line.serve(questions) == [b"flood"]
    assert len(questions) == 0


def test_a_version_is_put_into_a_message_once(questions: Questions, line: Line) -> None:
    for _ in range(10):
        for events in (False, True):
            questions.ask(f"{events}".encode(), Question(events=events))
        line.serve(questions)
    assert line.made == 2
    questions.ask(b"dashboard", Question())
    line.serve(questions, version=6)
    assert line.made == 3


def test_a_question_that_is_put_again_is_answered_though_nothing_is_newer(questions: Questions, line: Line) -> None:
    questions.ask(b"dashboard", Question(since=5, geometry=0))
    assert line.serve(questions) == []
    questions.ask(b"dashboard", Question(since=5, geometry=0))
    assert line.serve(questions) == [b"dashboard"]
    assert line.sent == [(b"dashboard", Kind.FACTS)]


def test_answers_cost_a_bounded_number_of_bytes_a_second(questions: Questions, clock: Clock, large: Line) -> None:
    answers = 0
    for _ in range(1000):
        clock.now += 0.01
        for k in range(10):
            questions.ask(f"flood-{k}".encode(), Question())
        answers += len(large.serve(questions))
    assert 15 * clock.now < answers <= 20 * (clock.now + AHEAD_S) + 2


def test_who_takes_nothing_costs_the_others_nothing(questions: Questions, large: Line) -> None:
    large.takes = False
    for _ in range(100):
        questions.ask(b"asleep", Question())
        assert large.serve(questions) == [b"asleep"]
    large.takes = True
    questions.ask(b"dashboard", Question())
    assert large.serve(questions) == [b"dashboard"]


def test_a_quiet_reader_is_served_beside_one_that_floods(questions: Questions, clock: Clock, large: Line) -> None:
    waited = 0
    questions.ask(b"flood", Question())
    for _ in range(100):
        questions.ask(b"dashboard", Question())
        while b"dashboard" not in large.serve(questions):
            questions.ask(b"flood", Question())
            clock.now, waited = clock.now + 0.01, waited + 1
    assert waited <= 100 * 2 * 6, "every second answer is the dashboard's, each of five ticks and a rounded one"
