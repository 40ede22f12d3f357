"""The Monte Carlo runs that come with the program give what `replay_data/README.md` says, without their truth."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.transform import Rotation

from onlinecei import units
from onlinecei.files.result import read_result
from onlinecei.ions import Channel
from onlinecei.records import Centroids, Snapshot

Replay = Callable[[str], Snapshot]


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory, cli: Callable, water_run: Path) -> Replay:
    """Replay a run, once for all who look at it."""

    @cache
    def run(name: str) -> Snapshot:
        folder = tmp_path_factory.mktemp(name)
        copy = folder / f"{name}.h5"
        copy.write_bytes((water_run.parent / copy.name).read_bytes())
        done = cli("replay", copy, "--headless", "--workers", 2, "--out", folder / "out")
        assert done.returncode == 0, done.stderr
        assert not list(folder.rglob("*.truth.h5")), "the replay had no truth beside it"
        return read_result(folder / "out" / "result.h5")

    return run


def centroids(snapshot: Snapshot, *ions: str) -> list[Centroids]:
    """Those of one channel, by delay."""
    found = [each.centroids for each in snapshot.reconstructions]
    return [each for each in found if tuple(ion.name for ion in each.channel.ions) == ions]


def misses(found: np.ndarray, truth: np.ndarray, channel: Channel) -> np.ndarray:
    """Distances (N,) of vectors from the truth after the best turn and naming of identical ions."""
    return np.linalg.norm(off(found, truth, channel), axis=1)


def off(found: np.ndarray, truth: np.ndarray, channel: Channel) -> np.ndarray:
    """The same, by coordinate (N, 3)."""
    names, random, best = np.array([ion.symbol for ion in channel.ions]), np.random.default_rng(0), np.full(3, np.inf)
    for turn in Rotation.random(200, random_state=random):
        for _ in range(8):
            apart = np.linalg.norm(turn.apply(found)[:, None] - truth, axis=2)
            cost = np.where(names[:, None] == names, apart**2, 1e9)
            order = linear_sum_assignment(cost)[1]
            turn = Rotation.align_vectors(truth[order], found)[0]  # noqa: PLW2901 - better with each round
        best = min(best, turn.apply(found) - truth[order], key=lambda each: np.sum(each**2))
    return best


def mae_au(snapshot: Snapshot, truth: Path, *ions: str) -> float:
    """Mean absolute error of the coordinates of a geometry: from the simulated molecule's, about the centre of mass."""
    (found,) = (
        each for each in snapshot.reconstructions if tuple(ion.name for ion in each.centroids.channel.ions) == ions
    )
    assert found.found, found.reason
    assert found.method == "network onlinecei, refined"
    with h5py.File(truth) as file:
        names, positions = file["molecule/symbols"].asstr()[()].tolist(), file["molecule/positions_au"][()]
    left = {symbol: [place for place, name in enumerate(names) if name == symbol] for symbol in names}
    order = [left[ion.symbol].pop() for ion in found.centroids.channel.ions]
    masses = found.centroids.channel.masses_au
    true = positions[order] - np.average(positions[order], axis=0, weights=masses)
    return float(np.abs(off(found.positions_au, true, found.centroids.channel)).mean())


def test_tetrafluoromethane(replay: Replay) -> None:
    snapshot = replay("tetrafluoromethane")
    (whole,) = centroids(snapshot, "F+", "F+", "F+", "F+", "C+")
    assert whole.complete
    assert (whole.events, whole.labelled) == (393, True)
    assert whole.mean_ker_ev == pytest.approx(80.3, abs=1.0), "as the trajectories alone"
    assert 0 < whole.false_events < 25, "9 in truth"
    assert snapshot.state.total.train_count == 200
    fluorines, carbon = whole.momentum_au[:4], whole.momentum_au[4]
    lengths = np.linalg.norm(fluorines, axis=1)
    np.testing.assert_allclose(lengths, 224.8, atol=2.0)
    angles = (fluorines @ fluorines.T / np.outer(lengths, lengths))[np.triu_indices(4, 1)]
    np.testing.assert_allclose(angles, -1 / 3, atol=0.02)
    assert np.linalg.norm(carbon) < 2.0
    (geometry,) = (each for each in snapshot.reconstructions if each.centroids.complete)
    assert geometry.found
    bonds = np.linalg.norm(geometry.positions_au[:4] - geometry.positions_au[4], axis=1) / units.ANGSTROM
    np.testing.assert_allclose(bonds, 1.32, atol=0.1)


ETHANOL_AU = np.array(
    [
        [-125.1, -59.5, -0.2], [102.7, -56.5, 0.0], [4.2, 97.5, 0.2], [-59.8, 1.7, 0.0], [-2.5, 42.0, 41.8],
        [-2.6, 41.9, -41.8], [58.7, 14.8, 0.0], [12.2, -40.9, 43.1], [12.2, -41.0, -43.1],
    ]
)  # fmt: skip
"""Mean momenta of the simulated trajectories that end as nine singly charged ions, their atoms known by name."""


@pytest.mark.parametrize(
    ("name", "ions", "bar_au"),
    [
        ("water-monte-carlo", ("O+", "H+", "H+"), 0.15),
        ("tetrafluoromethane", ("F+", "F+", "F+", "F+", "C+"), 0.12),
        ("ethanol", ("O+", "C+", "C+", *["H+"] * 6), 0.22),
    ],
)
def test_geometries_through_the_whole_instrument(
    replay: Replay, water_run: Path, name: str, ions: tuple[str, ...], bar_au: float
) -> None:
    error = mae_au(replay(name), water_run.parent / f"{name}.truth.h5", *ions)
    assert error < bar_au


def test_ethanol(replay: Replay) -> None:
    snapshot = replay("ethanol")
    first, second, whole = snapshot.reconstructions
    for each, events, true, ker, error in ((first, 1552, 926, 51.8, 6.0), (second, 2370, 912, 108.0, 25.0)):
        assert each.centroids.events == events
        assert abs(each.centroids.true_events - true) < 3.0 * each.centroids.true_error, "the truth file's number"
        assert each.centroids.mean_ker_ev == pytest.approx(ker, abs=error), "that of ions of one molecule"
        assert not each.found, "atoms are missing"
    assert whole.centroids.labelled
    assert whole.centroids.events == 399
    assert any("12 of the 399" in doubt for doubt in whole.doubts)
    apart = misses(whole.centroids.momentum_au, ETHANOL_AU, whole.centroids.channel)
    assert apart.max() < 6.0
    assert np.median(apart) < 2.0
    assert whole.found


def test_the_kinetic_energy_falls_as_the_ring_of_cyclobutene_opens(replay: Replay) -> None:
    snapshot = replay("cyclobutene")
    for ions, drop in ((("C+", "C+"), 3.0), (("C+", "C+", "C+"), 4.0)):
        delays = centroids(snapshot, *ions)
        assert len(delays) == 10
        assert sum(each.events for each in delays) == {2: 8394, 3: 2551}[len(ions)]
        ker = np.array([each.mean_ker_ev for each in delays])
        assert ker[:2].mean() - ker[-3:].mean() > drop
