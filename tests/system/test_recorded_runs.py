"""The Monte Carlo runs that come with the program give what `replay_data/README.md` says, without their truth."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from onlinecei.files.result import read_result
from onlinecei.records import Centroids, Snapshot

Replay = Callable[[str], Snapshot]


@pytest.fixture
def replay(tmp_path: Path, cli: Callable, water_run: Path) -> Replay:
    def run(name: str) -> Snapshot:
        copy = tmp_path / f"{name}.h5"
        copy.write_bytes((water_run.parent / copy.name).read_bytes())
        done = cli("replay", copy, "--headless", "--workers", 2, "--out", tmp_path / "out")
        assert done.returncode == 0, done.stderr
        assert not list(tmp_path.rglob("*.truth.h5")), "the replay had no truth beside it"
        return read_result(tmp_path / "out" / "result.h5")

    return run


def centroids(snapshot: Snapshot, *ions: str) -> list[Centroids]:
    """Those of one channel, by delay."""
    found = [each.centroids for each in snapshot.reconstructions]
    return [each for each in found if tuple(ion.name for ion in each.channel.ions) == ions]


def test_tetrafluoromethane(replay: Replay) -> None:
    snapshot = replay("tetrafluoromethane")
    (whole,) = centroids(snapshot, "F+", "F+", "F+", "F+", "C+")
    assert whole.complete
    assert whole.events == 393
    assert whole.mean_ker_ev == pytest.approx(80.3, abs=1.0), "as the trajectories alone"
    assert snapshot.state.total.train_count == 200


def test_ethanol(replay: Replay) -> None:
    snapshot = replay("ethanol")
    events = [(each.centroids.events, each.centroids.mean_ker_ev) for each in snapshot.reconstructions]
    assert [number for number, _ in events] == [1552, 2370, 12]
    assert [ker for _, ker in events] == pytest.approx([68.03, 132.05, 194.86], abs=0.01)
    assert not any(each.found for each in snapshot.reconstructions), "atoms are missing"


def test_the_kinetic_energy_falls_as_the_ring_of_cyclobutene_opens(replay: Replay) -> None:
    snapshot = replay("cyclobutene")
    for ions, drop in ((("C+", "C+"), 3.0), (("C+", "C+", "C+"), 4.0)):
        delays = centroids(snapshot, *ions)
        assert len(delays) == 10
        assert sum(each.events for each in delays) == {2: 8394, 3: 2551}[len(ions)]
        ker = np.array([each.mean_ker_ev for each in delays])
        assert ker[:2].mean() - ker[-3:].mean() > drop
