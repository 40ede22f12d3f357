"""Numbers for pictures: where names have room, and how few events are seen."""

import numpy as np
import pytest

from onlinecei_gui.panels.label_places import places
from onlinecei_gui.panels.shapes import every, filled_reach, fitting_bins, fitting_pixels, summed

ROOM = np.array([0.0, 0.0, 300.0, 200.0])
SIZE = np.array([24.0, 16.0])


def boxes(points: np.ndarray) -> np.ndarray:
    return np.concatenate([points - 6.0, points + 6.0], axis=1)


def shared(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((np.abs(one - other) < SIZE).all())


@pytest.mark.parametrize("seed", range(5))
def test_names_keep_out_of_each_others_way(seed: int) -> None:
    points = np.random.default_rng(seed).uniform([3.0, 3.0], [297.0, 197.0], (12, 2))
    found = places(boxes(points), np.tile(SIZE, (12, 1)), ROOM)
    seen = found[np.isfinite(found[:, 0])]
    assert len(seen) >= 9
    assert (seen >= -0.01).all()
    assert (seen + SIZE <= ROOM[2:] + 0.01).all()
    assert not any(shared(a, b) for i, a in enumerate(seen) for b in seen[:i])
    near = np.abs(found + SIZE / 2 - points)[np.isfinite(found[:, 0])]
    assert (near <= SIZE / 2 + 16.0).all(), "beside what they name"


def test_a_name_without_room_is_left_out() -> None:
    found = places(boxes(np.tile([[150.0, 100.0]], (40, 1))), np.tile(SIZE, (40, 1)), ROOM)
    assert 4 <= np.isfinite(found[:, 0]).sum() < 40
    assert places(np.empty((0, 4)), np.empty((0, 2)), ROOM).shape == (0, 2)


def test_few_events_stand_in_wide_bins() -> None:
    rng = np.random.default_rng(2)
    few, many = (np.histogram(rng.normal(200.0, 20.0, events), 200, (0.0, 300.0))[0] for events in (12, 20_000))
    assert fitting_bins(many) == 1
    assert 3 <= fitting_bins(few) <= 12
    assert fitting_bins(np.zeros(9, np.int64)) == 1
    assert summed(few, 7).sum() == 12
    assert every(np.arange(11.0), 4).tolist() == [0.0, 4.0, 8.0, 10.0]
    assert summed(np.arange(10), 4).tolist() == [6, 22, 17]


def test_sparse_pictures_have_large_pixels() -> None:
    dense, sparse = np.full((2, 20, 20), 3), np.zeros((2, 20, 20), np.int64)
    sparse[:, ::2, ::2] = 1
    assert (fitting_pixels(dense), fitting_pixels(sparse)) == (1, 2)
    np.testing.assert_array_equal(summed(sparse[0], 2), np.ones((10, 10)))
    assert fitting_pixels(np.zeros((3, 3), np.int64)) == 1


def test_what_is_filled_is_found() -> None:
    counts = np.zeros((2, 40, 40), np.int64)
    counts[0, 10, 20] = 100
    assert filled_reach(np.linspace(-40.0, 40.0, 41), counts) == pytest.approx(19.0)
    assert filled_reach(np.linspace(-40.0, 40.0, 41), 0 * counts) == 40.0
