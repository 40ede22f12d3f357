"""What is made of looks at a line under load."""

from pathlib import Path

import numpy as np
import pytest

from onlinecei.bench.soak import Look, Soaked, soak
from onlinecei.errors import CEIError
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
