"""Hits and momenta against independent trajectories, and each other."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from onlinecei import units
from onlinecei.errors import CEIError
from onlinecei.ions import Ion
from onlinecei.setup import Setup
from onlinecei.spectrometer import (
    Spectrometer,
    axial_momentum,
    landings,
    momenta,
    reach_au,
    transverse_momentum,
    windows,
)

ROUND_TRIP_AU = 1e-8
TRAJECTORY_AU = 1e-4


def setup_of(drift_mm: float = 0.0, gauss: float = 0.0, t0_ns: float = 12.0) -> Setup:
    return Setup.from_toml(f"""
        [molecule]
        formula = "H2O"
        [spectrometer]
        acceleration_mm = 95.0
        field_v_per_mm = 22.0
        drift_mm = {drift_mm}
        magnetic_field_gauss = {gauss}
        t0_ns = {t0_ns}
        [detector]
        centre_mm = [1.2, -0.8]
        jet_velocity_m_per_s = [900.0, -50.0, 30.0]
        [[ions]]
        name = "O+"
        momentum_max_au = 300.0
        [[ions]]
        name = "H+"
        momentum_max_au = 80.0
    """)


def flown(momentum: np.ndarray, ion: Ion, setup: Setup) -> tuple[float, float, float]:
    """Land an ion by integrating Newton's equation in SI units."""
    si = units.MOMENTUM_SI
    mass = ion.mass_au / units.DALTON * 1.66053906892e-27
    charge = ion.charge * 1.602176634e-19
    section = setup.spectrometer
    s, length = section.acceleration_mm * 1e-3, (section.acceleration_mm + section.drift_mm) * 1e-3
    field, magnetic = section.field_v_per_mm * 1e3, section.magnetic_field_gauss * 1e-4
    velocity = momentum * si / mass + np.array(setup.detector.jet_velocity_m_per_s)

    def slope(pull: float) -> Any:
        return lambda _t, r: [
            *r[3:],
            charge / mass * r[4] * magnetic,
            -charge / mass * r[3] * magnetic,
            charge / mass * pull,
        ]

    def fly(start: Any, pull: float, end: float) -> tuple[float, Any]:
        def arrives(_t: float, r: Any) -> float:
            return r[2] - end

        arrives.terminal, arrives.direction = True, 1
        out = solve_ivp(slope(pull), (0, 1e-4), start, events=arrives, rtol=1e-11, atol=1e-13, max_step=5e-8)
        return out.t_events[0][0], out.y_events[0][0]

    time, state = fly([0, 0, 0, *velocity], field, s)
    if length > s:
        state = [*state[:2], s, *state[3:]]
        more, state = fly(state, 0.0, length)
        time += more
    centre = setup.detector.centre_mm
    return state[0] * 1e3 + centre[0], state[1] * 1e3 + centre[1], time * 1e9 + section.t0_ns


@pytest.mark.parametrize("drift_mm", [0.0, 60.0, 400.0])
@pytest.mark.parametrize("gauss", [0.0, 7.0, -7.0, 60.0])
@pytest.mark.parametrize("name", ["H+", "O2+"])
def test_momenta_and_landings_are_inverse(drift_mm: float, gauss: float, name: str) -> None:
    setup, ion = setup_of(drift_mm, gauss), Ion.parse(name)
    wanted = np.random.default_rng(1).normal(scale=80.0, size=(500, 3))
    found = momenta(*landings(wanted, ion, setup), ion, setup)
    usable = np.isfinite(found).all(axis=1)
    assert usable.mean() > 0.98
    np.testing.assert_allclose(found[usable], wanted[usable], atol=1e-6 if gauss == 60.0 else ROUND_TRIP_AU)


@pytest.mark.parametrize(("drift_mm", "gauss"), [(0.0, 0.0), (150.0, 0.0), (0.0, 8.0), (150.0, -8.0)])
@pytest.mark.parametrize("name", ["H+", "O+"])
def test_trajectories_land_where_the_formulas_say(drift_mm: float, gauss: float, name: str) -> None:
    setup, ion = setup_of(drift_mm, gauss), Ion.parse(name)
    wanted = np.random.default_rng(2).normal(scale=30.0, size=(3, 3))
    landed = np.array([flown(momentum, ion, setup) for momentum in wanted])
    np.testing.assert_allclose(np.transpose(landings(wanted, ion, setup)), landed, rtol=1e-7, atol=1e-6)
    np.testing.assert_allclose(momenta(*landed.T, ion, setup), wanted, atol=TRAJECTORY_AU)


def test_momentum_falls_with_flight_time_in_a_drift() -> None:
    machine, mass = Spectrometer.of(setup_of(300.0)), Ion.parse("H+").mass_au
    times = np.linspace(100.0, 4000.0, 400) * units.NANOSECOND
    found = [axial_momentum(t, mass, 1.0, machine.s, machine.d, machine.field) for t in times]
    assert np.all(np.diff(found) < 0)


def test_no_momentum_before_the_pulse() -> None:
    ion = Ion.parse("H+")
    assert math.isnan(axial_momentum(0.0, ion.mass_au, 1.0, 1e9, 0.0, 1e-9))
    assert math.isnan(axial_momentum(math.nan, ion.mass_au, 1.0, 1e9, 1e9, 1e-9))
    px, _, ok = transverse_momentum(1.0, 1.0, -1.0, ion.mass_au, 1.0, 0.0)
    assert math.isnan(px)
    assert not ok


def test_magnetic_field_fades_out_continuously() -> None:
    mass, t = Ion.parse("H+").mass_au, 400 * units.NANOSECOND
    without = transverse_momentum(1e8, -2e8, t, mass, 1.0, 0.0)
    assert without[:2] == pytest.approx((mass * 1e8 / t, -mass * 2e8 / t), rel=1e-14)
    for half in (1e-12, 1e-6, 0.99e-4, 1.01e-4, 1e-3):
        px, py, ok = transverse_momentum(1e8, -2e8, t, mass, 1.0, 2 * half * mass / t)
        assert ok
        assert (px, py) == pytest.approx(without[:2], rel=3 * half + 1e-13)


@pytest.mark.parametrize("turns", [1, 2, -1])
def test_nodes_are_flagged(turns: int) -> None:
    mass, t = Ion.parse("H+").mass_au, 400 * units.NANOSECOND
    node = 2 * math.pi * turns * mass / t
    px, _, ok = transverse_momentum(1e6, 0.0, t, mass, 1.0, node)
    assert not ok
    assert math.isnan(px)
    assert transverse_momentum(1e6, 0.0, t, mass, 1.0, node * 1.01)[2]


def test_positive_ions_turn_clockwise() -> None:
    x, y, _ = landings(np.array([[40.0, 0.0, 0.0]]), Ion.parse("H+"), setup_of(gauss=5.0))
    x0, y0, _ = landings(np.array([[40.0, 0.0, 0.0]]), Ion.parse("H+"), setup_of())
    assert y[0] < y0[0]
    assert x[0] < x0[0]


def test_windows_hold_the_momenta_they_promise() -> None:
    setup = setup_of(60.0)
    for section, (early, late) in zip(setup.ions, windows(setup), strict=True):
        largest = section.momentum_max_au
        pz = momenta(np.zeros(2), np.zeros(2), np.array([early, late]), section.ion, setup)[:, 2]
        assert pz == pytest.approx([largest, -largest], rel=1e-10)


@pytest.mark.parametrize("drift_mm", [0.0, 40.0])
def test_the_momentum_of_a_window_is_found_from_either_of_its_ends(drift_mm: float) -> None:
    setup = setup_of(drift_mm)
    for section, ends in zip(setup.ions, windows(setup), strict=True):
        for end in ends:
            assert reach_au(setup, section, end) == pytest.approx(section.momentum_max_au, rel=1e-9)


def test_a_window_does_not_end_before_t0() -> None:
    setup = setup_of()
    with pytest.raises(CEIError, match="a window at 12 ns is not after t0, 12 ns"):
        reach_au(setup, setup.ions[0], 12.0)
