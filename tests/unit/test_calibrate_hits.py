"""From the hits of a simulated run to a setup, started from one that knows only the molecule and wrong numbers."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from onlinecei.analysis import analyse
from onlinecei.calibration import _hits_names
from onlinecei.calibration.of_hits import HitCalibration, calibrate_hits
from onlinecei.fitted import Remark
from onlinecei.records import Batch
from onlinecei.setup import Setup
from onlinecei.spectrometer.calibration import Naming, name_peaks
from onlinecei.twin import Drift, TwinOptions, load_molecule, simulate

TRUE = """
[molecule]
formula = "H2O"
[spectrometer]
acceleration_mm = 95.0
field_v_per_mm = 22.0
t0_ns = 12.0
[detector]
centre_mm = [1.2, -0.8]
jet_velocity_m_per_s = [900.0, 0.0, 0.0]
[[ions]]
name = "O+"
momentum_max_au = 40.0
[[ions]]
name = "O2+"
momentum_max_au = 60.0
[[ions]]
name = "H+"
momentum_max_au = 52.0
[[channels]]
ions = ["O+", "H+", "H+"]
[[channels]]
ions = ["O2+", "H+", "H+"]
[explosion]
charge_up = "exponential"
tau_fs = 10.0
"""
START: dict[str, dict[str, Any]] = {
    "molecule": {"formula": "H2O"},
    "spectrometer": {"acceleration_mm": 95.0, "field_v_per_mm": 22.44, "t0_ns": 32.0},
    "detector": {"centre_mm": [3.2, -2.8]},
}
NUMBERS = {
    "spectrometer.t0_ns": 12.0,
    "spectrometer.field_v_per_mm": 22.0,
    "detector.centre_mm[0]": 1.2,
    "detector.centre_mm[1]": -0.8,
    "detector.jet_velocity_m_per_s[0]": 900.0,
    "detector.jet_velocity_m_per_s[1]": 0.0,
}


def simulated(pulses: int, seed: int, **options: Any) -> Batch:
    chosen = TwinOptions(
        pulses=pulses, pulses_per_train=250, geometries=500, gas=options.pop("gas", TwinOptions().gas), **options
    )
    batches, _ = simulate(load_molecule("water"), Setup.from_toml(TRUE), chosen, seed)
    return Batch.of([train for batch in batches for train in batch.trains()])


def started(**changes: dict[str, Any]) -> Setup:
    return Setup.model_validate(START | changes)


def first_trains(batch: Batch, trains: int) -> Batch:
    return Batch.of(list(batch.trains())[:trains])


def serious(found: HitCalibration) -> list[Remark]:
    return [remark for remark in found.remarks if remark.serious]


@pytest.fixture(scope="module")
def run() -> Batch:
    return simulated(6000, 1)


@pytest.fixture(scope="module")
def found(run: Batch) -> HitCalibration:
    return calibrate_hits(run, started())


def test_every_number_is_within_its_error_of_the_truth(found: HitCalibration) -> None:
    assert [number.name for number in found.fitted] == list(NUMBERS)
    pulls = [(number.value - NUMBERS[number.name]) / number.error for number in found.fitted]
    assert np.all(np.abs(pulls) < 2.5)
    before = [number.before for number in found.fitted]
    assert before == [32.0, 22.44, 3.2, -2.8, 0.0, 0.0]


def test_the_errors_are_small_enough_to_be_useful(found: HitCalibration) -> None:
    error = {number.name: number.error for number in found.fitted}
    assert error["spectrometer.t0_ns"] < 0.1
    assert error["spectrometer.field_v_per_mm"] < 0.01
    assert error["detector.centre_mm[0]"] < 0.05
    assert error["detector.jet_velocity_m_per_s[0]"] < 50.0


def test_the_setup_holds_what_was_fitted(found: HitCalibration) -> None:
    setup = found.setup
    assert setup.spectrometer.t0_ns == found.fitted[0].value
    assert setup.detector.centre_mm == (found.fitted[2].value, found.fitted[3].value)
    assert not serious(found)


def test_ions_and_channels_are_those_of_the_run(found: HitCalibration) -> None:
    windows = {section.name: section.momentum_max_au for section in found.setup.ions}
    assert set(windows) == {"O+", "O2+", "H+"}
    assert all(windows[name] >= least for name, least in (("O+", 35.0), ("O2+", 54.0), ("H+", 46.0)))
    assert {section.channel.name for section in found.setup.channels} == {"O+/H+/H+", "O2+/H+/H+"}
    assert all(4.0 < (section.momentum_sum_au or 0.0) < 16.0 for section in found.setup.channels)


def test_the_analysis_takes_the_setup(run: Batch, found: HitCalibration) -> None:
    assert analyse(first_trains(run, 2), found.setup).train_count == 2


def test_momentum_sums_come_to_zero_and_narrow(found: HitCalibration) -> None:
    for channel in found.momentum_sums:
        assert np.all(np.abs(channel.mean_before_au) > 15.0)
        assert np.all(np.abs(channel.mean_after_au) < 0.3)
        assert np.all(np.array(channel.width_after_au) <= np.array(channel.width_before_au) + 0.05)
        assert channel.events > 180
        assert channel.background_share < 0.15
        assert channel.after.shape == channel.before.shape == (3, channel.edges_au.size - 1)
        assert channel.after[0].sum() > channel.events
        assert channel.xy_after.shape == (channel.edges_au.size - 1,) * 2


def test_plots_agree_with_the_numbers(run: Batch, found: HitCalibration) -> None:
    assert found.spectrum is not None
    assert found.time_residuals is not None
    assert found.landing is not None
    assert found.drifts is not None
    assert found.spectrum.counts.sum() <= run.hits
    place = dict(zip(found.spectrum.names, found.spectrum.positions_ns, strict=True))
    assert place["O+"] == pytest.approx(1208.5, abs=0.5)
    assert place["H+"] == pytest.approx(312.3, abs=0.3)
    residuals = found.time_residuals
    line = residuals.slope_ns * residuals.root_mass_per_charge + residuals.t0_ns
    assert residuals.t_ns - line == pytest.approx(residuals.residual_ns)
    assert np.all(np.abs(residuals.residual_ns) < 6 * residuals.error_ns)
    assert {image.name for image in found.images} == {"O+", "O2+", "H+"}
    assert all(image.counts.sum() > 500 for image in found.images)
    assert np.ptp(found.landing.place_mm[:, 0]) == pytest.approx(0.9 * np.ptp(found.landing.t_ns) * 1e-3, rel=0.3)
    assert abs(found.drifts.change_t0_ns) < 4 * found.drifts.change_t0_error_ns


def test_ions_and_channels_of_a_setup_are_kept(run: Batch) -> None:
    ions = [{"name": "O+", "momentum_max_au": 44.0}, {"name": "H+", "momentum_max_au": 61.0}]
    setup = started(ions=ions, channels=[{"ions": ["O+", "H+"]}])
    made = calibrate_hits(first_trains(run, 10), setup)
    assert made.setup.ions == setup.ions
    assert made.setup.channels == setup.channels
    assert made.fitted[0].value == pytest.approx(12.0, abs=0.3)


def test_a_short_run_has_larger_errors(run: Batch, found: HitCalibration) -> None:
    short = calibrate_hits(first_trains(run, 8), started())
    for number, longer in zip(short.fitted, found.fitted, strict=True):
        assert number.error > 1.2 * longer.error
        assert abs(number.value - NUMBERS[number.name]) < 3 * number.error


def test_a_drift_of_t0_is_named_with_its_amount() -> None:
    made = calibrate_hits(simulated(6000, 2, drift=Drift(t0_ns=1.5)), started())
    (said,) = [remark.text for remark in made.remarks if "drifts through the run" in remark.text]
    assert made.drifts is not None
    assert made.drifts.change_t0_ns == pytest.approx(1.5, abs=4 * made.drifts.change_t0_error_ns)
    assert f"{made.drifts.change_t0_ns:+.3f}" in said
    assert made.fitted[0].value == pytest.approx(12.75, abs=3 * made.fitted[0].error)


def test_an_empty_run_changes_nothing() -> None:
    made = calibrate_hits(Batch.of([]), started())
    assert made.setup == started()
    assert "no hits that can be used" in serious(made)[0].text
    assert made.fitted == ()


def test_nan_are_left_out_and_counted(run: Batch) -> None:
    x = run.x_mm.copy()
    x[::4] = np.nan
    made = calibrate_hits(first_trains(replace(run, x_mm=x), 12), started())
    assert "hits are not finite" in made.remarks[0].text
    used = first_trains(run, 12).hits
    left_out, hits = (int(word) for word in made.remarks[0].text.split() if word.isdigit())
    assert hits == used
    assert used // 4 <= left_out < used // 4 + 50
    assert made.fitted[0].value == pytest.approx(12.0, abs=3 * made.fitted[0].error)
    nothing = calibrate_hits(replace(run, x_mm=x * np.float32(np.nan)), started())
    assert nothing.setup == started()
    assert any("nothing was calibrated" in remark.text for remark in serious(nothing))


def test_even_background_changes_nothing() -> None:
    made = calibrate_hits(simulated(4000, 3, molecules_per_pulse=0.0), started())
    assert made.setup == started()
    assert "none above an even background" in serious(made)[0].text


@pytest.mark.parametrize("formula", ["CF4", "NH3"])
def test_another_molecule_is_named_in_one_sentence(run: Batch, formula: str) -> None:
    setup = started(molecule={"formula": formula})
    made = calibrate_hits(first_trains(run, 10), setup)
    (remark,) = serious(made)
    assert formula in remark.text
    assert "another molecule" in remark.text
    assert "O+" in remark.text
    assert made.setup == setup


def test_a_missing_peak_is_named_and_the_rest_is_fitted(run: Batch) -> None:
    made = calibrate_hits(first_trains(run, 10), started(molecule={"formula": "CH2O"}))
    (remark,) = serious(made)
    assert remark.text.startswith("No peak of C was found")
    assert "C+ was expected near 10" in remark.text
    assert made.fitted[0].value == pytest.approx(12.0, abs=3 * made.fitted[0].error)
    assert {section.name for section in made.setup.ions} == {"O+", "O2+", "H+"}


def test_a_centre_outside_of_the_detector_is_refused(run: Batch) -> None:
    made = calibrate_hits(first_trains(replace(run, x_mm=run.x_mm + np.float32(64.0)), 10), started())
    assert made.setup == started()
    assert any("outside of the detector's radius" in remark.text for remark in serious(made))


def test_a_spot_cut_by_the_edge_is_named(run: Batch) -> None:
    made = calibrate_hits(first_trains(replace(run, x_mm=run.x_mm + np.float32(52.0)), 10), started())
    assert any("edge" in remark.text and "H+" in remark.text for remark in serious(made))


def test_without_complete_events_the_coarse_result_stays(run: Batch, found: HitCalibration) -> None:
    keep = np.random.default_rng(1).random(run.hits) < 0.2
    x = np.where(keep, run.x_mm, np.nan).astype(np.float32)
    made = calibrate_hits(replace(run, x_mm=x), started())
    assert any("flight times and spots, with larger errors" in remark.text for remark in made.remarks)
    assert made.momentum_sums == ()
    for number, better in zip(made.fitted, found.fitted, strict=True):
        assert number.error > better.error
        assert abs(number.value - NUMBERS[number.name]) < 3 * number.error
    assert all(section.momentum_sum_au is None for section in made.setup.channels)


def test_two_namings_that_fit_equally_well_change_nothing(run: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(*arguments: Any) -> list[Naming]:
        best = name_peaks(*arguments)[0]
        return [best, replace(best, log_likelihood=best.log_likelihood - 3.0, hits=np.roll(best.hits, 1))]

    monkeypatch.setattr(_hits_names, "name_peaks", twice)
    made = calibrate_hits(first_trains(run, 8), started())
    (remark,) = serious(made)
    assert "in two ways that fit equally well" in remark.text
    assert "H+, O+, O2+" in remark.text
    assert made.setup == started()


def test_gas_alone_does_not_tell_the_jet() -> None:
    """Two narrow lines, OH+ and H2O+ of a gas at rest."""
    random = np.random.default_rng(4)
    slope, number = 299.18, 400
    t = [slope * np.sqrt(mass) + 12.0 + random.normal(scale=0.4, size=number) for mass in (18.0, 28.0)]
    place = random.normal(scale=0.1, size=(2, 2 * number))
    made = calibrate_hits(_one_a_pulse(place[0], place[1], np.concatenate(t)), started())
    (remark,) = serious(made)
    assert "H2O+, (N2)+, do not tell centre and jet" in remark.text
    assert made.setup == started()


def _one_a_pulse(x: np.ndarray, y: np.ndarray, t: np.ndarray) -> Batch:
    pulses = t.size
    return Batch(
        train_id=np.arange(1, dtype=np.uint64),
        first_pulse=np.array([0, pulses], dtype=np.uint64),
        pulse_id=np.arange(pulses, dtype=np.uint32),
        delay_fs=np.full(pulses, np.nan),
        energy_uj=np.full(pulses, np.nan, dtype=np.float32),
        first_hit=np.arange(pulses + 1, dtype=np.uint64),
        x_mm=x.astype(np.float32),
        y_mm=y.astype(np.float32),
        t_ns=t.astype(np.float32),
    )
