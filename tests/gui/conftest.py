"""A made-up moment with known numbers, and a source that hands it out."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["XDG_CONFIG_HOME"] = "/nonexistent"  # nothing of the person who runs the tests

import numpy as np
import pytest
from PyQt6.QtCore import QEvent
from PyQt6.QtWidgets import QApplication

from onlinecei import units
from onlinecei.arrays import F8, I8
from onlinecei.centroids.layout import Layout
from onlinecei.ions import Channel
from onlinecei.records import Centroids, Delta, Reconstruction, Snapshot, State
from onlinecei.setup import Setup
from onlinecei_gui import theme
from onlinecei_gui.settings import Settings
from onlinecei_gui.window.dashboard import Dashboard

SETUP = """
[molecule]
formula = "H2O"
[spectrometer]
acceleration_mm = 95.0
field_v_per_mm = 22.0
[[ions]]
name = "O+"
momentum_max_au = 90.0
[[ions]]
name = "H+"
momentum_max_au = 80.0
[[channels]]
ions = ["O+", "H+", "H+"]
momentum_sum_au = 15.0
ker_ev = [10.0, 70.0]
[[channels]]
ions = ["H+", "H+"]
[delays]
edges_fs = [-50.0, 0.0, 50.0]
[histograms]
time_bins = 500
image_bins = 20
pipico_bins = 50
map_bins = 40
ker_bins = 50
"""
OXYGEN_HYDROGEN, ANGLE = 0.96, 104.5
REASON = "12 events, at least 30 are needed"
MOMENTA = np.array([[45.0, 0.0, 0.0], [-22.0, 46.0, 0.0], [-23.0, -46.0, 0.0]])


def water() -> F8:
    half = np.radians(ANGLE / 2)
    return OXYGEN_HYDROGEN * np.array([[0, 0, 0], [-np.cos(half), np.sin(half), 0], [-np.cos(half), -np.sin(half), 0]])


def reconstruction(channel: Channel, delay: int, reason: str = "") -> Reconstruction:
    width = len(channel.ions)
    missing = np.full((width, 3), np.nan)
    centroids = Centroids(
        channel=channel, complete=width == 3, delay_bin=delay, delay_fs=((-50.0, 0.0), (0.0, 50.0))[delay],
        events=1000, momentum_au=MOMENTA[:width], covariance_au2=np.diag(np.arange(1.0, 3 * width + 1) ** 2),
        mean_ker_ev=41.5,
    )  # fmt: skip
    return Reconstruction(
        centroids=centroids, method="made up", positions_au=missing if reason else water() * units.ANGSTROM,
        uncertainty_au=missing if reason else np.full((3, 3), 0.01) * units.ANGSTROM, round_trip_au=missing,
        misfit=0.01, solutions=0 if reason else 2, reason=reason,
    )  # fmt: skip


def momentum_sums(edges: F8, version: int, offset_au: float = 0.0) -> I8:
    """Peaks of 2000 combinations a version, 2 a.u. wide, on a flat background; that along z stands at an offset."""
    rng = np.random.default_rng(3)
    places = rng.normal([[0.0], [0.0], [offset_au]], 2.0, (3, 2000))
    return version * np.array([np.histogram(each, edges)[0] + 1 for each in places])


def make_snapshot(
    version: int = 1, *, finished: bool = False, hits: int = 5000, reconstructions: bool = True
) -> Snapshot:
    setup = Setup.from_toml(SETUP)
    layout, rng = Layout.of(setup), np.random.default_rng(7)
    values = rng.integers(0, 50, layout.size, dtype=np.int64)
    layout.view(values, "counters")[:] = [800, 10, 3, hits, 4, 5, 6, 70, 0, 0]
    whole, pair = Channel.parse("O+/H+/H+"), Channel.parse("H+/H+")
    sums = layout.view(values, f"{whole.name}:momentum_sum")
    sums[:] = momentum_sums(layout.blocks[f"{whole.name}:momentum_sum"].axes[0].edges, version)
    geometries = (
        reconstruction(whole, 0), reconstruction(whole, 1, REASON), reconstruction(pair, 0, "the channel lacks atoms"),
    )  # fmt: skip
    total = Delta(setup_hash=setup.hash, values=values, trains=np.array([[1, 40]], np.uint64))
    state = State(total=total, version=version, finished=finished, trains_expected=100, rejected={"damaged": 2})
    return Snapshot(run="made up", setup_text=SETUP, state=state, reconstructions=geometries if reconstructions else ())


class FakeSource:
    words, facts, silent_s, is_file = "", None, 0.0, False

    def __init__(self, *snapshots: Snapshot) -> None:
        self.snapshots, self.closed = list(snapshots), 0

    def poll(self) -> Snapshot | None:
        return self.snapshots.pop(0) if self.snapshots else None

    def close(self) -> None:
        self.closed += 1


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def snapshot() -> Snapshot:
    return make_snapshot()


@pytest.fixture
def layout() -> Layout:
    return Layout.of(Setup.from_toml(SETUP))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(snapshot: Snapshot) -> FakeSource:
    return FakeSource(snapshot)


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> QApplication:
    """The application in the dark theme, dressed once: each time costs every widget a new look."""
    theme.apply(qapp)
    return qapp


@pytest.fixture
def opened(dressed: QApplication, clock: Clock, tmp_path: Path) -> Iterator[Callable[..., Dashboard]]:
    """Open windows that look only when told to, and are gone after the test."""
    windows = []

    def open_window(source: Any, settings: Settings | None = None) -> Dashboard:
        window = Dashboard(source, settings or Settings(tmp_path / "dashboard.json"), clock, tmp_path / "marks")
        windows.append(window)
        window.stop()
        window.resize(1400, 1000)
        window.show()
        window.step()
        return window

    yield open_window
    for window in windows:
        window.close()
        window.deleteLater()
    dressed.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(opened: Callable[..., Dashboard], source: FakeSource) -> Dashboard:
    return opened(source)


@pytest.fixture(scope="session")
def lasting(dressed: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """One window for many tests: making one takes longer than most of them."""
    window = Dashboard(FakeSource(), Settings(), Clock(), tmp_path_factory.mktemp("marks"))
    window.stop()
    window.resize(1400, 1000)
    window.show()
    yield window
    window.close()
    window.deleteLater()
    dressed.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def shared_window(lasting: Dashboard, source: FakeSource, clock: Clock, tmp_path: Path) -> Dashboard:
    """The lasting window as if it were new, for tests that leave its panels as they find them."""
    window = lasting
    window._clock, window.marks_directory = clock, tmp_path / "marks"
    window._lines.clear()
    window.stage.panel("log").text.clear()
    window.look_at(source)
    window.step()
    for box in (window.chooser.channel, window.chooser.delay, window.chooser.data):
        box.setCurrentIndex(0)
    return window


@pytest.fixture
def another() -> Callable[..., Snapshot]:
    """Make further snapshots."""
    return make_snapshot
