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
from onlinecei.files.result import read_result

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
    assert told["trains_rejected"] == {}
    assert told["train_ranges"] == [[1, 300]]
    assert told["counters"]["pulses"] == 150_000
    assert {"created", "onlinecei", "python", "libraries", "model_hash"} <= set(told)
