"""The command line as a user has it, and replays that several tests look at."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from onlinecei.twin import TwinOptions, make_run

REPOSITORY = Path(__file__).parents[2]
TIMEOUT_S = 120
ENVIRONMENT = os.environ | {"QT_QPA_PLATFORM": "offscreen", "COLUMNS": "200"}
COMMAND = [sys.executable, "-m", "onlinecei.cli"]

Cli = Callable[..., subprocess.CompletedProcess[str]]


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
def small_run(tmp_path_factory: pytest.TempPathFactory, water_run: Path) -> Path:
    """Twenty-four trains of 250 pulses; most molecules are seen whole."""
    path = tmp_path_factory.mktemp("small") / "small.h5"
    options = TwinOptions(pulses=6000, pulses_per_train=250, efficiency=0.8, geometries=500)
    setup = water_run.with_suffix(".toml").read_text(encoding="utf-8")
    make_run("water", path, setup_text=setup, options=options, seed=3)
    return path


@pytest.fixture(scope="session")
def water_out(tmp_path_factory: pytest.TempPathFactory, water_run: Path, cli: Cli) -> Path:
    """The whole water run, replayed where no truth lies beside it."""
    home = tmp_path_factory.mktemp("water")
    copy = home / "water.h5"
    copy.write_bytes(water_run.read_bytes())
    done = cli("replay", copy, "--headless", "--workers", 2, "--out", home / "out")
    assert done.returncode == 0, done.stderr
    return home / "out"
