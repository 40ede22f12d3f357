"""What is said of more data holds: one and four times the data, analysed."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from onlinecei.analysis import analyse, centroids, reconstruct_all
from onlinecei.centroids.quality import Quality, qualities
from onlinecei.explosion import explode
from onlinecei.ions import Channel
from onlinecei.records import Batch, Reconstruction
from onlinecei.setup import Setup

WATER = Channel.parse("O+/H+/H+")
WATER_AU = np.array([[50.0, 0.0, 0.0], [-25.0, 45.0, 0.0], [-25.0, -45.0, 0.0]])
METHOXY = """
[molecule]
formula = "CH3O"
[spectrometer]
acceleration_mm = 95.0
field_v_per_mm = 60.0
[[ions]]
name = "O+"
momentum_max_au = 300.0
[[ions]]
name = "C+"
momentum_max_au = 300.0
[[ions]]
name = "H+"
momentum_max_au = 120.0
[[channels]]
ions = ["O+", "C+", "H+", "H+", "H+"]
momentum_sum_au = 40.0
[reconstruction]
method = "classical"
[limits]
kept_hits = 0
"""
FIVE = Channel.parse("O+/C+/H+/H+/H+")
FIVE_AU = np.array([[2.6, 0, 0], [0, 0, 0], [3.4, 1.7, 0.3], [-1.0, 1.7, 0.6], [-0.9, -1.5, 1.2]])
SITES = explode(FIVE_AU, FIVE.masses_au, FIVE.charges)
Made = tuple[Quality, Reconstruction]


@pytest.fixture
def made(hits_of: Callable, turned: Callable) -> Callable[..., Made]:
    """Explode molecules in pulses, `each` of them in one, and give the quality of the first channel."""

    def make(setup: Setup, channel: Channel, sites: np.ndarray, pulses: int, each: float = 0.0) -> Made:
        random = np.random.default_rng(pulses)
        number = random.poisson(each, pulses) if each else np.ones(pulses, np.int64)
        of_pulse = np.repeat(np.arange(pulses), number)
        momenta = turned(sites, of_pulse.size, random)
        momenta += random.normal(scale=3.0, size=momenta.shape)
        rows = hits_of(momenta, channel, setup).reshape(-1, 3).astype(np.float32)
        pulse = np.repeat(of_pulse, len(sites))
        rows = rows[np.lexsort((rows[:, 2], pulse))]
        batch = Batch(
            train_id=np.array([3], np.uint64), first_pulse=np.array([0, pulses], np.uint64),
            pulse_id=np.arange(pulses, dtype=np.uint32), delay_fs=np.full(pulses, np.nan),
            energy_uj=np.ones(pulses, np.float32), x_mm=rows[:, 0].copy(), y_mm=rows[:, 1].copy(),
            t_ns=rows[:, 2].copy(), first_hit=np.searchsorted(np.sort(pulse), np.arange(pulses + 1)).astype(np.uint64),
        )  # fmt: skip
        total = analyse(batch, setup)
        found = reconstruct_all(centroids(total, setup), setup)
        assert found[0].found, found[0].reason
        return qualities(total.values, found, setup)[0], found[0]

    return make


def test_means_of_all_events_get_twice_as_sure(made: Callable[..., Made], water_text: str) -> None:
    setup = Setup.from_toml(water_text + "[limits]\nkept_hits = 0\n")
    (few, _), (many, _) = (made(setup, WATER, WATER_AU, pulses) for pulses in (500, 2000))
    assert few.pulses_to_halve == 3 * 500
    assert many.geometry_error_au == pytest.approx(few.geometry_error_au / 2, rel=0.1)


def test_the_part_that_rests_on_the_sample_of_pulses_stays(made: Callable[..., Made], water_text: str) -> None:
    setup = Setup.from_toml(water_text + "[limits]\nkept_hits = 3000\n")
    (few, measured), (many, _) = (made(setup, WATER, WATER_AU, pulses, 0.6) for pulses in (4000, 16_000))
    stays = measured.centroids.lasting_share
    assert 0.25 < stays < 0.6
    said = few.geometry_error_au * math.sqrt((1 - stays) / 4 + stays)
    assert many.geometry_error_au == pytest.approx(said, rel=0.25)
    assert many.geometry_error_au > 0.55 * few.geometry_error_au
    assert few.pulses_to_halve == math.inf


def test_where_ions_are_told_apart_it_ends_with_the_events_that_are_used(made: Callable[..., Made]) -> None:
    setup = Setup.from_toml(METHOXY)
    rows = [made(setup, FIVE, SITES, pulses) for pulses in (220, 880, 1200, 4800)]
    errors = [np.linalg.norm(measured.centroids.error_au) for _, measured in rows]
    assert [quality.pulses_to_halve for quality, _ in rows] == [3 * 220, math.inf, math.inf, math.inf]
    assert rows[0][0].minutes_to_halve(11.0) == pytest.approx(1.0)
    assert rows[3][0].minutes_to_halve(11.0) == math.inf
    assert errors[1] == pytest.approx(errors[0] / 2, rel=0.25)
    assert errors[3] == pytest.approx(errors[2], rel=0.25)
    assert rows[3][1].centroids.events == rows[2][1].centroids.events == 1000
    assert (rows[3][0].events, rows[3][1].centroids.labelled) == (4800, True)


def test_where_few_events_are_kept_it_ends_with_those(made: Callable[..., Made]) -> None:
    setup = Setup.from_toml(METHOXY + "kept_events = 240\n")
    (few, _), (many, measured) = (made(setup, FIVE, SITES, pulses) for pulses in (60, 960))
    assert few.pulses_to_halve == 3 * 60
    assert many.pulses_to_halve == math.inf
    assert measured.centroids.events == 240
