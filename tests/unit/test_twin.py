"""The instrument twin: its ensemble against closed forms, its runs against what was asked for."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from onlinecei import units
from onlinecei.errors import CEIError, MoleculeError
from onlinecei.records import Batch
from onlinecei.setup import Setup
from onlinecei.spectrometer import momenta, windows
from onlinecei.twin import (
    Detector,
    Truth,
    TwinOptions,
    default_setup,
    load_molecule,
    make_run,
    mode_variances,
    normal_modes,
    sample_geometries,
    simulate,
    truth_path,
)
from onlinecei.twin.beamline import random_rotations
from onlinecei.twin.ensemble import masses_au
from onlinecei.twin.molecules import symbols_of

WATER = Path(__file__).parents[2] / "replay_data" / "water.toml"
QUICK = {"geometries": 500, "pulses_per_train": 250}


def run_of(molecule: str, setup: Setup, options: TwinOptions, seed: int = 5) -> tuple[list[Batch], Truth]:
    batches, truth = simulate(load_molecule(molecule), setup, options, seed)
    return list(batches), truth


def column(batches: list[Batch], name: str) -> np.ndarray:
    return np.concatenate([getattr(batch, name) for batch in batches])


@pytest.mark.parametrize(
    ("text", "atoms"), [("water", 3), ("H2O", 3), ("ethanol", 9), ("CH3CH2OH", 9), ("Tetrafluoromethane", 5)]
)
def test_molecules_by_name(text: str, atoms: int) -> None:
    assert len(load_molecule(text)) == atoms


def test_molecules_by_file(tmp_path: Path) -> None:
    path = tmp_path / "oh.xyz"
    path.write_text("2\n\nO 0 0 0\nH 0 0 0.97\n")
    assert symbols_of(load_molecule(str(path))) == ["O", "H"]
    path.write_text("not a molecule")
    with pytest.raises(MoleculeError, match="cannot be read"):
        load_molecule(str(path))


def test_molecules_by_smiles() -> None:
    pytest.importorskip("rdkit")
    first, second = load_molecule("OCC"), load_molecule("OCC")
    assert len(first) == 9
    np.testing.assert_array_equal(first.positions, second.positions)
    with pytest.raises(MoleculeError, match="neither"):
        load_molecule("no such molecule")


@pytest.mark.parametrize(("name", "modes"), [("water", 3), ("CO2", 4), ("N2", 1), ("ethanol", 21)])
def test_translations_and_rotations_are_no_vibrations(name: str, modes: int) -> None:
    atoms = load_molecule(name)
    frequencies, displacements = normal_modes(atoms)
    assert frequencies.size == modes
    moved = np.einsum("i,kix->kx", masses_au(atoms), displacements)
    np.testing.assert_allclose(moved, 0, atol=1e-8)


def test_frequencies_are_near_those_of_water() -> None:
    measured = np.array([1595, 3657, 3756])
    found = normal_modes(load_molecule("water"))[0] * 219474.63
    assert np.all(np.abs(found / measured - 1) < 0.55)


@pytest.mark.parametrize("temperature_k", [0.0, 300.0, 3000.0])
def test_a_diatomic_spreads_as_the_closed_formula_says(temperature_k: float) -> None:
    atoms = load_molecule("N2")
    (frequency,), _ = normal_modes(atoms)
    reduced = masses_au(atoms)[0] / 2
    geometries = sample_geometries(atoms, 40_000, temperature_k, np.random.default_rng(3))
    bonds = np.linalg.norm(geometries[:, 0] - geometries[:, 1], axis=1)
    thermal = np.inf if temperature_k == 0 else frequency / (2 * units.KELVIN * temperature_k)
    assert bonds.var() == pytest.approx(0.5 / (reduced * frequency * np.tanh(thermal)), rel=0.03)
    assert mode_variances(np.array([frequency]), temperature_k)[0] == pytest.approx(0.5 / frequency / np.tanh(thermal))


def test_rotations_are_proper_and_have_no_favourite() -> None:
    turns = random_rotations(20_000, np.random.default_rng(4))
    np.testing.assert_allclose(turns @ np.swapaxes(turns, 1, 2), np.tile(np.eye(3), (20_000, 1, 1)), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(turns), 1, atol=1e-12)
    np.testing.assert_allclose(turns.mean(axis=0), 0, atol=0.02)


def test_the_same_seed_gives_the_same_run() -> None:
    setup, options = Setup.from_file(WATER), TwinOptions(pulses=1100, **QUICK)
    first, second = run_of("water", setup, options)[0], run_of("water", setup, options)[0]
    other = run_of("water", setup, options, seed=6)[0]
    np.testing.assert_array_equal(column(first, "t_ns"), column(second, "t_ns"))
    np.testing.assert_array_equal(column(first, "energy_uj"), column(second, "energy_uj"))
    assert column(first, "t_ns")[:50].tolist() != column(other, "t_ns")[:50].tolist()


def test_a_longer_run_starts_like_a_shorter_one() -> None:
    setup = Setup.from_file(WATER)
    short = run_of("water", setup, TwinOptions(pulses=250, **QUICK))[0]
    long = run_of("water", setup, TwinOptions(pulses=6000, **QUICK))[0]
    hits = short[0].hits
    np.testing.assert_array_equal(short[0].t_ns, long[0].t_ns[:hits])


def test_trains_and_their_hits_are_in_order() -> None:
    batches, truth = run_of("water", Setup.from_file(WATER), TwinOptions(pulses=5600, **QUICK))
    assert sum(batch.pulses for batch in batches) == 5600
    np.testing.assert_array_equal(column(batches, "train_id"), np.arange(1, 24))
    for batch in batches:
        assert int(batch.first_hit[-1]) == batch.hits
        for pulse in range(0, batch.pulses, 97):
            assert np.all(np.diff(batch.t_ns[int(batch.first_hit[pulse]) : int(batch.first_hit[pulse + 1])]) >= 0)
    assert truth.count("hit/ion") == sum(batch.hits for batch in batches)


def test_half_of_the_ions_are_seen() -> None:
    options = TwinOptions(pulses=8000, background_per_pulse=0.25, detector=Detector(dead_time_ns=0.0), **QUICK)
    batches, truth = run_of("water", Setup.from_file(WATER), options)
    origin = truth.column("hit/molecule")
    assert np.mean(origin >= 0) * origin.size / (3 * truth.count("event/pulse")) == pytest.approx(0.5, abs=0.015)
    assert np.sum(origin < 0) / 8000 == pytest.approx(0.25, abs=0.02)
    assert truth.count("event/pulse") / 8000 == pytest.approx(1.0, abs=0.04)
    assert np.hypot(column(batches, "x_mm"), column(batches, "y_mm")).max() <= 60.5


def test_momenta_add_up_to_zero_and_stay_in_their_windows() -> None:
    setup = Setup.from_file(WATER)
    options = TwinOptions(
        pulses=2000,
        background_per_pulse=0.0,
        efficiency=1.0,
        detector=Detector(dead_time_ns=0.0),
        channels=(("O+/H+/H+", 1.0),),
        **QUICK,
    )
    batches, truth = run_of("water", setup, options)
    molecule, ion = truth.column("hit/molecule"), truth.column("hit/ion")
    x, y, t = (column(batches, name) for name in ("x_mm", "y_mm", "t_ns"))
    total = np.zeros((truth.count("event/pulse"), 3))
    for index, section in enumerate([setup.ions[0], setup.ions[2], setup.ions[2]]):
        rows = ion == index
        np.add.at(total, molecule[rows], momenta(x[rows], y[rows], t[rows], section.ion, setup))
        early, late = windows(setup)[setup.ions.index(section)]
        assert early < t[rows].min()
        assert t[rows].max() < late
    assert np.abs(total.mean(axis=0)).max() < 0.15
    assert total.std(axis=0).max() < 1.5


def test_dead_time_loses_the_second_hit() -> None:
    setup = Setup.from_file(WATER)
    options = TwinOptions(pulses=2000, background_per_pulse=20.0, **QUICK)
    batch = run_of("water", setup, options)[0][0]
    same = np.repeat(np.arange(batch.pulses), np.diff(batch.first_hit.astype(np.int64)))
    near = (np.diff(same) == 0) & (np.diff(batch.t_ns) < 14.9)
    assert near.sum() > 100
    assert np.hypot(np.diff(batch.x_mm), np.diff(batch.y_mm))[near].min() > 14.9


@pytest.mark.parametrize("name", ["water", "N2", "CO2", "CF4", "ethanol", "C6H6"])
def test_default_setups_are_valid_and_hold_their_ions(name: str) -> None:
    atoms = load_molecule(name)
    setup = Setup.from_toml(default_setup(atoms, name))
    assert setup.complete(setup.channels[0]) == (len(atoms) <= 9)
    options = TwinOptions(
        pulses=200, geometries=50, efficiency=1.0, background_per_pulse=0.0, detector=Detector(dead_time_ns=0.0)
    )
    batches, truth = run_of(name, setup, options)
    assert sum(batch.hits for batch in batches) > 0.98 * len(atoms) * truth.count("event/pulse")


def test_what_does_not_fit_is_an_error() -> None:
    setup = Setup.from_file(WATER)
    with pytest.raises(MoleculeError, match="formula is H2O"):
        run_of("N2", setup, TwinOptions())
    with pytest.raises(MoleculeError, match="every atom"):
        run_of("water", setup, TwinOptions(channels=(("O+/H+", 1.0),)))
    with pytest.raises(CEIError, match="seed is -1"):
        run_of("water", setup, TwinOptions(), seed=-1)
    with pytest.raises(CEIError, match=r"efficiency is 1.5"):
        TwinOptions(efficiency=1.5)


def test_a_run_and_its_truth_are_written(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    out = tmp_path / "run.h5"
    options = TwinOptions(pulses=300, **QUICK)
    make_run("water", out, WATER.read_text(), options, 2, lambda done, wanted: calls.append((done, wanted)))
    assert calls[-1] == (300, 300)
    with h5py.File(out) as run, h5py.File(truth_path(out)) as truth:
        assert truth.attrs["format"] == "onlinecei-truth"
        assert truth["hit/ion"].shape == run["hit/t_ns"].shape
        assert truth["molecule/positions_au"].shape == (3, 3)
        assert truth["channels"].asstr()[:].tolist() == ["O+/H+/H+", "O2+/H+/H+"]
