"""Recorded runs of other molecules are calibrated with no hand in it, and a short one says that it is short."""

from pathlib import Path

import numpy as np
import pytest

from onlinecei.calibration import Calibration, calibrate
from onlinecei.files.run import open_run
from onlinecei.setup import Setup
from onlinecei.twin import TwinOptions, make_run

RUNS = Path(__file__).parents[2] / "replay_data"
GUESS = """
[molecule]
formula = "{formula}"
[spectrometer]
acceleration_mm = 95.0
field_v_per_mm = {field}
t0_ns = {t0}
[detector]
centre_mm = [{x}, {y}]
"""


def guess(truth: Setup) -> Setup:
    """All that is known beforehand: 2 % off in field, 20 ns in t0, 2 mm in the centre, nothing of jet and ions."""
    x, y = truth.detector.centre_mm
    section = truth.spectrometer
    numbers = {"field": section.field_v_per_mm * 0.98, "t0": section.t0_ns + 20, "x": x + 2, "y": y - 2}
    return Setup.from_toml(GUESS.format(formula=truth.molecule.formula, **numbers))


def pulls(found: Calibration, truth: Setup) -> dict[str, float]:
    """Distance from the truth over the stated error, of each number that was fitted."""
    spectrometer, detector = truth.spectrometer, truth.detector
    true = {
        "spectrometer.t0_ns": spectrometer.t0_ns,
        "spectrometer.field_v_per_mm": spectrometer.field_v_per_mm,
        **{f"detector.centre_mm[{axis}]": detector.centre_mm[axis] for axis in range(2)},
        **{f"detector.jet_velocity_m_per_s[{axis}]": detector.jet_velocity_m_per_s[axis] for axis in range(2)},
    }
    return {each.name: (each.value - true.pop(each.name)) / each.error for each in found.fitted} | dict.fromkeys(
        true, np.inf
    )


@pytest.mark.parametrize("name", ["tetrafluoromethane", "ethanol"])
def test_other_fragments_are_named_and_used(name: str) -> None:
    with open_run(RUNS / f"{name}.h5") as run:
        truth = Setup.from_toml(run.setup_text)
        found = calibrate(run, guess(truth), hits=60_000)
    assert max(map(abs, pulls(found, truth).values())) < 2, pulls(found, truth)
    assert not found.doubtful
    wanted = {ion for section in truth.channels for ion in section.ions}
    assert wanted <= {section.name for section in found.setup.ions}


def test_a_run_of_5000_pulses_has_larger_errors_and_says_so(tmp_path: Path, water_run: Path) -> None:
    text = water_run.with_suffix(".toml").read_text(encoding="utf-8")
    make_run("water", tmp_path / "short.h5", setup_text=text, options=TwinOptions(pulses=5000), seed=11)
    truth = Setup.from_toml(text)
    with open_run(tmp_path / "short.h5") as run:
        short = calibrate(run, guess(truth))
    with open_run(water_run) as run:
        whole = calibrate(run, guess(truth), hits=100_000)
    assert max(map(abs, pulls(short, truth).values())) < 2, pulls(short, truth)
    errors = {each.name: each.error for each in whole.fitted}
    for each in short.fitted:
        assert each.error > 1.5 * errors[each.name]
    assert any("events" in remark.text for remark in short.remarks), [remark.text for remark in short.remarks]
