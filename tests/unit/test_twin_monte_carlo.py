"""Runs of the Monte Carlo model, with a stand-in of known physics for its trajectories."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import onlinecei.explosion
from onlinecei.records import Batch
from onlinecei.setup import Setup
from onlinecei.twin import Beam, Detector, Truth, TwinOptions, default_setup, load_molecule, simulate

WATER = Setup.from_file(Path(__file__).parents[2] / "replay_data" / "water.toml")
CLEAN: dict[str, Any] = {
    "model": "monte-carlo", "background_per_pulse": 0.0, "efficiency": 1.0, "geometries": 200,
    "pulses_per_train": 500, "detector": Detector(time_sigma_ns=0.0, position_sigma_mm=0.0, dead_time_ns=0.0),
}  # fmt: skip


@dataclass
class Outcome:
    charges: np.ndarray
    momenta_au: np.ndarray


@dataclass
class StandIn:
    """One photon is absorbed with a probability that grows with the energy; each atom then charges or does not."""

    energies: list[np.ndarray] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)
    bound: float = 0.0
    """Probability that the atoms stay bound to one another."""

    def __call__(
        self, positions_au: np.ndarray, symbols: list[str], beam: Beam, *, seed: int, energy: np.ndarray
    ) -> Outcome:
        rng = np.random.default_rng(seed)
        self.energies.append(energy)
        self.seeds.append(seed)
        absorbed = rng.random(len(energy)) < 1 - np.exp(-0.5 * energy * beam.pulse_energy_uj / 1000)
        most = np.array([3 if symbol == "O" else 1 for symbol in symbols])
        charges = rng.integers(0, most + 1, size=positions_au.shape[:2]) * absorbed[:, None]
        momenta = 15.0 * charges[:, :, None] * positions_au
        momenta[rng.random(len(energy)) < self.bound] = np.nan
        return Outcome(charges.astype(np.int8), momenta)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    explode = StandIn()
    monkeypatch.setattr(onlinecei.explosion, "explode_in_beam", explode, raising=False)
    return explode


def run_of(options: TwinOptions, seed: int = 3) -> tuple[Batch, Truth]:
    batches, truth = simulate(load_molecule("water"), WATER, options, seed)
    return Batch.of([train for batch in batches for train in batch.trains()]), truth


def test_only_ions_are_seen(stand_in: StandIn) -> None:
    batch, truth = run_of(TwinOptions(pulses=2000, molecules_per_pulse=2.0, **CLEAN))
    charges, molecule = truth.column("event/charges"), truth.column("hit/molecule")
    assert len(stand_in.seeds) == 4
    assert charges.shape == (truth.count("event/pulse"), 3)
    assert charges.shape[0] / 2000 == pytest.approx(2.0, abs=0.13)
    ions = np.sum(charges > 0, axis=1)
    np.testing.assert_array_equal(np.bincount(molecule, minlength=ions.size), ions)
    assert 0.5 < np.mean(ions == 0) < 0.7, "a molecule that absorbed nothing gives nothing"
    np.testing.assert_array_equal(
        np.sort(truth.column("hit/ion")), np.sort(np.concatenate([np.arange(n) for n in ions]))
    )
    hits = np.diff(batch.first_hit.astype(int))
    np.testing.assert_array_equal(hits, np.bincount(truth.column("event/pulse"), ions, minlength=2000))


def test_bound_fragments_are_not_seen(stand_in: StandIn) -> None:
    free = run_of(TwinOptions(pulses=1000, **CLEAN))[0].hits
    stand_in.bound = 0.5
    batch, truth = run_of(TwinOptions(pulses=1000, **CLEAN))
    assert batch.hits == pytest.approx(0.5 * free, rel=0.15)
    assert np.sum(truth.column("event/charges") > 0) == free


def test_more_ions_in_stronger_pulses(stand_in: StandIn) -> None:
    batch, truth = run_of(TwinOptions(pulses=4000, molecules_per_pulse=2.0, energy_spread=0.5, **CLEAN))
    hits, strong = np.diff(batch.first_hit.astype(int)), batch.energy_uj > 1000
    assert hits[strong].mean() > 1.4 * hits[~strong].mean()
    acted = np.concatenate(stand_in.energies)
    np.testing.assert_allclose(acted, batch.energy_uj[truth.column("event/pulse")] / 1000, atol=1e-4)


def test_a_weaker_beam_gives_fewer_ions(stand_in: StandIn) -> None:
    strong = run_of(TwinOptions(pulses=1000, **CLEAN))[0].hits
    weak = run_of(TwinOptions(pulses=1000, beam=Beam(pulse_energy_uj=100.0), **CLEAN))[0].hits
    assert 0 < weak < 0.3 * strong
    assert stand_in.seeds[:2] == stand_in.seeds[2:]


def test_trains_do_not_depend_on_each_other(stand_in: StandIn) -> None:
    short, long = (run_of(TwinOptions(pulses=pulses, **CLEAN))[0] for pulses in (1000, 2500))
    np.testing.assert_array_equal(short.t_ns, long.t_ns[: short.hits])
    assert len(set(stand_in.seeds)) == 5
    again = run_of(TwinOptions(pulses=1000, **CLEAN))[0]
    np.testing.assert_array_equal(short.x_mm, again.x_mm)


@pytest.mark.usefixtures("stand_in")
def test_the_setup_that_is_made_has_the_frequent_channels() -> None:
    options = TwinOptions(pulses=1000, output="edges", **CLEAN)
    setup = Setup.from_toml(default_setup(load_molecule("water"), "water", options, "quad"))
    assert sorted(section.channel.name for section in setup.channels) == ["O+/H+/H+", "O2+/H+/H+", "O3+/H+/H+"]
    assert all(setup.complete(section) for section in setup.channels)
    assert setup.delay_lines is not None
    assert setup.delay_lines.kind == "quad"
    windows = {section.name: section.momentum_max_au for section in setup.ions}
    assert set(windows) == {"O+", "O2+", "O3+", "H+"}
    assert windows["H+"] > 15.0 * 1.8, "protons start 1.8 bohr from the oxygen"


def test_the_model_itself_explodes_water() -> None:
    options = TwinOptions(pulses=500, molecules_per_pulse=2.0, **CLEAN)
    batch, truth = run_of(options)
    charges = truth.column("event/charges")
    assert batch.hits == truth.count("hit/ion") > 100
    assert np.any(charges.sum(axis=1) == 0), "in the wings of the focus little is absorbed"
    assert charges[:, 0].max() > charges[:, 1:].max() == 1
    np.testing.assert_array_equal(batch.t_ns, run_of(options)[0].t_ns)
