"""Readers that wait, by hand: nobody waits for ever, nobody takes more than the share of all."""

from dataclasses import dataclass

import pytest

from onlinecei.stream.questions import BYTES_PER_SECOND, MOST_WAITING, Question, Questions
from onlinecei.stream.share import AHEAD_S


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def questions(clock: Clock) -> Questions:
    return Questions(clock)


def served(questions: Questions, version: int = 5, size: int = 0, made_from: int = -1) -> list[bytes]:
    names = []
    for reader, _ in questions.due(version, made_from):
        questions.answered(reader, size)
        names.append(reader)
    return names


@pytest.mark.parametrize(
    ("question", "due"),
    [
        (Question(), True),
        (Question(since=4), True),
        (Question(since=5), True),
        (Question(since=6), True),
        (Question(since=2**62), True),
        (Question(since=-9), True),
        (Question(since=5, geometry=3), False),
        (Question(since=5, geometry=2**62), False),
    ],
)
def test_a_question_waits_only_for_what_is_really_newer(question: Question, due: bool) -> None:
    assert question.is_due(5, 3) is due


def test_strangers_without_end_push_nobody_out_for_good(questions: Questions) -> None:
    for k in range(1000):
        questions.ask(f"stranger-{k}".encode(), Question(since=5))
    assert len(questions) == MOST_WAITING
    questions.ask(b"dashboard", Question())
    assert len(questions) == MOST_WAITING
    assert served(questions) == [b"dashboard"]


def test_one_who_asks_without_end_holds_one_place(questions: Questions) -> None:
    for _ in range(1000):
        questions.ask(b"flood", Question())
    assert served(questions) == [b"flood"]
    assert len(questions) == 0


def test_a_question_that_is_put_again_is_answered_though_nothing_is_newer(questions: Questions) -> None:
    questions.ask(b"dashboard", Question(since=5, geometry=0))
    assert served(questions) == []
    questions.ask(b"dashboard", Question(since=5, geometry=0))
    assert served(questions) == [b"dashboard"]


def test_answers_cost_a_bounded_number_of_bytes_a_second(questions: Questions, clock: Clock) -> None:
    size, answers = BYTES_PER_SECOND // 20, 0
    for _ in range(1000):
        clock.now += 0.01
        for k in range(10):
            questions.ask(f"flood-{k}".encode(), Question())
        answers += len(served(questions, size=size))
    assert 15 * clock.now < answers <= 20 * (clock.now + AHEAD_S) + 2


def test_a_quiet_reader_is_served_beside_one_that_floods(questions: Questions, clock: Clock) -> None:
    waited, size = 0, BYTES_PER_SECOND // 20
    questions.ask(b"flood", Question())
    for _ in range(100):
        questions.ask(b"dashboard", Question())
        while b"dashboard" not in served(questions, size=size):
            questions.ask(b"flood", Question())
            clock.now, waited = clock.now + 0.01, waited + 1
    assert waited <= 100 * 2 * 6, "every second answer is the dashboard's, each of five ticks and a rounded one"
