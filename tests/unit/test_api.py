"""The package in a notebook: labelled arrays with units, molecules, and one clear sentence for what cannot be."""

import subprocess
import sys
from pathlib import Path

import ase.io
import numpy as np
import pytest
import xarray as xr

import onlinecei as oc
from onlinecei import units
from onlinecei.analysis import analyse_all, centroids, reconstruct_all
from onlinecei.centroids import Layout
from onlinecei.errors import CEIError, ResultError, RunFileError, SetupError
from onlinecei.files.geometries import write_geometries
from onlinecei.files.run import write_run
from onlinecei.records import Batch, Train
from onlinecei.setup import Setup

HEAVY = {"numpy", "scipy", "ase", "h5py", "numba", "torch", "xarray", "pandas", "matplotlib", "pydantic"}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory, water_trains: list[Train], water_text: str) -> Path:
    path = tmp_path_factory.mktemp("api") / "water.h5"
    write_run(path, [Batch.of(water_trains[:5]), Batch.of(water_trains[5:])], water_text)
    return path


@pytest.fixture(scope="module")
def result(path: Path) -> oc.Result:
    with oc.open_run(path) as run:
        return run.analyse()


def test_importing_the_package_loads_nothing_heavy() -> None:
    said = "import onlinecei, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, timeout=60, check=True)
    assert "onlinecei" in done.stdout.split()
    assert not HEAVY & set(done.stdout.split())


def test_names_of_the_package_are_there_and_others_are_not() -> None:
    assert set(oc.__all__) <= set(dir(oc))
    assert all(getattr(oc, name) for name in oc.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = oc.nonsense


def test_a_run_is_analysed_by_the_functions_of_the_line(result: oc.Result, water_trains: list[Train]) -> None:
    setup = result.setup
    total = analyse_all([Batch.of(water_trains)], setup)
    made = reconstruct_all(centroids(total, setup), setup)
    assert np.array_equal(result.snapshot.state.total.values, total.values)
    assert result.snapshot.state.finished
    assert result.snapshot.state.trains_expected == 12
    for ours, expected in zip(result.snapshot.reconstructions, made, strict=True):
        assert np.array_equal(ours.positions_au, expected.positions_au, equal_nan=True)


def test_the_arrays_hold_the_records_with_units_and_coordinates(result: oc.Result) -> None:
    arrays = result.dataset
    assert dict(arrays.sizes) | {"other_ion": 3, "other_axis": 3} == dict(arrays.sizes)
    assert {name: arrays.sizes[name] for name in ("channel", "delay", "ion", "axis")} == {
        "channel": 3, "delay": 1, "ion": 3, "axis": 3
    }  # fmt: skip
    first = result.snapshot.reconstructions[0]
    whole = arrays.sel(channel="O+/H+/H+").isel(delay=0)
    assert first.found
    assert np.array_equal(whole.momentum, first.centroids.momentum_au)
    assert np.array_equal(whole.position, first.positions_au / units.ANGSTROM)
    assert np.array_equal(whole.momentum_covariance.values.reshape(9, 9), first.centroids.covariance_au2)
    assert (whole.position.units, whole.momentum.units, whole.ker.units) == ("angstrom", "a.u.", "eV")
    assert int(whole.events) == first.centroids.events
    assert arrays.delay.units == "fs"
    assert arrays.delay_label.item() == "all delays"
    assert all(arrays[name].long_name for name in (*arrays.data_vars, *arrays.coords))


def test_places_of_ions_that_a_channel_lacks_are_empty(result: oc.Result) -> None:
    pair = result.dataset.sel(channel="O+/H+").isel(delay=0)
    assert pair.ion_name.values.tolist() == ["O+", "H+", ""]
    assert np.isfinite(pair.momentum[:2]).all()
    assert np.isnan(pair.momentum[2]).all()
    assert np.isnan(pair.position).all()
    assert "lacks atoms" in pair.reason.item()


def test_the_arrays_say_what_they_rest_on(result: oc.Result, water: Setup) -> None:
    said = result.dataset.attrs
    assert Setup.from_toml(said["setup"]).hash == said["setup_hash"] == water.hash
    assert (said["trains_used"], said["trains_expected"], said["trains_left_out"]) == (12, 12, "{}")
    assert said["onlinecei"] == oc.__version__


def test_the_arrays_go_to_netcdf_and_back(result: oc.Result, tmp_path: Path) -> None:
    result.dataset.to_netcdf(tmp_path / "water.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "water.nc", engine="h5netcdf") as again:
        xr.testing.assert_identical(again.load(), result.dataset)


def test_histograms_have_named_axes(result: oc.Result) -> None:
    layout, values = Layout.of(result.setup), result.snapshot.state.total.values
    for name in result.histograms:
        found = result.histogram(name)
        assert np.array_equal(found.counts, layout.view(values, name))
        assert all(found[dimension].units for dimension in found.counts.dims[-len(layout.blocks[name].axes) :])
    ker = result.histogram("O+/H+:ker")
    assert (ker.counts.dims, ker.ker.units) == (("delay", "ker"), "eV")
    assert ker.ker[0] == pytest.approx(ker.ker.bin_width / 2)
    assert float(ker.background.sum()) > 0
    assert result.histogram("detector_image_by_ion").species.values.tolist() == ["O+", "H+"]
    with pytest.raises(ResultError, match="no histogram 'speed', expected one of: time_of_flight"):
        result.histogram("speed")


def test_molecules_are_the_frames_of_the_extended_xyz_file(result: oc.Result, tmp_path: Path) -> None:
    write_geometries(tmp_path / "water.xyz", result.snapshot.reconstructions)
    frames = ase.io.read(tmp_path / "water.xyz", ":")
    assert len(frames) == len(result.molecules) == 1
    assert np.allclose(frames[0].positions, result.molecules[0].positions, atol=1e-7)
    assert result.molecule("O+/H+/H+").get_chemical_formula() == "H2O"


@pytest.mark.parametrize(
    ("channel", "delay", "kind", "said"),
    [
        ("O+/O+", None, "mean", r"no channel 'O\+/O\+', expected one of: O\+/H\+/H\+"),
        ("O+/H+/H+", "yesterday", "mean", "delay is 'yesterday', expected a number inside"),
        ("O+/H+/H+", None, "average", "holds no geometry of the kind 'average'"),
        ("O+/H+", None, "mean", "lacks atoms of the molecule"),
    ],
)
def test_a_geometry_that_is_not_there_is_said(
    result: oc.Result, channel: str, delay: str, kind: str, said: str
) -> None:
    with pytest.raises(ResultError, match=said):
        result.molecule(channel, delay, kind)


def test_single_events_are_given_where_they_are_kept(result: oc.Result, path: Path) -> None:
    with pytest.raises(ResultError, match=r"no events of 'O\+/H\+/H\+' are kept"):
        result.events("O+/H+/H+")
    with oc.open_run(path) as run:
        averaged = run.analyse(oc.changed(run.setup, reconstruction={"per_event": True}))
    events = averaged.events("O+/H+/H+")
    assert events.sizes["event"] == int(averaged.dataset.events[0, 0])
    assert events.momentum.dims == ("event", "ion", "axis")
    assert "average_position" in averaged.dataset
    assert "average_position" not in result.dataset
    assert averaged.molecule("O+/H+/H+", kind="average").info["per_event"]


def test_a_changed_setup_is_checked_and_written_as_text(water: Setup, path: Path) -> None:
    gates = oc.changed(water, delays={"edges_fs": [-50.0, 0.0, 50.0], "unpumped": True})
    assert gates.delays.labels == ("-50 to 0 fs", "0 to 50 fs", "unpumped")
    assert gates.spectrometer == water.spectrometer
    assert oc.changed(gates, delays={"edges_fs": None, "unpumped": False}).delays == water.delays
    assert "reconstruction" not in oc.changed(water, reconstruction=None).model_fields_set
    with oc.open_run(path) as run:
        assert Setup.from_toml(run.analyse(gates).snapshot.setup_text).hash == gates.hash
    with pytest.raises(SetupError, match=r"key 'detector.radius' is not known"):
        oc.changed(water, detector={"radius": 3})


def test_setups_come_from_files_too(water_text: str, path: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("# mine\n" + water_text, encoding="utf-8")
    assert oc.read_setup(file).hash == Setup.from_toml(water_text).hash
    with oc.open_run(path) as run:
        assert run.analyse(file).snapshot.setup_text.startswith("# mine")
        with pytest.raises(SetupError, match="does not exist"):
            run.analyse(tmp_path / "none.toml")


def test_some_trains_can_be_chosen(path: Path, water_trains: list[Train]) -> None:
    with oc.open_run(path) as run:
        some = run.analyse(trains=(3, 7))
        with pytest.raises(RunFileError, match="no train from 20 to 30 is in run"):
            run.analyse(trains=(20, 30))
    assert some.snapshot.state.total.trains.tolist() == [[3, 7]]
    expected = analyse_all([Batch.of(water_trains[3:8])], some.setup)
    assert np.array_equal(some.snapshot.state.total.values, expected.values)


def test_what_was_recorded_can_be_looked_at(path: Path, water_trains: list[Train]) -> None:
    with oc.open_run(path) as run:
        assert (run.trains, run.contents["pulses"]) == (12, 600)
        found = run.read(first=4, trains=3)
        with pytest.raises(RunFileError, match="has 12 trains"):
            run.read(first=12)
    assert np.array_equal(found.t, np.concatenate([train.t_ns for train in water_trains[4:7]]), equal_nan=True)
    assert np.unique(found.train_id).tolist() == [4, 5, 6]
    second = found.t[found.pulse_of_hit == 50]
    assert np.array_equal(second, water_trains[5].t_ns[: water_trains[5].first_hit[1]], equal_nan=True)


def test_notebooks_show_runs_and_results(path: Path, result: oc.Result) -> None:
    with oc.open_run(path) as run:
        assert "12 trains" in repr(run)
        assert "<b>water.h5</b>" in run._repr_html_()
        assert "[[channels]]" in run._repr_html_()
    assert "geometries: 1 of 3" in repr(result)
    page = result._repr_html_()
    assert "O+/H+/H+" in page
    assert "the channel lacks atoms" in page
    assert "data:image/svg+xml;base64," in page


def test_results_are_kept_and_opened_again(result: oc.Result, tmp_path: Path) -> None:
    again = oc.open_result(result.save(tmp_path / "result.h5"))
    xr.testing.assert_identical(again.dataset, result.dataset)
    assert again.counters == result.counters
    assert again.provenance["setup_hash"] == result.setup.hash
    assert "water.h5" in result.report(tmp_path / "report.html").read_text(encoding="utf-8")
    with pytest.raises(ResultError, match="does not exist"):
        oc.open_result(tmp_path / "none.h5")
    with pytest.raises(CEIError, match="cannot be written"):
        result.save(tmp_path / "no" / "where.h5")


def test_progress_is_shown_where_it_is_asked_for(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with oc.open_run(path) as run:
        run.analyse(progress=True)
        assert "trains" in capsys.readouterr().out
        run.analyse()
        assert not capsys.readouterr().out
