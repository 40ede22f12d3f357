"""Hits are read as ions of every species whose window they fall into."""

from collections.abc import Callable

import numpy as np

from onlinecei.coincidence import identify
from onlinecei.detector import accept
from onlinecei.ions import Channel
from onlinecei.records import Batch, Ions, Train
from onlinecei.setup import Setup
from onlinecei.spectrometer import windows


def identified(train: Train, setup: Setup) -> Ions:
    return identify(accept(Batch.of([train]), setup), setup)


def test_momenta_come_back(water: Setup, train_of: Callable, hits_of: Callable) -> None:
    channel = Channel.parse("O+/H+/H+")
    momenta = np.random.default_rng(2).normal(scale=20.0, size=(200, 3, 3))
    ions = identified(train_of(list(hits_of(momenta, channel, water))), water)
    assert ions.first_ion.tolist() == list(range(0, 601, 3))
    assert ions.species.tolist() == [1, 1, 0] * 200
    oxygen = ions.momentum_au[ions.species == 0]
    np.testing.assert_allclose(oxygen, momenta[:, 0], atol=0.02)  # single precision of the hits
    late_first = np.take_along_axis(momenta[:, 1:], np.argsort(-momenta[:, 1:, 2:], axis=1), axis=1)
    np.testing.assert_allclose(ions.momentum_au[ions.species == 1].reshape(-1, 2, 3), late_first, atol=0.02)


def test_a_hit_in_two_windows_is_two_ions_of_one_hit(train_of: Callable, water_text: str) -> None:
    wide = water_text.replace("momentum_max_au = 80.0", "momentum_max_au = 400.0")
    setup = Setup.from_toml(wide.replace("momentum_max_au = 300.0", "momentum_max_au = 4000.0"))
    first, last = windows(setup).T
    assert first.max() < last.min()
    ions = identified(train_of([[(0, 0, (first.max() + last.min()) / 2)]]), setup)
    assert ions.hit.tolist() == [0, 0]
    assert ions.species.tolist() == [0, 1]


def test_window_edges_belong_to_the_window(water: Setup, train_of: Callable) -> None:
    first, last = windows(water)[1]
    inside, outside = np.float32([first + 1e-2, last - 1e-2]), np.float32([first - 1e-2, last + 1e-2])
    assert identified(train_of([[(0, 0, t) for t in inside]]), water).hit.size == 2
    assert identified(train_of([[(0, 0, t) for t in outside]]), water).hit.size == 0


def test_within_a_species_momenta_along_the_flight_fall(water_batch: Batch, water: Setup) -> None:
    ions = identify(accept(water_batch, water), water)
    assert ions.at_node == 0
    for start, stop in zip(ions.first_ion, ions.first_ion[1:], strict=False):
        for species in (0, 1):
            along = ions.momentum_au[start:stop][ions.species[start:stop] == species, 2]
            assert np.all(np.diff(along) <= 0)
