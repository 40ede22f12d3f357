"""What the log says of trains that lack something: when it begins, once a minute, and when it is over."""

import logging
from collections.abc import Callable

import pytest

from onlinecei.stream.sources._census import Census
from onlinecei.stream.sources._spells import MOST_REASONS

REASON = "no delay from M, left out"


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, object]]]:
    """Give the lines since it was asked last: the event and its fields."""
    caplog.set_level(logging.INFO)
    fields = ("reason", "train", "first_train", "last_train", "count", "detail")

    def take() -> list[dict[str, object]]:
        lines = [
            {"event": record.getMessage(), **{name: vars(record)[name] for name in fields if name in vars(record)}}
            for record in caplog.records
        ]
        caplog.clear()
        return lines

    return take


def reject(census: Census, now: float, train_id: int | None, detail: str = "") -> None:
    census.look(now)
    census.reject(REASON, detail, train_id)


def test_it_is_said_at_which_train_it_begins_goes_on_and_is_over(said: Callable) -> None:
    census = Census()
    reject(census, 1000.0, 17, "'v' is the text 'far'")
    assert said() == [{"event": REASON, "train": 17, "detail": "'v' is the text 'far'"}]
    for tenth in range(1, 600):
        reject(census, 1000.0 + tenth / 10, 17 + tenth)
    assert said() == []
    reject(census, 1060.0, 617)
    assert said() == [{"event": "goes on", "reason": REASON, "first_train": 17, "last_train": 617, "count": 601}]
    reject(census, 1070.0, 700)
    census.look(1129.9)
    assert said() == []
    census.look(1130.0)
    assert said() == [{"event": "is over", "reason": REASON, "first_train": 17, "last_train": 700, "count": 602}]
    census.look(5000.0)
    assert said() == []
    assert census.counts == {REASON: 602}


def test_what_begins_again_is_said_again(said: Callable) -> None:
    census = Census()
    reject(census, 0.0, 1)
    reject(census, 200.0, 2000)
    assert [(line["event"], line.get("train")) for line in said()] == [(REASON, 1), ("is over", None), (REASON, 2000)]


def test_a_flood_makes_a_line_a_minute(said: Callable) -> None:
    census = Census()
    for second in range(3600):
        for _ in range(20):
            reject(census, float(second), None)
    assert len(said()) == 60
    assert census.counts == {REASON: 72_000}


def test_no_more_reasons_are_followed_than_fit(said: Callable) -> None:
    census = Census()
    for number in range(1000):
        census.reject(f"reason {number}", train_id=number)
    assert len(said()) == MOST_REASONS
    assert len(census._spells._spells) == MOST_REASONS
