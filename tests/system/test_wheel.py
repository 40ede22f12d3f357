"""The wheel, installed in an empty environment and used away from the checkout, replays a run."""

import hashlib
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from onlinecei import __version__, compiled

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 600
"""Mostly for a machine where nothing was compiled yet."""
ELSEWHERE = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
"""Nothing leads to the checkout."""
Run = Callable[..., str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Source archive, and the wheel that is made of it; without the network."""
    out = tmp_path_factory.mktemp("dist")
    run_or_fail(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT)
    return out


@pytest.fixture(scope="module")
def installed(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """An environment with the wheel; all that it needs is borrowed from the environment of the tests."""
    home = tmp_path_factory.mktemp("installed")
    python = home / "venv" / "bin" / "python"
    run_or_fail(sys.executable, "-m", "venv", "--without-pip", home / "venv")
    (wheel,) = made.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "--no-compile"]
    run_or_fail(*pip, wheel)
    packages = Path(run_or_fail(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    borrow_machine_code(home / "cache", packages / "onlinecei")
    environment = ELSEWHERE | {"XDG_CACHE_HOME": str(home / "cache"), "COLUMNS": "200"}

    def run(program: str, *arguments: object) -> str:
        return run_or_fail(python.with_name(program), *arguments, cwd=home, env=environment)

    return run


def run_or_fail(*command: object, env: dict[str, str] = ELSEWHERE, cwd: Path | None = None) -> str:
    words = list(map(str, command))
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=TIMEOUT_S, env=env, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def borrow_machine_code(cache: Path, package: Path) -> None:
    """Give the wheel what the tests have compiled of the same sources: Numba sorts it by folders of sources."""
    warm = compiled._cache_directory()
    cold = cache / "onlinecei" / warm.name
    cold.mkdir(parents=True)
    for folder in {each.parent.relative_to(ROOT / "onlinecei") for each in (ROOT / "onlinecei").rglob("*.py")}:
        there = warm / numba_name(ROOT / "onlinecei" / folder)
        there.mkdir(parents=True, exist_ok=True)
        (cold / numba_name(package / folder)).symlink_to(there)


def numba_name(folder: Path) -> str:
    return f"{folder.name}_{hashlib.sha1(str(folder).encode()).hexdigest()}"  # noqa: S324 - as numba has it


def test_the_wheel_replays_a_run_away_from_the_checkout(installed: Run, tmp_path: Path) -> None:
    place = installed("python", "-c", "import onlinecei, onlinecei_gui as gui; print(onlinecei.__file__, gui.__file__)")
    assert str(ROOT) not in place
    assert installed("onlinecei", "--version").strip() == __version__
    said = installed("onlinecei", "replay", "water", "--headless", "--out", tmp_path)
    assert "water.h5 (simulated): 300 of 300 trains" in said
    assert "O+/H+/H+: 7,919 events" in said
    installed("onlinecei", "dashboard", tmp_path / "result.h5", "--screenshot", tmp_path / "dashboard.png")
    assert (tmp_path / "dashboard.png").stat().st_size > 50_000


def test_the_wheel_holds_what_is_needed_and_no_truth(made: Path) -> None:
    (wheel,) = made.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
    for name in ("py.typed", "replay_data/water.toml", "molexa/weights/onlinecei.safetensors", "molexa/stage2.h5"):
        assert f"onlinecei/{name}" in names
    assert {"onlinecei_gui/py.typed", "onlinecei_gui/down.svg"} <= names
    ours = {str(each.relative_to(ROOT)) for each in (ROOT / "onlinecei").rglob("*.py")}
    assert ours <= names, "a package is not in the list of pyproject.toml"
    assert not {name for name in names if "truth" in name and name.endswith(".h5")}
    assert not {name for name in names if name.startswith(("tests", "docs", "tables"))}


def test_the_archive_holds_the_project(made: Path) -> None:
    (archive,) = made.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {"LICENSE", "CITATION.cff", "CHANGELOG.md", "Makefile", "deploy/install.sh", "docs/index.md"} <= names
    assert "replay_data/water.truth.h5" in names, "the tests of the project need it"
