"""What is made of looks at a line under load."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from onlinecei.bench.soak import Look, Soaked, soak
from onlinecei.bench.soak_verdict import complaints
from onlinecei.bench.stopped_reader import stopped_readers
from onlinecei.cli import app
from onlinecei.errors import CEIError, LineError
from onlinecei.records.facts import LATENCY_BOUNDS_S


def counts(**batches: int) -> tuple[int, ...]:
    """Put batches into the bins that end at so many milliseconds."""
    milliseconds = {f"ms{1000 * bound:.0f}": number for number, bound in enumerate(LATENCY_BOUNDS_S)}
    made = [0] * (len(LATENCY_BOUNDS_S) + 1)
    for name, count in batches.items():
        made[milliseconds.get(name, -1)] += count
    return tuple(made)


def look(at_s: float, trains: int, megabytes: float, slow_ms: float = 50.0, **batches: int) -> Look:
    return Look(
        at_s=at_s,
        trains=trains,
        hits=10 * trains,
        resident_bytes=int(1e6 * megabytes),
        latency_p50_s=0.02,
        latency_p99_s=1e-3 * slow_ms,
        latency_counts=counts(**batches),
    )


def test_the_beginning_counts_for_nothing() -> None:
    looks = [
        look(0, 0, 100, 900),
        look(5, 10, 400, 800, ms3000=50),
        look(20, 100, 500, ms3000=50),
        look(60, 4100, 501, 120, ms3000=50, ms30=900, ms150=20),
        look(100, 8100, 502, ms3000=50, ms30=1960, ms150=40),
    ]
    soaked = Soaked(looks=looks, received=8100, analysed=8000, left_out={"dropped": 60})
    assert soaked.trains_per_s == 100
    assert soaked.hits_per_s == 1000
    assert soaked.resident_bytes == (500_000_000, 502_000_000)
    assert soaked.growth_bytes_per_h == pytest.approx(3600 * 2e6 / 80)
    assert soaked.latency_s == pytest.approx((0.02 + 0.01 * 1000 / 1960, 0.12 + 0.03 * 20 / 40))
    assert soaked.worst_latency_s == 0.12
    assert soaked.lost == 40


def test_one_look_gives_no_rate() -> None:
    soaked = Soaked(looks=[look(0, 10, 100)])
    assert np.isnan([soaked.trains_per_s, soaked.hits_per_s, soaked.growth_bytes_per_h]).all()


def test_a_run_that_is_none_is_said_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(CEIError, match="none"):
        soak(tmp_path / "none.h5", 1.0)


def quiet(**changes: Any) -> Soaked:
    """Ten minutes against which nothing speaks, but for the changes."""
    looks = [look(at_s, 100 * at_s, 1000 + 0.02 * at_s, ms30=10 * at_s) for at_s in range(0, 601, 5)]
    return replace(Soaked(looks=looks, received=60_000, analysed=60_000), **changes)


def grown(by_megabytes: float) -> list[Look]:
    """Memory that grows in the last four minutes, on top of what it always does."""
    more = int(1e6 * by_megabytes)
    last = quiet().looks[-1]
    return [*quiet().looks[:-1], replace(last, resident_bytes=last.resident_bytes + more)]


def test_nothing_speaks_against_a_line_that_lost_nothing() -> None:
    assert complaints(quiet(), quiet(), quiet(), 0.8) == []
    assert complaints(quiet(looks=grown(20.0)), quiet(analysed=59_990, left_out={"dropped": 10}), quiet(), 0.8) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"analysed": 59_998}, "2 of 60,000 trains that came in were lost"),
        ({"analysed": 60_003}, "3 more trains are accounted for than the 60,000 that came in"),
        ({"restarts": 2}, "processes were started again: 2 restarts, expected none"),
        (
            {"looks": grown(40.0)},
            r"memory grew from 1,007 to 1,052 MB in the last 40% of the time, expected 3% at most",
        ),
    ],
)
def test_each_thing_that_went_wrong_is_a_sentence(changes: dict[str, Any], words: str) -> None:
    (full,) = complaints(quiet(**changes), quiet(), quiet(), 0.8)
    (easy,) = complaints(quiet(), quiet(**changes), quiet(), 0.8)
    (beside,) = complaints(quiet(), quiet(), quiet(**changes), 0.8)
    assert full == easy.replace("at 80% of that", "as fast as it goes")
    assert full == beside.replace("beside dashboards that hang", "as fast as it goes")
    assert words in full


def test_late_batches_count_where_the_line_is_not_at_its_limit() -> None:
    late = [replace(each, latency_counts=counts(ms30=980 * k, ms150=20 * k)) for k, each in enumerate(quiet().looks)]
    beyond = [replace(each, latency_counts=counts(ms30=980 * k, later=20 * k)) for k, each in enumerate(quiet().looks)]
    never = [replace(each, latency_counts=counts()) for each in quiet().looks]
    assert complaints(quiet(looks=late), quiet(), quiet(), 0.8) == []
    (said,) = complaints(quiet(), quiet(), quiet(looks=late), 0.8)
    assert said == "beside dashboards that hang, one batch in a hundred is later than 135 ms, expected 100 at most"
    (said,) = complaints(quiet(), quiet(looks=late), quiet(), 0.8)
    assert said == "at 80% of that, one batch in a hundred is later than 135 ms, expected 100 at most"
    (said,) = complaints(quiet(), quiet(looks=beyond), quiet(), 0.8)
    assert "later than inf ms" in said
    (said,) = complaints(quiet(), quiet(looks=never), quiet(), 0.8)
    assert "no batch was timed" in said


def test_dashboards_that_hang_may_not_slow_the_line() -> None:
    slower = [replace(each, trains=each.trains * 97 // 100) for each in quiet().looks]
    (said,) = complaints(quiet(), quiet(), quiet(looks=slower), 0.8)
    assert said == "beside dashboards that hang, 97 trains/s are analysed, without them 100"


def test_readers_that_got_no_version_to_hang_at_were_no_burden(tmp_path: Path) -> None:
    with pytest.raises(LineError, match="1 of 1 readers"), stopped_readers(f"ipc://{tmp_path}/none", 1, patience_s=0.1):
        pass


@pytest.mark.parametrize(("lost", "status"), [(0, 0), (7, 1)])
def test_the_command_fails_where_something_speaks_against_the_line(
    lost: int, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onlinecei.bench.soak.soak", lambda *_, **__: quiet(analysed=60_000 - lost))
    result = CliRunner().invoke(app, ["bench", "--soak", "1"])
    assert result.exit_code == status
    assert "trains/s" in result.stdout, "the table is there in any case"
    assert ("7 of 60,000 trains" in result.stderr) == bool(lost)
