"""The other commands write what they say."""

from collections.abc import Callable
from pathlib import Path

import ase.io
import pytest

from onlinecei.files.result import read_result
from onlinecei.files.run import open_run


def test_reconstruct_gives_the_same_geometries(cli: Callable, water_out: Path, tmp_path: Path) -> None:
    done = cli("reconstruct", water_out / "result.h5", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "geometries.xyz").read_bytes() == (water_out / "geometries.xyz").read_bytes()
    assert (tmp_path / "centroids.csv").stat().st_size


def test_reconstruct_takes_its_own_centroids(cli: Callable, water_out: Path, water_run: Path, tmp_path: Path) -> None:
    assert cli("export", water_out / "result.h5", "--format", "csv", "--out", tmp_path / "c.csv").returncode == 0
    setup = water_run.with_suffix(".toml")
    done = cli("reconstruct", tmp_path / "c.csv", "--setup", setup, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(ase.io.read(tmp_path / "geometries.xyz", index=":", format="extxyz")) == 2
    assert cli("reconstruct", tmp_path / "c.csv").returncode == 2


@pytest.mark.parametrize(("form", "twin"), [("xyz", "geometries.xyz"), ("nexus", "result.h5")])
def test_export_gives_what_the_replay_gave(
    form: str, twin: str, cli: Callable, water_out: Path, tmp_path: Path
) -> None:
    done = cli("export", water_out / "result.h5", "--format", form, "--out", tmp_path / "file")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "file").read_bytes() == (water_out / twin).read_bytes()


def test_export_names_the_forms(cli: Callable, water_out: Path) -> None:
    done = cli("export", water_out / "result.h5", "--format", "banana")
    assert done.returncode == 2
    assert "nexus" in done.stderr


@pytest.mark.parametrize("command", ["reconstruct", "export"])
def test_a_foreign_result_is_one_sentence(command: str, cli: Callable, water_run: Path) -> None:
    done = cli(command, water_run)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "not an onlinecei result" in done.stderr


def test_dashboard_writes_a_picture(cli: Callable, water_out: Path, tmp_path: Path) -> None:
    done = cli("dashboard", water_out / "result.h5", "--screenshot", tmp_path / "water.png")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "water.png").read_bytes().startswith(b"\x89PNG")


def test_doctor_looks_at_the_machine(cli: Callable) -> None:
    done = cli("doctor")
    assert done.returncode == 0, done.stderr
    assert "numba" in done.stdout
    assert "cores" in done.stdout


def test_doctor_says_what_memory_a_setup_takes(cli: Callable, water_run: Path) -> None:
    done = cli("doctor", "--setup", water_run.with_suffix(".toml"))
    assert done.returncode == 0, done.stderr
    for expected in ("pipico", "400 x 400", "1.28", "one set of sums", "reducer"):
        assert expected in done.stdout


def test_revise_takes_a_setup_or_a_reset(cli: Callable) -> None:
    done = cli("revise", "ipc:///tmp/nobody")
    assert done.returncode != 0
    assert "--reset" in done.stderr


def test_simulate_writes_a_run_and_its_truth(cli: Callable, water_run: Path, tmp_path: Path) -> None:
    setup = water_run.with_suffix(".toml")
    done = cli("simulate", "water", "--setup", setup, "--out", tmp_path / "w.h5", "--pulses", 600)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "w.truth.h5").exists()
    with open_run(tmp_path / "w.h5") as run:
        assert run.pulses == 600


def test_result_names_no_place_and_no_time(water_out: Path) -> None:
    assert read_result(water_out / "result.h5").run == "water.h5"
    assert str(water_out.parent).encode() not in (water_out / "result.h5").read_bytes()
