"""A water setup, and batches made of known momenta."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from onlinecei.ions import Channel
from onlinecei.records import Batch, Train
from onlinecei.setup import Setup
from onlinecei.spectrometer import landings

settings.register_profile("unit", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unit")

WATER = """
[molecule]
formula = "H2O"
[spectrometer]
acceleration_mm = 95.0
field_v_per_mm = 22.0
t0_ns = 12.0
[detector]
centre_mm = [1.2, -0.8]
radius_mm = 60.0
jet_velocity_m_per_s = [900.0, 0.0, 0.0]
[[ions]]
name = "O+"
momentum_max_au = 300.0
[[ions]]
name = "H+"
momentum_max_au = 80.0
[[channels]]
ions = ["O+", "H+", "H+"]
momentum_sum_au = 15.0
[[channels]]
ions = ["O+", "H+"]
ker_ev = [1.0, 40.0]
[[channels]]
ions = ["H+", "H+"]
[reconstruction]
method = "classical"
[histograms]
time_bins = 500
image_bins = 40
pipico_bins = 60
map_bins = 20
"""
RECOIL = np.array([[50.0, 0.0, 0.0], [-25.0, 45.0, 0.0], [-25.0, -45.0, 0.0]])


@pytest.fixture(scope="session")
def water_text() -> str:
    return WATER


@pytest.fixture(scope="session")
def water() -> Setup:
    return Setup.from_toml(WATER)


@pytest.fixture(scope="session")
def train_of() -> Callable[..., Train]:
    """Make a train from the rows (x, y, t) of each pulse."""

    def make(pulses: list, train_id: int = 1, delay_fs: list[float] | None = None) -> Train:
        columns = [np.asarray(pulse, dtype=np.float32).reshape(-1, 3) for pulse in pulses]
        hits = np.concatenate([np.empty((0, 3), np.float32), *columns])
        return Train(
            train_id=train_id,
            pulse_id=np.arange(len(pulses), dtype=np.uint32),
            delay_fs=np.full(len(pulses), np.nan) if delay_fs is None else np.array(delay_fs, dtype=np.float64),
            energy_uj=np.full(len(pulses), np.nan, dtype=np.float32),
            first_hit=np.cumsum([0, *(len(column) for column in columns)], dtype=np.uint32),
            x_mm=hits[:, 0].copy(),
            y_mm=hits[:, 1].copy(),
            t_ns=hits[:, 2].copy(),
        )

    return make


@pytest.fixture(scope="session")
def hits_of() -> Callable[..., np.ndarray]:
    """Land the ions of a channel with momenta (M, N, 3): rows (M, N, 3) of x, y, t."""

    def land(momenta: np.ndarray, channel: Channel, setup: Setup) -> np.ndarray:
        columns = [np.stack(landings(momenta[:, k], ion, setup), axis=-1) for k, ion in enumerate(channel.ions)]
        return np.stack(columns, axis=1)

    return land


def rotations(number: int, random: np.random.Generator) -> np.ndarray:
    matrices, upper = np.linalg.qr(random.normal(size=(number, 3, 3)))
    matrices *= np.sign(np.diagonal(upper, axis1=1, axis2=2))[:, None, :]
    matrices[np.linalg.det(matrices) < 0, :, 0] *= -1
    return matrices


@pytest.fixture(scope="session")
def turned() -> Callable[..., np.ndarray]:
    """Turn a molecule (N, 3) into (M, N, 3), at random."""

    def turn(momenta: np.ndarray, number: int, random: np.random.Generator) -> np.ndarray:
        return np.einsum("mij,...nj->mni", rotations(number, random), momenta)

    return turn


@pytest.fixture(scope="session")
def water_trains(water: Setup, train_of: Callable, hits_of: Callable) -> list[Train]:
    """Twelve trains of 50 pulses: molecules that lose ions, background, and hits that cannot be used."""
    random = np.random.default_rng(5)
    channel = Channel.parse("O+/H+/H+")
    trains = []
    for train_id in range(12):
        pulses = []
        for rotation in rotations(50, random):
            molecules = random.poisson(1.5)
            momenta = RECOIL @ rotation.T + random.normal(scale=3.0, size=(molecules, 3, 3))
            seen = hits_of(momenta, channel, water).reshape(-1, 3)
            seen = seen[random.random(len(seen)) < 0.8]
            background = random.uniform((-70, -70, -100), (70, 70, 6000), size=(random.poisson(1.0), 3))
            rows = np.concatenate([seen, background])
            rows[random.random(rows.shape) < 0.01] = random.choice([np.nan, np.inf, -np.inf])
            pulses.append(random.permutation(rows))
        trains.append(train_of(pulses, train_id))
    return trains


@pytest.fixture(scope="session")
def water_batch(water_trains: list[Train]) -> Batch:
    return Batch.of(water_trains)
