"""Fits of the spectrometer on hits made of known momenta."""

from dataclasses import replace

import numpy as np
import pytest

from onlinecei import units
from onlinecei.ions import Channel, Ion, Molecule
from onlinecei.setup import Setup
from onlinecei.spectrometer import Spectrometer, landings
from onlinecei.spectrometer.calibration import (
    FIELD,
    STEPS,
    T0,
    Events,
    Kinds,
    Sample,
    X,
    at,
    candidates,
    conserve,
    find_peak,
    find_spots,
    fit_shells,
    fixed,
    foreign,
    name_peaks,
    slope,
    sums,
    vector,
    without_drift,
)
from onlinecei.spectrometer.calibration.candidates import atom
from onlinecei.spectrometer.calibration.model import log_field_of
from onlinecei.spectrometer.calibration.readings import momentum_of, read

RADIUS, END_NS = 60.0, 1400.0


def directions(number: int, random: np.random.Generator) -> np.ndarray:
    vectors = random.normal(size=(number, 3))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def hits_of_ions(setup: Setup, numbers: dict[str, tuple[int, float]], dark: int, seed: int) -> np.ndarray:
    """Rows x, y, t of ions of some mean momentum that fly in all directions, and even background."""
    random = np.random.default_rng(seed)
    rows = []
    for name, (number, mean) in numbers.items():
        size = random.normal(mean, 0.15 * mean, number)
        rows.append(np.stack(landings(size[:, None] * directions(number, random), Ion.parse(name), setup), axis=1))
    radius, angle = RADIUS * np.sqrt(random.random(dark)), 2 * np.pi * random.random(dark)
    rows.append(np.stack([radius * np.cos(angle), radius * np.sin(angle), END_NS * random.random(dark)], axis=1))
    made = np.concatenate(rows)
    made[:, :2] += random.normal(scale=0.1, size=(len(made), 2))
    made[:, 2] += random.normal(scale=0.25, size=len(made))
    return made[random.permutation(len(made))]


def sample_of(rows: np.ndarray) -> Sample:
    area = np.pi * (RADIUS * units.MILLIMETRE) ** 2
    return Sample(
        x=rows[:, 0] * units.MILLIMETRE,
        y=rows[:, 1] * units.MILLIMETRE,
        t=rows[:, 2] * units.NANOSECOND,
        background=1.0 / (area * END_NS * units.NANOSECOND),
    )


NUMBERS = {"H+": (4000, 38.0), "O+": (1600, 30.0), "O2+": (1400, 45.0)}
H2O = Molecule.parse("H2O")


@pytest.fixture(scope="module")
def rows(water: Setup) -> np.ndarray:
    return hits_of_ions(water, NUMBERS, 2500, 1)


@pytest.fixture(scope="module")
def true(water: Setup) -> np.ndarray:
    return vector(Spectrometer.of(water))


def test_candidates_hold_atoms_gas_and_the_molecule_itself() -> None:
    names = [ion.name for ion in candidates(Molecule.parse("CF4"), 4)]
    assert names[:8] == ["C+", "C2+", "C3+", "C4+", "F+", "F2+", "F3+", "F4+"]
    assert {"H2O+", "(N2)+", "CF4+"} < set(names)
    assert {ion.name for ion in foreign(Molecule.parse("CF4"))} >= {"H+", "O+", "O2+"}
    assert not {ion.name for ion in foreign(H2O)} & {ion.name for ion in candidates(H2O)}


@pytest.mark.parametrize("drift_mm", [0.0, 40.0])
def test_field_and_slope_invert_each_other(water: Setup, drift_mm: float) -> None:
    spectrometer = replace(Spectrometer.of(water), d=drift_mm * units.MILLIMETRE)
    again = log_field_of(slope(spectrometer), spectrometer)
    assert np.exp(again) == pytest.approx(spectrometer.field, rel=1e-12)
    ion = Ion.parse("O2+")
    flight = spectrometer.flight_time_au(0.0, ion.mass_au, ion.charge)
    assert slope(spectrometer) * np.sqrt(ion.mass_au / ion.charge) == pytest.approx(flight, rel=1e-12)


@pytest.mark.parametrize("drift_mm", [0.0, 40.0])
def test_the_jacobian_is_that_of_the_momenta(water: Setup, drift_mm: float) -> None:
    spectrometer = replace(Spectrometer.of(water), d=drift_mm * units.MILLIMETRE, magnetic=8 * units.GAUSS)
    ion, given = Ion.parse("O+"), fixed(spectrometer)
    parameters, place = vector(spectrometer), np.array([9.0, -4.0, 1190.0])
    unit = np.array([units.MILLIMETRE, units.MILLIMETRE, units.NANOSECOND])

    def momentum(where: np.ndarray) -> np.ndarray:
        return np.array(momentum_of(*(where * unit), ion.mass_au, 1.0, 1.0, parameters, given)[:3])

    steps = 1e-4 * np.eye(3)
    columns = [
        (momentum(place + step) - momentum(place - step)) / (2e-4 * u) for step, u in zip(steps, unit, strict=True)
    ]
    logarithm = momentum_of(*(place * unit), ion.mass_au, 1.0, 1.0, parameters, given)[3]
    assert logarithm == pytest.approx(np.log(abs(np.linalg.det(np.array(columns)))), abs=1e-5)


def test_readings_are_the_momenta_of_the_analysis(water: Setup, true: np.ndarray) -> None:
    momenta = 30.0 * directions(50, np.random.default_rng(3))
    hits = np.stack(landings(momenta, Ion.parse("O+"), water), axis=1)
    readings = read(sample_of(hits), Kinds.of((atom(Ion.parse("O+")),)), true, fixed(Spectrometer.of(water)))
    assert readings.momentum == pytest.approx(np.full(50, 30.0), rel=1e-9)
    assert readings.cosine == pytest.approx(momenta[:, 2] / 30.0, abs=1e-9)


def test_spots_tell_centre_and_jet_without_a_name(rows: np.ndarray) -> None:
    spots = find_spots(*rows.T)
    assert spots is not None
    assert spots.origin_mm == pytest.approx((1.2, -0.8), abs=0.5)
    assert spots.velocity_mm_per_ns[0] * 1e6 == pytest.approx(900.0, abs=500.0)
    assert spots.hits.sum() == pytest.approx(7000, rel=0.1)


def test_even_background_has_no_spots(water: Setup) -> None:
    assert find_spots(*hits_of_ions(water, {}, 4000, 2).T) is None
    assert find_spots(np.empty(0), np.empty(0), np.empty(0)) is None


def test_peaks_are_named_from_a_field_and_a_t0_that_are_wrong(water: Setup, rows: np.ndarray, true: np.ndarray) -> None:
    ions = candidates(H2O, 4)
    start = true + STEPS * [200.0, 100.0, 0, 0, 0, 0, 0]  # 20 ns, 2 %
    best = name_peaks(sample_of(rows), Kinds.of(ions), start, fixed(Spectrometer.of(water)))[0]
    assert best.parameters[T0] == pytest.approx(true[T0], abs=2 * units.NANOSECOND)
    assert best.parameters[FIELD] == pytest.approx(true[FIELD], abs=0.01)
    found = {ion.name: hits / best.looked_at * len(rows) for ion, hits in zip(ions, best.hits, strict=True)}
    assert {name: found[name] for name in NUMBERS} == pytest.approx({n: v[0] for n, v in NUMBERS.items()}, rel=0.15)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shells_give_all_numbers_within_their_errors(water: Setup, true: np.ndarray, seed: int) -> None:
    sample = sample_of(hits_of_ions(water, NUMBERS, 2500, seed))
    start = true + STEPS * [20.0, 10.0, 6.0, -6.0, 3.0, -3.0, 0.0]
    shells = fit_shells(sample, candidates(H2O, 4), start, fixed(Spectrometer.of(water)))
    error = np.sqrt(np.diag(shells.covariance)) * STEPS
    assert np.all(np.abs(shells.parameters - true) < 4 * error)
    assert error[T0] < 0.3 * units.NANOSECOND
    assert error[X] < 0.15 * units.MILLIMETRE
    reach = dict(zip((ion.name for ion in shells.ions), shells.refined.kinds.largest, strict=True))
    assert 45 < reach["H+"] < 90
    assert 38 < reach["O+"] < 90


def test_drift_of_t0_is_found_with_its_amount(water: Setup, rows: np.ndarray, true: np.ndarray) -> None:
    given = fixed(Spectrometer.of(water))
    place = np.linspace(-0.5, 0.5, len(rows))
    moved = rows.copy()
    moved[:, 2] += 1.5 * place
    shells = fit_shells(sample_of(moved), candidates(H2O, 4), true, given)
    steady, drift = without_drift(shells, place, 8, given)
    error = np.sqrt(np.diag(drift.covariance))
    assert drift.significance > 5
    assert drift.change[0] == pytest.approx(1.5 * units.NANOSECOND, abs=4 * error[0])
    assert drift.change[1] == pytest.approx(0.0, abs=4 * error[1])
    assert drift.alone[-1, 0] - drift.alone[0, 0] == pytest.approx(1.5 * 7 / 8 * units.NANOSECOND, rel=0.4)
    assert steady.parameters[T0] == pytest.approx(true[T0], abs=0.3 * units.NANOSECOND)


def test_a_steady_run_does_not_drift(water: Setup, rows: np.ndarray, true: np.ndarray) -> None:
    given = fixed(Spectrometer.of(water))
    shells = fit_shells(sample_of(rows), candidates(H2O, 4), true, given)
    same, drift = without_drift(shells, np.linspace(-0.5, 0.5, len(rows)), 8, given)
    assert drift.significance < 4
    assert same is shells


def events_of(setup: Setup, channel: Channel, number: int, false: int, seed: int) -> Events:
    """Events whose momenta add up to zero but for the resolution, and combinations that do not."""
    random = np.random.default_rng(seed)
    momenta = random.normal(scale=25.0, size=(number + false, len(channel.ions), 3))
    momenta[:, 0] = -momenta[:, 1:].sum(axis=1)
    momenta[number:, 0] += random.uniform(-20, 20, size=(false, 3))
    columns = [np.stack(landings(momenta[:, k], ion, setup)) for k, ion in enumerate(channel.ions)]
    x, y, t = np.stack(columns, axis=2)
    blur = random.normal(size=(3, *t.shape))
    return Events(
        name=channel.name,
        mass=channel.masses_au,
        charge=channel.charges,
        x=(x + 0.1 * blur[0]) * units.MILLIMETRE,
        y=(y + 0.1 * blur[1]) * units.MILLIMETRE,
        t=(t + 0.25 * blur[2]) * units.NANOSECOND,
        window=20.0,
    )


def test_conservation_finds_what_a_loose_first_estimate_leaves(water: Setup, true: np.ndarray) -> None:
    given = fixed(Spectrometer.of(water))
    channels = tuple(
        events_of(water, Channel.parse(name), 1500, 800, seed) for seed, name in enumerate(("O+/H+/H+", "O2+/H+/H+"))
    )
    loose = np.diag(np.array([10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 1e-3]) ** 2)
    start = true + STEPS * [8.0, 2.0, 6.0, -6.0, 5.0, -5.0, 0.0]
    found = conserve(channels, start, loose, given)
    error = np.sqrt(np.diag(found.covariance))
    assert found.used == (True, True)
    assert np.all(np.abs(found.parameters - true)[:6] < 3.5 * (error * STEPS)[:6])
    assert error[T0] < 5.0
    assert [peak.events for peak in found.peaks] == pytest.approx([1500, 1500], rel=0.05)
    assert found.peaks[0].width[2] == pytest.approx(
        np.sqrt(3) * 0.25 * 22 * units.VOLT_PER_MILLIMETRE * units.NANOSECOND, rel=0.1
    )


def test_without_events_the_first_estimate_stays(water: Setup, true: np.ndarray) -> None:
    few = events_of(water, Channel.parse("O+/H+/H+"), 5, 0, 1)
    found = conserve((few,), true, np.eye(7), fixed(Spectrometer.of(water)))
    assert found.used == (False,)
    assert found.parameters == pytest.approx(true)
    assert found.covariance == pytest.approx(np.eye(7))


def test_a_peak_is_told_from_an_even_background() -> None:
    random = np.random.default_rng(5)
    total = np.concatenate(
        [random.normal(scale=(1.0, 2.0, 0.5), size=(300, 3)), random.uniform(-20, 20, size=(2000, 3))]
    )
    peak = find_peak(total, 20.0, turns=40)
    assert peak.events == pytest.approx(300, rel=0.1)
    assert peak.width == pytest.approx([1.0, 2.0, 0.5], rel=0.2)
    assert peak.probability[:300].mean() > 0.9
    assert peak.probability[300:].mean() < 0.03


def test_momentum_sums_are_those_of_the_analysis(water: Setup, true: np.ndarray) -> None:
    spectrometer = Spectrometer.of(water)
    events = events_of(water, Channel.parse("O+/H+/H+"), 50, 0, 2)
    assert np.abs(sums(events, true, fixed(spectrometer))).max() < 8.0
    assert at(true, spectrometer) == replace(spectrometer, field=pytest.approx(spectrometer.field))
