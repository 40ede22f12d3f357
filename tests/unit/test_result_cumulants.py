"""Maps with errors in a result: every one a plot, with the numbers of the readers."""

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from onlinecei.analysis import analyse
from onlinecei.centroids import covariance, cumulant_maps, ion_cumulants, partial_covariance, pumped_minus_unpumped
from onlinecei.files.result import read_result, write_result
from onlinecei.records import Batch, Delta, Snapshot, State
from onlinecei.setup import Setup

MORE = """
[delays]
edges_fs = [0.0, 10.0]
unpumped = true
[pulse_energy]
edges_uj = [0.0, 100.0, 200.0]
[[cumulants]]
ions = ["O+", "H+", "H+"]
bins = 20
"""


@pytest.fixture(scope="module")
def setup_text(water_text: str) -> str:
    return water_text + MORE


@pytest.fixture(scope="module")
def total(setup_text: str, water_batch: Batch) -> Delta:
    random = np.random.default_rng(1)
    batch = replace(
        water_batch,
        delay_fs=random.uniform(-1, 10, water_batch.pulses),
        energy_uj=random.uniform(0, 200, water_batch.pulses).astype(np.float32),
        pump=random.integers(0, 2, water_batch.pulses).astype(np.uint8),
    )
    return analyse(batch, Setup.from_toml(setup_text))


def test_every_map_is_a_plot_with_errors(total: Delta, setup_text: str, tmp_path: Path) -> None:
    setup = Setup.from_toml(setup_text)
    snapshot = Snapshot(run="water.h5", setup_text=setup_text, state=State(total=total))
    write_result(tmp_path / "result.h5", snapshot)
    difference = pumped_minus_unpumped(total, setup, "O+/H+:ker")
    (cumulant,) = cumulant_maps(total, setup)
    expected = {
        "covariance": covariance(total, setup),
        "partial_covariance": partial_covariance(total, setup),
        "Op_Hp_Hp/cumulant": cumulant,
        "Op_Hp/pumped_minus_unpumped/ker": difference,
        "Hp_Hp/pumped_minus_unpumped/momentum_map": pumped_minus_unpumped(total, setup, "H+/H+:momentum_map"),
    }
    with h5py.File(tmp_path / "result.h5") as file:
        for name, found in expected.items():
            group = file[f"entry/{name}"]
            assert group.attrs["NX_class"] == "NXdata"
            assert group[group.attrs["signal"]].shape == found.values.shape
            np.testing.assert_allclose(group["per_pulse"], found.values, rtol=1e-6)
            np.testing.assert_allclose(group["per_pulse_errors"], found.errors, rtol=1e-6)
            for axis, length in zip(group.attrs["axes"], found.values.shape, strict=True):
                assert group[axis].shape in {(length,), (length + 1,)}
        assert "contingent_covariance" in file["entry"]
        rates = file["entry/ion_cumulants"]
        assert [name.decode() for name in rates["ions"]] == [each.name for each in ion_cumulants(total, setup)]
        assert np.all(np.isfinite(rates["error_per_pulse"]))
    assert np.array_equal(read_result(tmp_path / "result.h5").state.total.values, total.values)


def test_a_result_without_pulses_can_be_written(setup_text: str, tmp_path: Path) -> None:
    setup = Setup.from_toml(setup_text)
    empty = analyse(Batch.of([]), setup)
    write_result(tmp_path / "empty.h5", Snapshot(run="none", setup_text=setup_text, state=State(total=empty)))
    with h5py.File(tmp_path / "empty.h5") as file:
        assert np.isnan(file["entry/covariance/per_pulse"]).all()
        assert "fewer than two pulses" in file["entry/covariance/notes"].asstr()[()]
