"""A calibration with every kind of plot, made up; nothing is fitted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from onlinecei.calibration import Calibration
from onlinecei.calibration.of_hits import (
    Drifts,
    HitCalibration,
    LandingLine,
    MomentumSums,
    NamedSpectrum,
    SpeciesImage,
    TimeResiduals,
)
from onlinecei.detector.calibration import (
    AgreementPlot,
    DelayLineCalibration,
    ImagePlot,
    RatePlot,
    TimeSumMap,
    TimeSumPlot,
)
from onlinecei.fitted import Fitted, Remark
from onlinecei.setup import Setup

BEFORE = """# What a person wrote
# in two lines.

[molecule]
formula = "H2O"          # in helium

[spectrometer]
acceleration_mm = 95.0   # by the drawing, "as built" # 2
field_v_per_mm = 21.5    # a guess
t0_ns = -8.0

[detector]
# the old one
radius_mm = 60.0

[delay_lines]
kind = "hexanode"
mm_per_ns = [0.7, 0.7, 0.7]
time_sum_ns = [172.0, 175.0, 175.0]
time_sum_half_width_ns = 3.0

[[ions]]
name = "H+"
momentum_max_au = 80.0

[[ions]]                 # the heavy one
name = "O+"
momentum_max_au = 300.0  # plenty

[[channels]]
ions = ["O+", "H+", "H+"]
momentum_sum_au = 15.0   # wide
ker_ev = [1.0, 40.0]

[delays]
edges_fs = [-50.0, 0.0, 1e-5, 50.0]

[explosion]
charge_up = "exponential"
tau_fs = { O = 8.0, H = 4.0 }

[reconstruction]
method = "network"
network = "weights \\"of\\" C:\\\\mine.safetensors"

[histograms]
time_bins = 500

[limits]
kept_events = 0
"""
COUNTS = np.random.default_rng(1).poisson(20, 100)
IMAGE = np.random.default_rng(2).poisson(1, (60, 60))


def fitted(name: str, value: float, error: float, before: float | None, unit: str) -> Fitted:
    return Fitted(name=name, value=value, error=error, before=before, unit=unit, how="7,012 made-up events")


FITTED = (
    fitted("spectrometer.field_v_per_mm", 22.0003, 0.0021, 21.5, "V/mm"),
    fitted("spectrometer.t0_ns", 11.98, 0.03, -8.0, "ns"),
    fitted("detector.centre_mm[0]", 1.203, 0.004, 0.0, "mm"),
    fitted("detector.centre_mm[1]", -0.8, 0.004, None, "mm"),
)
LINES = (fitted("delay_lines.time_sum_ns[0]", 175.002, 0.003, 172.0, "ns"),)


def after(before: Setup) -> Setup:
    """What somebody would have fitted."""
    content = before.model_dump(exclude_unset=True)
    content["spectrometer"] |= {"field_v_per_mm": 22.0003, "t0_ns": 11.98}
    content["detector"] |= {"centre_mm": (1.203, -0.8)}
    content["delay_lines"]["time_sum_ns"] = (175.002, 175.0, 175.0)
    hydrogen, oxygen = content["ions"]
    content["ions"] = (oxygen, {"name": "O2+", "momentum_max_au": 61.5}, {**hydrogen, "momentum_max_au": 52.0})
    content["channels"] = ({"ions": ("O2+", "H+", "H+")}, {**content["channels"][0], "momentum_sum_au": 6.2})
    return Setup.model_validate(content)


def hits_of(setup: Setup) -> HitCalibration:
    places = np.linspace(-30, 30, 61)
    names, times = ("H+", "O+"), np.array([330.0, 1280.0])
    three = np.stack([COUNTS[:60]] * 3)
    return HitCalibration(
        setup=setup,
        fitted=FITTED,
        spectrum=NamedSpectrum(
            edges_ns=np.linspace(0, 2000, 101), counts=COUNTS, names=(*names, "H2O+"), gas=(False, False, True),
            positions_ns=np.array([342.0, 1292.0, 1370.0]), hits=np.ones(3),
        ),
        images=tuple(SpeciesImage(name=name, edges_mm=places, counts=IMAGE, centre_mm=(1.2, -0.8)) for name in names),
        momentum_sums=(
            MomentumSums(
                channel="O+/H+/H+", edges_au=places, before=three, after=three, xy_before=IMAGE, xy_after=IMAGE,
                events=7012, background_share=0.12, width_before_au=(4.0, 4.0, 6.0), width_after_au=(1.1, 1.2, 1.1),
                mean_before_au=(5.0, -7.0, 12.0), mean_after_au=(0.01, -0.02, 0.0), gate_au=6.2,
            ),
        ),
        time_residuals=TimeResiduals(
            names=names, root_mass_per_charge=np.array([1.0, 4.0]), t_ns=times, error_ns=np.full(2, 0.03),
            residual_ns=np.array([0.01, -0.02]), slope_ns=318.0, t0_ns=11.98,
        ),
        landing=LandingLine(
            names=names, t_ns=times, place_mm=np.array([[1.5, -0.8], [2.4, -0.8]]), error_mm=np.full((2, 2), 0.03),
            centre_mm=(1.2, -0.8), velocity_mm_per_ns=(9e-4, 0.0),
        ),
        drifts=Drifts(
            train_id=np.arange(5.0), t0_ns=np.full(5, 12.0), t0_error_ns=np.full(5, 0.02),
            field_v_per_mm=np.full(5, 22.0), field_error_v_per_mm=np.full(5, 0.002), change_t0_ns=0.01,
            change_t0_error_ns=0.03, change_field=1e-4, change_field_error=2e-4,
        ),
    )  # fmt: skip


def lines_of(setup: Setup) -> DelayLineCalibration:
    assert setup.delay_lines is not None
    places, none = np.linspace(-60, 60, 61), np.empty(0)
    sums, drift = np.linspace(165, 185, 101), np.array([0.1, -0.1])
    plot = {"edges_ns": sums, "counts": COUNTS, "before_ns": 172.0}
    return DelayLineCalibration(
        fitted=LINES,
        remarks=(),
        section=setup.delay_lines,
        channels=tuple(range(7)),
        pulses=100,
        hits=int(IMAGE.sum()),
        rates=RatePlot(names=("u1", "u2", "mcp"), per_pulse=np.array([1.0, 0.9, 1.1])),
        time_sums=(
            TimeSumPlot(
                layer="u", fitted_ns=175.0, sigma_ns=0.3, drift_ns=drift, drift_error_ns=np.abs(drift), **plot
            ),
            TimeSumPlot(layer="v", fitted_ns=np.nan, sigma_ns=np.nan, drift_ns=none, drift_error_ns=none, **plot),
        ),
        time_sum_maps=(
            TimeSumMap(
                layer="u", position_edges_mm=places, sum_edges_ns=sums[:61], counts=IMAGE, position_mm=places,
                fitted_ns=np.full(61, 175.0),
            ),
        ),
        agreement=AgreementPlot(edges_mm=places, before=COUNTS[:60], after=COUNTS[:60], sigma_mm=np.nan),
        image=ImagePlot(
            x_edges_mm=places, y_edges_mm=places, counts=IMAGE, filled=False, centre_mm=(0.0, 0.0), radius_mm=59.0,
            centre_error_mm=np.nan, radius_error_mm=np.nan,
        ),
    )  # fmt: skip


@pytest.fixture(scope="session")
def before_text() -> str:
    return BEFORE


@pytest.fixture(scope="session")
def example() -> Calibration:
    """Of a run of edges, all of it determined."""
    before = Setup.from_toml(BEFORE)
    setup = after(before)
    return Calibration(
        run="a run.h5",
        simulated=True,
        created=datetime(2026, 11, 21, 14, 3, tzinfo=UTC),
        trains=30,
        trains_of_run=300,
        pulses=15_000,
        rows=180_000,
        before=before,
        setup=setup,
        fitted=(*FITTED, *LINES),
        remarks=(Remark(text="the jet along z was left as it was"),),
        lines=lines_of(setup),
        hits=hits_of(setup),
    )


@pytest.fixture(scope="session")
def nothing_found(example: Calibration) -> Calibration:
    """Of a run of hits, nothing of it determined."""
    return replace(
        example,
        setup=example.before,
        fitted=(),
        lines=None,
        hits=HitCalibration(setup=example.before),
        remarks=(Remark(text="no peak can be named", serious=True),),
    )


@pytest.fixture
def doubtful(example: Calibration) -> Callable[[str], Calibration]:
    """The example with a serious remark."""
    return lambda text: replace(example, remarks=(*example.remarks, Remark(text=text, serious=True)))


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes most of a report's time."""
    monkeypatch.setattr("onlinecei.calibration.report.page.figures", lambda _calibration: ())
