"""The command line as a user has it, and replays that several tests look at."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from onlinecei.twin import TwinOptions, make_run

REPOSITORY = Path(__file__).parents[2]
TIMEOUT_S = 600
"""Mostly for a machine where nothing was compiled yet, and that has other work."""
ENVIRONMENT = os.environ | {"QT_QPA_PLATFORM": "offscreen", "COLUMNS": "200"}
COMMAND = [sys.executable, "-m", "onlinecei.cli"]

Cli = Callable[..., subprocess.CompletedProcess[str]]
Once = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def cli() -> Cli:
    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        words = [*COMMAND, *map(str, arguments)]
        return subprocess.run(words, capture_output=True, text=True, timeout=TIMEOUT_S, env=ENVIRONMENT, check=False)

    return run


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    return ENVIRONMENT


@pytest.fixture(scope="session")
def water_run() -> Path:
    """The recorded run that comes with the program; its truth lies beside it."""
    return REPOSITORY / "replay_data" / "water.h5"


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Make a folder once for all processes that run tests beside each other; the others wait for it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        with (shared / f"{name}.lock").open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            folder = shared / name
            if not folder.exists():
                unfinished = own / name
                unfinished.mkdir()
                fill(unfinished)
                unfinished.rename(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def small_run(once: Once, water_run: Path) -> Path:
    """Twenty-four trains of 250 pulses; most molecules are seen whole."""
    options = TwinOptions(pulses=6000, pulses_per_train=250, efficiency=0.8, geometries=500)
    setup = water_run.with_suffix(".toml").read_text(encoding="utf-8")

    def fill(folder: Path) -> None:
        make_run("water", folder / "small.h5", setup_text=setup, options=options, seed=3)

    return once("small", fill) / "small.h5"


@pytest.fixture(scope="session")
def water_out(once: Once, water_run: Path, cli: Cli) -> Path:
    """The whole water run, replayed where no truth lies beside it."""

    def fill(folder: Path) -> None:
        (folder / "water.h5").write_bytes(water_run.read_bytes())
        done = cli("replay", folder / "water.h5", "--headless", "--workers", 2, "--out", folder / "out")
        assert done.returncode == 0, done.stderr

    return once("water", fill) / "out"
