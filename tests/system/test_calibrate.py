"""From a first guess at the setup to one that gives the molecule, on the command line."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from onlinecei.files.result import read_result
from onlinecei.setup import Setup
from onlinecei.twin import TwinOptions, make_run

PATIENCE_S = 180
GUESS = """# A first guess, by the drawing and the dials.
[molecule]
formula = "H2O"

[spectrometer]
acceleration_mm = 95.0      # by the drawing
field_v_per_mm = 21.56      # two per cent off
t0_ns = -8.0                # 20 ns off

[detector]
centre_mm = [3.2, 1.2]      # 2 mm off
radius_mm = 60.0

[explosion]
charge_up = "exponential"
tau_fs = 10.0
"""
"""Of the water run; it knows of no jet, no ions and no channels."""
NUMBERS = {
    "spectrometer.field_v_per_mm": 22.0,
    "spectrometer.t0_ns": 12.0,
    "detector.centre_mm[0]": 1.2,
    "detector.centre_mm[1]": -0.8,
    "detector.jet_velocity_m_per_s[0]": 900.0,
    "detector.jet_velocity_m_per_s[1]": 0.0,
}
"""True of it."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, water_run: Path) -> Path:
    """The water run where no truth lies beside it, with a guess at its setup."""
    home = tmp_path_factory.mktemp("calibrate")
    (home / "water.h5").write_bytes(water_run.read_bytes())
    (home / "guess.toml").write_text(GUESS, encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def done(cli: Callable, home: Path) -> subprocess.CompletedProcess[str]:
    ran: subprocess.CompletedProcess[str] = cli(
        "calibrate", home / "water.h5", "--setup", home / "guess.toml", "--out", home / "water.toml", "--hits", 100_000
    )
    assert ran.returncode == 0, ran.stderr + ran.stdout
    return ran


def number(setup: Setup, key: str) -> float:
    section, name, index = re.fullmatch(r"(\w+)\.(\w+)(?:\[(\d)\])?", key).groups()
    value = getattr(getattr(setup, section), name)
    return value if index is None else value[int(index)]


def errors(text: str) -> list[float]:
    return [float(error) for error in re.findall(r"# ± ([\d.e-]+), ", text)]


@pytest.mark.usefixtures("done")
def test_numbers_are_true_within_twice_their_errors(home: Path) -> None:
    setup, text = Setup.from_file(home / "water.toml"), (home / "water.toml").read_text(encoding="utf-8")
    found = [number(setup, key) for key in NUMBERS]
    stated = errors(text)
    assert len(stated) == len(found)
    assert (np.abs(np.subtract(found, list(NUMBERS.values()))) < 2 * np.array(stated)).all(), (found, stated)
    assert stated[0] < 0.01 * 22.0


@pytest.mark.usefixtures("done")
def test_the_setup_keeps_what_was_known(home: Path) -> None:
    text = (home / "water.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["explosion"] == {"charge_up": "exponential", "tau_fs": 10.0}
    assert "# by the drawing\n" in text
    assert "before 21.56; " in text


def test_the_terminal_shows_numbers_remarks_and_files(done: subprocess.CompletedProcess[str], home: Path) -> None:
    for words in ("of 300 trains", "electric field", "21.56", "remark:"):
        assert words in done.stdout
    assert f"wrote {home / 'water.toml'} and {home / 'water.html'}" in done.stderr


@pytest.mark.usefixtures("done")
def test_the_report_stands_by_itself(home: Path) -> None:
    page = (home / "water.html").read_text(encoding="utf-8")
    assert len(page) < 2_000_000
    assert page.count("<svg") > 6
    assert f"onlinecei replay water.h5 --setup {home / 'water.toml'}" in page
    assert "truth" not in page


@pytest.mark.usefixtures("done")
def test_a_replay_with_it_gives_the_molecule(cli: Callable, home: Path, water_run: Path) -> None:
    assert not list(home.glob("*.truth.h5"))
    replayed = cli("replay", home / "water.h5", "--setup", home / "water.toml", "--headless", "--out", home / "out")
    assert replayed.returncode == 0, replayed.stderr
    found = {each.centroids.channel.name: each for each in read_result(home / "out" / "result.h5").reconstructions}
    water = found["O+/H+/H+"]
    assert water.found, water.reason
    with h5py.File(water_run.with_suffix(".truth.h5"), "r") as file:
        truth = file["molecule/positions_au"][()]
    assert mae(water.positions_au, truth) < 0.15


def mae(found: np.ndarray, truth: np.ndarray) -> float:
    """Mean absolute difference of the three distances: it needs no rotation."""
    pairs = [[0, 1], [0, 2], [1, 2]]
    lengths = [np.sort(np.linalg.norm(each[pairs][:, 0] - each[pairs][:, 1], axis=1)) for each in (found, truth)]
    return float(np.abs(lengths[0] - lengths[1]).mean())


@pytest.mark.usefixtures("done")
def test_nobodys_setup_is_replaced_unasked(cli: Callable, home: Path) -> None:
    before = (home / "water.toml").read_text(encoding="utf-8")
    again = cli("calibrate", home / "water.h5", "--out", home / "water.toml")
    assert again.returncode == 1
    assert "exists already; --force replaces it" in again.stderr
    assert (home / "water.toml").read_text(encoding="utf-8") == before


def test_nobodys_page_is_replaced_ever(cli: Callable, home: Path) -> None:
    (home / "notes.html").write_text("<h1>Notes</h1>", encoding="utf-8")
    refused = cli("calibrate", home / "water.h5", "--out", home / "notes.toml", "--force")
    assert refused.returncode == 1
    assert "is no report" in refused.stderr
    assert (home / "notes.html").read_text(encoding="utf-8") == "<h1>Notes</h1>"


def failed(cli: Callable, home: Path, name: str, *arguments: object) -> tuple[str, str]:
    """Calibrate in vain: the last sentence, and the report."""
    ran = cli("calibrate", *arguments, "--out", home / f"{name}.toml")
    assert ran.returncode == 1, ran.stdout
    assert "Traceback" not in ran.stderr
    assert not (home / f"{name}.toml").exists()
    page = home / f"{name}.html"
    return ran.stderr.splitlines()[-1], page.read_text(encoding="utf-8") if page.exists() else ""


def test_another_molecule_is_noticed(cli: Callable, home: Path) -> None:
    (home / "cf4.toml").write_text(GUESS.replace("H2O", "CF4"), encoding="utf-8")
    said, page = failed(cli, home, "wrong", home / "water.h5", "--setup", home / "cf4.toml", "--hits", 30_000)
    assert said.startswith("error: no setup was written: ")
    assert "molecule" in said
    assert "molecule" in page
    assert "failed" in page


def test_too_few_pulses_are_said_to_be_too_few(cli: Callable, home: Path, water_run: Path) -> None:
    setup = water_run.with_suffix(".toml").read_text(encoding="utf-8")
    make_run("water", home / "few.h5", setup_text=setup, options=TwinOptions(pulses=3, geometries=20), seed=1)
    said, _ = failed(cli, home, "few", home / "few.h5", "--setup", home / "guess.toml")
    assert said.startswith("error: ")


@pytest.mark.parametrize(
    ("name", "said"), [("nothing.h5", "nothing.h5"), ("cut.h5", "cut.h5"), ("guess.toml", "guess")]
)
def test_a_run_that_cannot_be_read_is_one_sentence(cli: Callable, home: Path, name: str, said: str) -> None:
    (home / "cut.h5").write_bytes((home / "water.h5").read_bytes()[:700])
    sentence, page = failed(cli, home, "unread", home / name, "--setup", home / "guess.toml")
    assert sentence.startswith("error: ")
    assert said in sentence
    assert not page


def test_delay_lines_come_before_the_spectrometer(cli: Callable, tmp_path: Path) -> None:
    options = TwinOptions(pulses=6000, output="edges", efficiency=0.8, geometries=300)
    make_run("water", tmp_path / "edges.h5", options=options, seed=4)
    (tmp_path / "edges.truth.h5").unlink()
    (tmp_path / "guess.toml").write_text(
        GUESS.replace("[3.2, 1.2]", "[0.0, 0.0]")
        + '[delay_lines]\nkind = "hexanode"\nmm_per_ns = [0.7, 0.68, 0.71]\ntime_sum_ns = [172.0, 181.0, 175.0]\n',
        encoding="utf-8",
    )
    out = tmp_path / "edges.toml"
    ran = cli("calibrate", tmp_path / "edges.h5", "--setup", tmp_path / "guess.toml", "--out", out)
    assert ran.returncode == 0, ran.stderr + ran.stdout
    setup, text = Setup.from_file(out), out.read_text(encoding="utf-8")
    assert setup.delay_lines is not None
    np.testing.assert_allclose(setup.delay_lines.time_sum_ns, 175.0, atol=0.05)
    np.testing.assert_allclose(setup.delay_lines.mm_per_ns, 0.7, rtol=0.005)
    assert setup.spectrometer.field_v_per_mm == pytest.approx(22.0, rel=0.005)
    assert setup.spectrometer.t0_ns == pytest.approx(0.0, abs=0.5)
    assert "O+/H+/H+" in [section.channel.name for section in setup.channels]
    assert "before 181; " in text
    assert "Time sums against the place" in out.with_suffix(".html").read_text(encoding="utf-8")


def test_ctrl_c_leaves_nothing_behind(home: Path, environment: dict[str, str]) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "onlinecei.cli", "calibrate", home / "water.h5", "--out", home / "stopped.toml"]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment | {"TERM": "xterm"}) as process:
        os.close(theirs)
        try:
            seen = read_until(ours, "fitting the spectrometer")
            process.send_signal(signal.SIGINT)
            seen += read_until(ours, "nothing was written")
            assert process.wait(PATIENCE_S) == 1
        finally:
            process.kill()  # a terminal that nobody reads would hold it for ever
            os.close(ours)
    assert "Traceback" not in seen
    assert not list(home.glob("stopped*"))


def read_until(terminal: int, words: str) -> str:
    seen, end = "", time.monotonic() + PATIENCE_S
    while words not in seen and time.monotonic() < end and select.select([terminal], [], [], PATIENCE_S)[0]:
        seen += os.read(terminal, 4096).decode(errors="replace")
    assert words in seen
    return seen


def test_a_setup_is_no_name_for_a_page(cli: Callable, home: Path) -> None:
    assert cli("calibrate", home / "water.h5", "--out", home / "x.html").returncode == 2
