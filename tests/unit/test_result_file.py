"""Results: what is written comes back, opens in any NeXus viewer, and has the same bytes every time."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from safetensors import safe_open
from silx.io.nxdata import NXdata, get_default

from onlinecei.analysis import analyse, centroids, reconstruct_all
from onlinecei.errors import CEIError, ResultError
from onlinecei.files.nexus_names import nexus_name
from onlinecei.files.result import read_result, write_result
from onlinecei.molexa.shipped import shipped
from onlinecei.reconstruction.models import models
from onlinecei.records import Batch, Facts, Snapshot, State
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
            assert group[axis].shape == (length,), f"{group.name}/{axis}"
            if not axis.startswith("index_"):
                edges = group[f"{axis}_edges"][()]
                assert np.allclose(group[axis], (edges[1:] + edges[:-1]) / 2)

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


def test_the_validator_of_nexus_finds_no_error(result: Path) -> None:
    nxcheck = Path(sys.executable).with_name("nxcheck")
    done = subprocess.run([nxcheck, "-e", result], capture_output=True, text=True, timeout=100, check=True)
    assert "Total number of errors: 0" in done.stdout, done.stdout


def test_silx_shows_the_default_plot_and_every_other(result: Path) -> None:
    def check(name: str, group: h5py.Group | h5py.Dataset) -> None:
        if group.attrs.get("NX_class") == "NXdata":
            plot = NXdata(group)
            assert plot.is_valid, f"{name}: {plot.issues}"
            assert plot.axes_dataset_names == list(group.attrs["axes"])

    with h5py.File(result, "r") as file:
        default = get_default(file)
        assert default.signal[()].sum() > 0
        assert default.axes_names == ["time of flight (ns)"]
        assert get_default(file["entry/Op_Hp"]).title == "O+/H+ ker"
        file.visititems(check)


def test_a_result_keeps_what_was_left_out_and_what_it_rests_on(snapshot: Snapshot, tmp_path: Path) -> None:
    facts = Facts(
        dropped={"the queue was full": 3}, quarantined={"poison: no numbers": 1}, missing={"gap": 2}, idle_s=1.0
    )
    state = replace(snapshot.state, facts=facts)
    write_result(tmp_path / "live.h5", replace(snapshot, state=state, models={"onlinecei": "abc"}))
    again = read_result(tmp_path / "live.h5")
    assert again.state.left_out == state.left_out
    assert sum(again.state.left_out.values()) == 3 + 1 + 2 + sum(snapshot.state.rejected.values())
    assert again.state.facts.idle_s is None
    assert again.models == {"onlinecei": "abc"}


def test_geometries_of_a_network_name_its_weights(snapshot: Snapshot, tmp_path: Path) -> None:
    text = snapshot.setup_text.replace('"classical"', '"network"')
    told = models(Setup.from_toml(text))
    assert set(told) == {"onlinecei", "forward"}
    assert all(len(digest) == 64 for digest in told.values())
    with safe_open(shipped("onlinecei"), framework="np") as file:
        assert told["onlinecei"] == file.metadata()["sha256"]
    write_result(tmp_path / "network.h5", replace(snapshot, setup_text=text))
    assert read_result(tmp_path / "network.h5").models == told
    assert not models(Setup.from_toml(snapshot.setup_text))
    lost = text.replace('"network"', '"network"\nnetwork = "lost.safetensors"')
    assert models(Setup.from_toml(lost))["lost.safetensors"] == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("O+/H+/H+", "Op_Hp_Hp"),
        ("O2+/H+ [bent]", "O2p_Hp_bent"),
        ("ions Si4+", "ions_Si4p"),
        ("C+/C+ [a < b]", r"\w+_[0-9a-f]{4}"),
    ],
)
def test_names_are_such_as_nexus_allows(name: str, expected: str) -> None:
    assert re.fullmatch(expected, nexus_name(name))
    assert nexus_name("C+/C+ [a < b]") != nexus_name("C+/C+ [a > b]")


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
