"""What is made of looks at a line under load."""

from pathlib import Path

import numpy as np
import pytest

from onlinecei.bench.soak import Look, Soaked, soak
from onlinecei.errors import CEIError


def look(at_s: float, trains: int, megabytes: float, slow_ms: float = 50.0) -> Look:
    return Look(
        at_s=at_s,
        trains=trains,
        hits=10 * trains,
        resident_bytes=int(1e6 * megabytes),
        latency_p50_s=0.02,
        latency_p99_s=1e-3 * slow_ms,
    )


def test_the_beginning_counts_for_nothing() -> None:
    looks = [look(0, 0, 100, 900), look(5, 10, 400, 800), look(20, 100, 500), look(60, 4100, 501), look(100, 8100, 502)]
    soaked = Soaked(looks=looks, received=8100, analysed=8000, left_out={"dropped": 60})
    assert soaked.trains_per_s == 100
    assert soaked.hits_per_s == 1000
    assert soaked.resident_bytes == (500_000_000, 502_000_000)
    assert soaked.growth_bytes_per_h == pytest.approx(3600 * 2e6 / 80)
    assert soaked.latency_s == (0.02, 0.05)
    assert soaked.lost == 40


def test_one_look_gives_no_rate() -> None:
    soaked = Soaked(looks=[look(0, 10, 100)])
    assert np.isnan([soaked.trains_per_s, soaked.hits_per_s, soaked.growth_bytes_per_h]).all()


def test_a_run_that_is_none_is_said_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(CEIError, match="none"):
        soak(tmp_path / "none.h5", 1.0)
