"""Results: what is written comes back, opens in any NeXus viewer, and has the same bytes every time."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from onlinecei.analysis import analyse, centroids, reconstruct_all
from onlinecei.errors import CEIError, ResultError
from onlinecei.files.result import read_result, write_result
from onlinecei.records import Batch, Snapshot, State
from onlinecei.setup import Setup


@pytest.fixture(scope="module")
def snapshot(water: Setup, water_text: str, water_batch: Batch) -> Snapshot:
    total = analyse(water_batch, water)
    state = State(total=total, version=5, finished=True, trains_expected=13, rejected={"unreadable": 1})
    found = tuple(reconstruct_all(centroids(state, water), water))
    return Snapshot(run="water.h5", setup_text=water_text, state=state, reconstructions=found, reconstructed_version=5)


@pytest.fixture
def result(snapshot: Snapshot, tmp_path: Path) -> Path:
    write_result(tmp_path / "result.h5", snapshot)
    return tmp_path / "result.h5"


def test_what_is_written_comes_back(result: Path, snapshot: Snapshot) -> None:
    again = read_result(result)
    assert (again.run, again.setup_text) == (snapshot.run, snapshot.setup_text)
    assert again.state.finished
    assert (again.state.trains_expected, again.state.rejected) == (13, {"unreadable": 1})
    assert again.state.total.setup_hash == snapshot.state.total.setup_hash
    assert np.array_equal(again.state.total.values, snapshot.state.total.values)
    assert np.array_equal(again.state.total.trains, snapshot.state.total.trains)
    for ours, theirs in zip(again.reconstructions, snapshot.reconstructions, strict=True):
        assert (ours.reason, ours.method, ours.solutions) == (theirs.reason, theirs.method, theirs.solutions)
        assert ours.centroids.channel == theirs.centroids.channel
        for name in ("positions_au", "uncertainty_au", "round_trip_au"):
            assert np.array_equal(getattr(ours, name), getattr(theirs, name), equal_nan=True)


def test_the_same_result_has_the_same_bytes(result: Path, snapshot: Snapshot, tmp_path: Path) -> None:
    write_result(tmp_path / "other.h5", snapshot)
    write_result(tmp_path / "third.h5", read_result(result))
    assert (tmp_path / "other.h5").read_bytes() == result.read_bytes()
    assert (tmp_path / "third.h5").read_bytes() == result.read_bytes()
    assert not list(tmp_path.glob("*.partial")) + list(tmp_path.glob("*.new")) + list(tmp_path.glob(".*"))


def test_every_plot_has_its_signal_and_fitting_axes(result: Path) -> None:
    found = 0

    def check(_name: str, group: h5py.Group | h5py.Dataset) -> None:
        nonlocal found
        if group.attrs.get("NX_class") != "NXdata":
            return
        found += 1
        shape = group[group.attrs["signal"]].shape
        axes = list(group.attrs["axes"])
        assert len(axes) == len(shape), group.name
        assert len(set(axes)) == len(axes), group.name
        for axis, length in zip(axes, shape, strict=True):
            assert group[axis].shape in {(length,), (length + 1,)}, f"{group.name}/{axis}"

    with h5py.File(result, "r") as file:
        file.visititems(check)
    assert found >= 10


def test_a_nexus_viewer_finds_the_default_plot(result: Path) -> None:
    nexus = pytest.importorskip("nexusformat.nexus")
    with nexus.nxopen(str(result), "r") as root:
        plot = root.get_default()
        assert plot.nxname == "time_of_flight"
        assert plot.is_plottable()
        assert plot.nxsignal.nxdata.sum() > 0


@pytest.mark.parametrize("size", [0, 1, 100, 2000, -5000, -1])
def test_a_result_cut_off_is_refused(result: Path, size: int) -> None:
    result.write_bytes(result.read_bytes()[:size])
    with pytest.raises(ResultError, match=r"result\.h5"):
        read_result(result)


def test_a_missing_or_foreign_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="does not exist"):
        read_result(tmp_path / "none.h5")
    with h5py.File(tmp_path / "foreign.h5", "w") as file:
        file["data"] = 1
    with pytest.raises(ResultError, match="not an onlinecei result"):
        read_result(tmp_path / "foreign.h5")


def test_a_newer_result_is_refused(result: Path) -> None:
    with h5py.File(result, "r+") as file:
        file.attrs["version"] = 99
    with pytest.raises(ResultError, match="version 99"):
        read_result(result)


@pytest.mark.parametrize("name", ["sums", "trains", "setup", "run", "finished", "rejected", "reconstruction_words"])
@pytest.mark.parametrize("value", [None, 7, "text", np.zeros((2, 2, 2)), np.full(3, np.inf)])
def test_a_spoilt_result_is_refused_or_read(result: Path, name: str, value: object) -> None:
    with h5py.File(result, "r+") as file:
        del file[f"entry/analysis/{name}"]
        if value is not None:
            file[f"entry/analysis/{name}"] = value
    try:
        assert isinstance(read_result(result), Snapshot)
    except CEIError:
        return
    assert value in ("text", 7)
