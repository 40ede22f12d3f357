"""Residual gas, drifts, bunches and pump-probe delays of simulated runs."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from ase import Atoms
from ase.io import write

from onlinecei import units
from onlinecei.errors import CEIError, MoleculeError
from onlinecei.ions import Ion
from onlinecei.records import Batch
from onlinecei.setup import Setup
from onlinecei.spectrometer import Spectrometer, landings, momenta
from onlinecei.twin import (
    Detector,
    Drift,
    Gas,
    Scan,
    Truth,
    TwinOptions,
    default_setup,
    load_molecule,
    make_run,
    read_frames,
    simulate,
    truth_path,
)
from onlinecei.twin.flight import BACKGROUND, GAS, Flying, land
from onlinecei.twin.fragments import ions_in_order, name_channels
from onlinecei.twin.gas import GAS_IONS

WATER = Setup.from_file(Path(__file__).parents[2] / "replay_data" / "water.toml")
SHARP = Detector(time_sigma_ns=0.0, position_sigma_mm=0.0, dead_time_ns=0.0)
CLEAN = {"background_per_pulse": 0.0, "efficiency": 1.0, "detector": SHARP, "geometries": 300}
BONDS = {-50.0: (1.1,), 0.0: (1.5, 1.6), 150.0: (2.2,)}
"""Bond lengths of N2, angstrom, at each delay."""


def run_of(molecule: str, setup: Setup, options: TwinOptions, seed: int = 5) -> tuple[Batch, Truth]:
    batches, truth = simulate(load_molecule(molecule), setup, options, seed)
    return Batch.of([train for batch in batches for train in batch.trains()]), truth


def rest_ns(mass_au: float, setup: Setup) -> float:
    """Flight time of an ion of charge one from rest: t0 + sqrt(2 m s / E)."""
    section = setup.spectrometer
    s, field = section.acceleration_mm * units.MILLIMETRE, section.field_v_per_mm * units.VOLT_PER_MILLIMETRE
    return section.t0_ns + float(np.sqrt(2 * mass_au * s / field)) / units.NANOSECOND


def test_ions_land_where_the_spectrometer_says() -> None:
    wanted = np.random.default_rng(1).normal(size=(50, 3)) * 30
    mass = Ion("O", 2).mass_au
    spectrometer = Spectrometer.of(WATER)
    none = np.zeros(50, dtype=np.int64)
    total = wanted + mass * np.array(spectrometer.jet)
    flying = Flying(
        pulse=none, molecule=none, ion=none, mass_au=np.full(50, mass), charge=np.full(50, 2.0), momentum_au=total
    )
    found = land(flying, spectrometer)
    np.testing.assert_allclose([found.x_mm, found.y_mm, found.t_ns], landings(wanted, Ion("O", 2), WATER), rtol=1e-12)


def test_residual_gas_has_its_flight_times_and_does_not_move_with_the_jet() -> None:
    gas = Gas(ions_per_pulse=4.0, temperature_k=300.0, proton_ev=3.0)
    batch, truth = run_of("water", WATER, TwinOptions(pulses=3000, molecules_per_pulse=0.0, gas=gas, **CLEAN))
    kind = truth.column("hit/ion")
    assert np.all(truth.column("hit/molecule") == GAS)
    assert kind.size / 3000 == pytest.approx(4.0, abs=0.15)
    field = WATER.spectrometer.field_v_per_mm * units.VOLT_PER_MILLIMETRE
    masses = {"H2O": 18, "OH": 17, "N2": 28}
    for index, ion in enumerate(GAS_IONS):
        rows = kind == index
        assert rows.mean() == pytest.approx(ion.share, abs=0.02)
        if ion.formula == "H":
            continue
        assert ion.mass_au == pytest.approx(masses[ion.formula] * units.DALTON, rel=2e-3)
        assert np.median(batch.t_ns[rows]) == pytest.approx(rest_ns(ion.mass_au, WATER), abs=0.5)
        spread_ns = np.sqrt(ion.mass_au * units.KELVIN * 300.0) / field / units.NANOSECOND
        assert batch.t_ns[rows].std() == pytest.approx(spread_ns, rel=0.1)
        assert batch.x_mm[rows].mean() == pytest.approx(WATER.detector.centre_mm[0], abs=0.1)


def test_protons_of_the_gas_have_their_energy() -> None:
    still = WATER.model_copy(update={"detector": WATER.detector.model_copy(update={"jet_velocity_m_per_s": (0, 0, 0)})})
    gas = Gas(ions_per_pulse=10.0, proton_ev=3.0)
    batch, truth = run_of("water", still, TwinOptions(pulses=2000, molecules_per_pulse=0.0, gas=gas, **CLEAN))
    rows = truth.column("hit/ion") == [ion.formula for ion in GAS_IONS].index("H")
    p = momenta(batch.x_mm[rows], batch.y_mm[rows], batch.t_ns[rows], Ion("H", 1), still)
    energies = np.sum(p**2, axis=1) / (2 * Ion("H", 1).mass_au) / units.ELECTRONVOLT
    assert energies.mean() == pytest.approx(3.0, rel=0.05)
    assert np.all(np.abs(p.mean(axis=0)) < 0.6), "no direction is favoured"


def test_drifts_are_full_at_the_end_of_the_run() -> None:
    drift, gas = Drift(t0_ns=6.0, field=-0.03), Gas(ions_per_pulse=6.0)
    options = TwinOptions(pulses=2500, pulses_per_train=500, molecules_per_pulse=0.0, gas=gas, drift=drift, **CLEAN)
    batch, truth = run_of("water", WATER, options)
    water = truth.column("hit/ion") == 0
    t0, flight = WATER.spectrometer.t0_ns, rest_ns(GAS_IONS[0].mass_au, WATER) - WATER.spectrometer.t0_ns
    first_hit = batch.first_hit[batch.first_pulse.astype(int)].astype(int)
    for train, share in ((0, 0.0), (2, 0.5), (4, 1.0)):
        rows = slice(first_hit[train], first_hit[train + 1])
        expected = t0 + share * 6.0 + flight / np.sqrt(1 - 0.03 * share)
        assert np.median(batch.t_ns[rows][water[rows]]) == pytest.approx(expected, abs=0.6)
    np.testing.assert_allclose(truth.column("train/t0_ns"), t0 + np.linspace(0, 6, 5))
    np.testing.assert_allclose(truth.column("train/field_v_per_mm"), 22.0 * np.linspace(1, 0.97, 5))


def test_background_and_molecules_are_told_apart() -> None:
    options = TwinOptions(pulses=400, geometries=300, gas=Gas(ions_per_pulse=0.5))
    _, truth = run_of("water", WATER, options)
    molecule, ion = truth.column("hit/molecule"), truth.column("hit/ion")
    assert set(molecule[molecule < 0].tolist()) == {BACKGROUND, GAS}
    assert set(ion[molecule == BACKGROUND].tolist()) == {-1}
    assert molecule.max() < truth.count("event/pulse")


@pytest.mark.parametrize(("bunches", "longest", "last"), [("xfel", 2700, 299), ("lcls2", 10_000, 2299)])
def test_pulse_ids_start_again_or_run_on(bunches: str, longest: int, last: int) -> None:
    options = TwinOptions(pulses=2300, pulses_per_train=1000, bunches=bunches, first_train=7, geometries=10)
    batch, _ = run_of("water", WATER, options)
    np.testing.assert_array_equal(batch.train_id, [7, 8, 9])
    assert batch.pulse_id[-1] == last
    assert batch.pulse_id[999] == 999
    assert TwinOptions(pulses_per_train=longest, bunches=bunches).pulses_per_train == longest


def test_xfel_trains_end_at_2700_pulses() -> None:
    with pytest.raises(CEIError, match="2700"):
        TwinOptions(pulses_per_train=2701)


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_pulse_energies_spread_as_asked(spread: float) -> None:
    batch, _ = run_of("water", WATER, TwinOptions(pulses=20_000, energy_spread=spread, molecules_per_pulse=0.0))
    assert batch.energy_uj.mean() == pytest.approx(1000.0, rel=0.01)
    assert batch.energy_uj.std() == pytest.approx(1000.0 * spread, rel=0.03, abs=1e-6)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A stretched N2 at three delays, written out of order."""
    frames = [
        Atoms("N2", [[0, 0, 0], [0, 0, bond]], info={"delay_fs": delay})
        for delay in sorted(BONDS, reverse=True)
        for bond in BONDS[delay]
    ]
    write(tmp_path / "path.xyz", frames, format="extxyz")
    return tmp_path / "path.xyz"


def nitrogen(path: Path) -> Setup:
    return Setup.from_toml(default_setup(load_molecule("N2"), "N2", TwinOptions(scan=Scan(file=path))))


def test_each_delay_has_its_ensemble(path: Path) -> None:
    setup = nitrogen(path)
    options = TwinOptions(pulses=3000, scan=Scan(file=path), **CLEAN)
    batch, truth = run_of("N2", setup, options)
    p = momenta(batch.x_mm, batch.y_mm, batch.t_ns, Ion("N", 1), setup)
    energy = np.bincount(truth.column("hit/molecule"), np.sum(p**2, axis=1)) / (2 * Ion("N", 1).mass_au)
    whole = np.bincount(truth.column("hit/molecule")) == 2
    pulse = truth.column("event/pulse")[: whole.size]
    np.testing.assert_array_equal(np.unique(batch.delay_fs), sorted(BONDS))
    for delay, bonds in BONDS.items():
        rows = whole & (batch.delay_fs[pulse] == delay)
        assert np.mean(batch.delay_fs == delay) == pytest.approx(1 / 3, abs=0.04)
        expected = np.mean([1 / (bond * units.ANGSTROM) for bond in bonds])
        assert energy[rows].mean() == pytest.approx(expected, rel=0.01)


def test_a_scan_steps_from_train_to_train_and_jitters_what_it_writes(path: Path) -> None:
    scan = Scan(file=path, order="scan", jitter_fs=3.0)
    options = TwinOptions(pulses=4000, pulses_per_train=1000, scan=scan, geometries=30)
    batch, truth = run_of("N2", nitrogen(path), options)
    acted = np.repeat([-50.0, 0.0, 150.0, -50.0], 1000)
    assert (batch.delay_fs - acted).std() == pytest.approx(3.0, rel=0.1)
    np.testing.assert_array_equal(truth.column("pulse/delay"), np.repeat([0, 1, 2, 0], 1000))


def test_the_setup_of_a_scan_has_a_bin_for_each_delay(path: Path) -> None:
    assert nitrogen(path).delays.bins == ((-75.0, -25.0), (-25.0, 75.0), (75.0, 225.0))


def test_the_truth_holds_the_geometries_of_the_scan(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "scan.h5"
    make_run("N2", out, None, TwinOptions(pulses=50, geometries=30, scan=Scan(file=path)), seed=2)
    with h5py.File(truth_path(out)) as truth:
        assert truth["delay_fs"][:].tolist() == [-50.0, 0.0, 150.0]
        assert truth["frame/delay"][:].tolist() == [0, 1, 1, 2]
        bonds = truth["frame/positions_au"][:, 1, 2] / units.ANGSTROM
        assert truth["pulse/delay"].shape == (50,)
    np.testing.assert_allclose(bonds, [1.1, 1.5, 1.6, 2.2])


def test_frames_are_put_into_the_order_of_the_molecule(tmp_path: Path) -> None:
    water = load_molecule("water")
    path = tmp_path / "hoh.xyz"
    write(path, Atoms("HOH", water.positions[[1, 0, 2]], info={"delay_fs": 3}), format="extxyz")
    _, truth = run_of("water", WATER, TwinOptions(pulses=10, scan=Scan(file=path), geometries=5))
    np.testing.assert_allclose(truth.ensembles.frames[3.0][0], water.positions * units.ANGSTROM, atol=1e-6)


@pytest.mark.parametrize(
    ("symbols", "info", "said"), [("O2", {"delay_fs": 1.0}, "frame 0 is O2"), ("N2", {"time": 1.0}, "delay_fs=None")]
)
def test_frames_that_do_not_fit_are_errors(tmp_path: Path, symbols: str, info: dict, said: str) -> None:
    path = tmp_path / "wrong.xyz"
    write(path, Atoms(symbols, [[0, 0, 0], [0, 0, 1.2]], info=info), format="extxyz")
    with pytest.raises(MoleculeError, match=said):
        read_frames(path, load_molecule("N2"))


def test_channels_are_named_in_the_canonical_order() -> None:
    charges = np.array([[1, 0, 2], [0, 0, 0], [1, 1, 2], [1, 1, 2]], dtype=np.int8)
    numbers = np.array([1, 1, 8])
    names, way = name_channels(charges, numbers)
    assert [names[index] for index in way] == ["O2+/H+", "neutral", "O2+/H+/H+", "O2+/H+/H+"]
    assert ions_in_order(charges, numbers)[0, [2, 0]].tolist() == [0, 1]
