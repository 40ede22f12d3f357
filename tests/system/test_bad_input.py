"""Bad input: one sentence and exit status 1; bad hits: counted and survived."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from onlinecei.centroids import Layout
from onlinecei.files.result import read_result
from onlinecei.files.run import open_run
from onlinecei.setup import Setup

PULSES = 40


def plain_run(path: Path, hits: list[np.ndarray], setup: str) -> Path:
    """Write a run as somebody would who has nothing but h5py: four trains, rows of x, y, t for each pulse."""
    rows = np.concatenate([np.empty((0, 3)), *hits]).astype("f4")
    with h5py.File(path, "w") as file:
        file.attrs.update(format="onlinecei-run", version=1, setup=setup)
        file["train/train_id"] = np.arange(1, 5, dtype="u8")
        file["train/first_pulse"] = np.arange(0, PULSES + 1, PULSES // 4, dtype="u8")
        file["pulse/pulse_id"] = np.arange(PULSES, dtype="u4")
        file["pulse/delay_fs"] = np.full(PULSES, np.nan)
        file["pulse/energy_uj"] = np.full(PULSES, np.nan, "f4")
        file["pulse/first_hit"] = np.cumsum([0, *map(len, hits)], dtype="u8")
        for column, name in enumerate(("x_mm", "y_mm", "t_ns")):
            file[f"hit/{name}"] = rows[:, column]
    return path


@pytest.fixture(scope="session")
def setup_text(small_run: Path) -> str:
    with open_run(small_run) as run:
        return run.setup_text


def missing(home: Path, _setup: str, _run: Path) -> list[object]:
    return [home / "nothing.h5"]


def foreign(home: Path, _setup: str, _run: Path) -> list[object]:
    with h5py.File(home / "foreign.h5", "w") as file:
        file["data"] = 1
    return [home / "foreign.h5"]


def no_hdf5(home: Path, _setup: str, _run: Path) -> list[object]:
    (home / "notes.h5").write_text("these are notes", encoding="utf-8")
    return [home / "notes.h5"]


def truncated(home: Path, _setup: str, run: Path) -> list[object]:
    (home / "cut.h5").write_bytes(run.read_bytes()[:700])
    return [home / "cut.h5"]


def unknown_key(home: Path, setup: str, run: Path) -> list[object]:
    return with_setup(home, setup.replace("radius_mm", "radius_cm"), run)


def unknown_ion(home: Path, setup: str, run: Path) -> list[object]:
    return with_setup(home, setup.replace('"O2+"', '"Qq+"'), run)


def no_toml(home: Path, _setup: str, run: Path) -> list[object]:
    return with_setup(home, "[molecule\nformula =", run)


def no_text(home: Path, _setup: str, run: Path) -> list[object]:
    (home / "setup.toml").write_bytes(b"\xff\xfe\x00\x80")
    return [run, "--setup", home / "setup.toml"]


def no_setup(home: Path, _setup: str, run: Path) -> list[object]:
    return [run, "--setup", home / "nothing.toml"]


def no_hits(home: Path, setup: str, _run: Path) -> list[object]:
    return [plain_run(home / "empty.h5", [np.empty((0, 3))] * PULSES, setup)]


def with_setup(home: Path, text: str, run: Path) -> list[object]:
    (home / "setup.toml").write_text(text, encoding="utf-8")
    return [run, "--setup", home / "setup.toml"]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (missing, "nothing.h5"),
        (foreign, "foreign.h5"),
        (no_hdf5, "notes.h5"),
        (truncated, "cut.h5"),
        (unknown_key, "radius_cm"),
        (unknown_ion, "Qq+"),
        (no_toml, "setup.toml"),
        (no_text, "setup.toml"),
        (no_setup, "nothing.toml"),
        (no_hits, "nothing to analyse"),
    ],
)
def test_one_sentence_and_status_1(
    make: Callable[[Path, str, Path], list[object]],
    said: str,
    cli: Callable,
    tmp_path: Path,
    setup_text: str,
    small_run: Path,
) -> None:
    done = cli("replay", *make(tmp_path, setup_text, small_run), "--headless", "--out", tmp_path / "out")
    assert done.returncode == 1, done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["replay", "x.h5", "--rate", "banana"],
        ["replay", "x.h5", "--rate", "-3"],
        ["replay", "x.h5", "--rate", "nan"],
        ["replay", "x.h5", "--workers", "0"],
        ["replay"],
        ["replay", "x.h5", "--banana"],
        ["dashboard", "result.h5", "--connect", "tcp://127.0.0.1:1"],
        ["banana"],
    ],
)
def test_wrong_usage_is_status_2(arguments: list[str], cli: Callable) -> None:
    done = cli(*arguments)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_the_traceback(cli: Callable, tmp_path: Path) -> None:
    done = cli("--debug", "replay", tmp_path / "nothing.h5", "--headless")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_bad_hits_are_counted_and_survived(cli: Callable, tmp_path: Path, setup_text: str) -> None:
    random = np.random.default_rng(2)
    pulses = [random.uniform((-20, -20, 500), (20, 20, 4000), size=(4, 3)) for _ in range(PULSES)]
    pulses[0] = np.array([[np.nan, 0, 900], [0, np.inf, 900], [0, 0, -np.inf], [0, 0, 900]])
    pulses[1] = np.array([[0, 0, -50.0], [0, 0, -1e30], [1e30, 0, 900]])
    pulses[2] = random.uniform((-20, -20, 500), (20, 20, 4000), size=(500, 3))
    path = plain_run(tmp_path / "odd.h5", pulses, setup_text)
    done = cli("replay", path, "--headless", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    result = read_result(tmp_path / "result.h5")
    counters = Layout.of(Setup.from_toml(setup_text)).counters(result.state.total.values)
    assert counters["pulses"] == PULSES
    assert counters["hits_not_finite"] == 3
    assert counters["hits_before_trigger"] == 2
    assert counters["hits_outside_detector"] == 1
    assert "hits not finite: 3" in done.stdout
    assert all(each.reason for each in result.reconstructions)
    assert "events, at least" in done.stdout, "an almost empty channel says why there is no geometry"
    assert (tmp_path / "geometries.xyz").read_text(encoding="utf-8") == ""
