"""The water run that comes with the program, from hits to a geometry, beside what is true about it."""

import hashlib
import itertools
import json
from pathlib import Path

import ase.io
import h5py
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from onlinecei import units
from onlinecei.coincidence import find, identify
from onlinecei.detector import accept
from onlinecei.files.result import read_result
from onlinecei.files.run import open_run
from onlinecei.setup import Setup

TOLERANCE_AU = 0.15


def best_mae(found: np.ndarray, true: np.ndarray) -> float:
    """Mean absolute error after the best rotation and exchange of the last two atoms; mirror images count as one."""
    errors = []
    for order, mirror in itertools.product([[0, 1, 2], [0, 2, 1]], [1.0, -1.0]):
        a = (found - found.mean(axis=0))[order] * [1.0, 1.0, mirror]
        b = true - true.mean(axis=0)
        u, _, vh = np.linalg.svd(b.T @ a)
        turn = u @ np.diag([1.0, 1.0, np.linalg.det(u @ vh)]) @ vh
        errors.append(np.abs(Rotation.from_matrix(turn).apply(a) - b).mean())
    return min(errors)


@pytest.fixture(scope="module")
def truth(water_run: Path) -> np.ndarray:
    with h5py.File(water_run.with_suffix(".truth.h5"), "r") as file:
        assert [symbol.decode() for symbol in file["molecule/symbols"]] == ["O", "H", "H"]
        return file["molecule/positions_au"][()]


def test_the_geometry_is_that_of_water(water_out: Path, truth: np.ndarray) -> None:
    assert not list(water_out.parent.glob("*.truth.h5")), "the replay had no truth beside it"
    (water,) = [
        each
        for each in read_result(water_out / "result.h5").reconstructions
        if [ion.name for ion in each.centroids.channel.ions] == ["O+", "H+", "H+"]
    ]
    assert water.found
    assert best_mae(water.positions_au, truth) < TOLERANCE_AU


def true_events(run: Path, channel: str) -> int:
    """Events inside the gate whose ions are all of one simulated molecule."""
    setup, events, done = Setup.from_file(run.with_suffix(".toml")), 0, 0
    section = next(each for each in setup.channels if each.name == channel)
    with h5py.File(run.with_suffix(".truth.h5")) as file, open_run(run) as opened:
        for batch in opened.batches(100_000):
            hits = accept(batch, setup)
            pulse = np.repeat(np.arange(batch.pulses), np.diff(batch.first_hit.astype(np.int64)))
            order = np.lexsort((batch.t_ns, pulse))
            usable = (batch.t_ns > 0) & (np.hypot(batch.x_mm, batch.y_mm) <= setup.detector.radius_mm)
            order = order[usable[order]]
            np.testing.assert_array_equal(batch.t_ns[order], hits.t_ns)
            molecule = file["hit/molecule"][done : done + batch.hits][order]
            ions, done = identify(hits, setup), done + batch.hits
            whole = molecule[ions.hit[find(ions, section.channel, setup, section.momentum_sum_au).ion]]
            events += int(np.sum(np.all(whole == whole[:, :1], axis=1) & (whole[:, 0] >= 0)))
    return events


@pytest.mark.parametrize("channel", ["O+/H+/H+", "O2+/H+/H+"])
def test_false_coincidences_are_as_many_as_the_truth_says(water_out: Path, water_run: Path, channel: str) -> None:
    found = {each.centroids.channel.name: each for each in read_result(water_out / "result.h5").reconstructions}
    measured, true = found[channel].centroids, true_events(water_run, channel)
    assert measured.events - true > 900, "there is something to subtract"
    assert abs(measured.true_events - true) < 3.0 * measured.true_error
    bonds = np.linalg.norm(found[channel].positions_au[1:] - found[channel].positions_au[0], axis=1) / units.ANGSTROM
    np.testing.assert_allclose(bonds, 0.975, atol=0.015)


def test_the_background_stands_beside_each_histogram(water_out: Path) -> None:
    with h5py.File(water_out / "result.h5") as file:
        channel = file["entry/Op_Hp_Hp"]
        for name in ("ker", "momentum_map", "momentum_sum"):
            data = channel[name]
            assert data["background"].shape == data["background_errors"].shape == data["counts"].shape
        assert data["background"][:, :20].sum() == pytest.approx(data["counts"][:, :20].sum(), rel=0.1)
        assert channel["ker/background"][()].sum() == pytest.approx(channel["false_events"][0], rel=0.01)
        assert 0.1 < channel["background_share"][0] < 0.3


def test_geometries_are_in_angstrom(water_out: Path, truth: np.ndarray) -> None:
    frames = ase.io.read(water_out / "geometries.xyz", index=":", format="extxyz")
    assert [frame.info["channel"] for frame in frames] == ["O+/H+/H+", "O2+/H+/H+"]
    assert frames[0].get_chemical_symbols() == ["O", "H", "H"]
    assert best_mae(frames[0].positions, truth / units.ANGSTROM) < TOLERANCE_AU / units.ANGSTROM
    assert {"uncertainty", "momentum"} <= set(frames[0].arrays)


def test_provenance_says_where_the_result_comes_from(water_out: Path, water_run: Path) -> None:
    told = json.loads((water_out / "provenance.json").read_text(encoding="utf-8"))
    result = read_result(water_out / "result.h5")
    assert told["run"] == "water.h5"
    assert told["run_sha256"] == hashlib.sha256(water_run.read_bytes()).hexdigest()
    assert told["setup_hash"] == result.state.total.setup_hash
    assert told["finished"] is True
    assert (told["trains_used"], told["trains_expected"], told["trains_missing"]) == (300, 300, 0)
    assert told["trains_left_out"] == told["trains_incomplete"] == {}
    assert told["train_ranges"] == [[1, 300]]
    assert told["counters"]["pulses"] == 150_000
    assert {"created", "onlinecei", "python", "libraries", "models", "trains_left_out"} <= set(told)
