"""Trains that are not in a result are counted once, and those that lack something are not among them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onlinecei.analysis import analyse
from onlinecei.api import Result
from onlinecei.arrays import U8
from onlinecei.cli._follow_live import one_line
from onlinecei.cli._status_view import view
from onlinecei.files.provenance import origin_in_words, provenance
from onlinecei.files.result import read_result, write_result
from onlinecei.records import Batch, Facts, Snapshot
from onlinecei.records.facts import WITHOUT
from onlinecei.report import report_page
from onlinecei.setup import Setup
from onlinecei.stream.account import Account
from onlinecei.stream.figures import Figures, Seen
from onlinecei.stream.rates import Rates
from onlinecei.stream.revisions import Revisions
from onlinecei.stream.snapshots import MOST_REASONS, message_of, snapshot_of
from onlinecei.stream.wire import decode, encode

NO_DELAY = f"no delay from SCS_ILH_LAS/MOTOR/LT3-OF-THE-LONG-DELAY-STAGE, {WITHOUT}"
"""Longer than a message names it."""
REPEATED, FULL, POISON = "repeated train id", "the queue was full", "an offset points outside"


def trains(first: int, count: int) -> U8:
    return np.array([[first, first + count - 1]], np.uint64)


def published(account: Account) -> Snapshot:
    """What a reader gets: the reducer's own counts are among its facts."""
    facts = replace(account.told, dropped=account.dropped, quarantined=account.quarantined)
    return snapshot_of(decode([bytes(frame) for frame in encode(message_of(account, 1, facts))]))


def account_of(batch: Batch, water_text: str, water: Setup, missing: dict[str, int]) -> Account:
    revision = Revisions(water_text).of(0)
    account = replace(
        Account.of(revision), run="water.h5", trains_expected=12 + 200 + 7 + 2 + 5, finished=True,
        told=Facts(mode="live", missing=missing),
    )  # fmt: skip
    account = account.with_delta(analyse(batch, water), revision, trains(0, 12))
    account = account.leaving_out(trains(1000, 7), "dropped", FULL)
    return account.leaving_out(trains(2000, 2), "quarantined", POISON)


@pytest.fixture
def snapshot(water_batch: Batch, water_text: str, water: Setup) -> Snapshot:
    return published(account_of(water_batch, water_text, water, {REPEATED: 200, NO_DELAY: 9}))


def test_each_train_is_counted_once(snapshot: Snapshot) -> None:
    state = snapshot.state
    assert state.left_out == {REPEATED: 200, f"dropped: {FULL}": 7, f"quarantined: {POISON}": 2}
    assert state.incomplete == {NO_DELAY: 9}
    assert state.trains_missing == 5
    assert sum(state.rejected.values()) == 218, "the reducer counts what the facts name too"


def test_everything_that_shows_or_counts_says_the_same(snapshot: Snapshot, tmp_path: Path) -> None:
    told = provenance(snapshot)
    assert told["trains_left_out"] == snapshot.state.left_out
    assert told["trains_incomplete"] == {NO_DELAY: 9}
    assert told["trains_missing"] == 5
    assert origin_in_words(snapshot)["trains_left_out"] == 209
    page = report_page(snapshot)
    assert "209 trains are not in it" in page
    assert f"9 trains are in it and not whole: {NO_DELAY}." in page
    assert f"left out, trains: {NO_DELAY}" not in page
    assert "dropped: the queue was full" in Result(snapshot)._repr_html_()
    write_result(tmp_path / "result.h5", snapshot)
    again = read_result(tmp_path / "result.h5").state
    assert (again.left_out, again.incomplete) == (snapshot.state.left_out, snapshot.state.incomplete)
    assert again.trains_missing == 5


def test_the_terminal_and_the_metrics_say_the_same(snapshot: Snapshot) -> None:
    from rich.console import Console  # noqa: PLC0415

    seen = Seen(snapshot=snapshot, facts=snapshot.state.facts, silent_s=0.0)
    console = Console(width=200)
    with console.capture() as captured:
        console.print(view(seen, Rates()))
    rows = [line.split() for line in captured.get().splitlines()]
    assert [row[:3] for row in rows if row[:1] in (["left"], ["incomplete"])] == [
        ["left", "out", "200"], ["left", "out", "7"], ["left", "out", "2"], ["incomplete", "9", "no"],
    ]  # fmt: skip
    assert one_line(seen, Rates()).count("200") == 1
    values = {
        (sample.name, sample.labels.get("reason")): sample.value
        for family in Figures(seen).collect()
        for sample in family.samples
    }
    assert values["onlinecei_trains_left_out_total", REPEATED] == 200
    assert values["onlinecei_trains_incomplete_total", NO_DELAY] == 9
    assert ("onlinecei_trains_left_out_total", NO_DELAY) not in values
    assert values["onlinecei_trains_rejected", REPEATED] == 200
    assert not any(name == "onlinecei_trains_rejected" and NO_DELAY[:50] in str(reason) for name, reason in values)


def test_more_reasons_than_a_message_names_are_counted_once(water_batch: Batch, water_text: str, water: Setup) -> None:
    missing = {f"reason {number:02d}": number + 1 for number in range(3 * MOST_REASONS)}
    state = published(account_of(water_batch, water_text, water, {**missing, f"a {WITHOUT}": 4})).state
    assert "for other reasons" in state.rejected
    assert sum(state.left_out.values()) == sum(missing.values()) + 9
    assert state.incomplete == {f"a {WITHOUT}": 4}


def test_a_run_that_is_read_without_a_line_says_the_same(snapshot: Snapshot) -> None:
    alone = replace(snapshot.state, rejected={REPEATED: 200, NO_DELAY: 9}, facts=Facts())
    assert alone.left_out == {REPEATED: 200}
    assert alone.incomplete == {NO_DELAY: 9}
