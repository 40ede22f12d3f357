"""The command line without its work: what it offers, what it refuses, and what it leaves for later."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from typer.testing import CliRunner

from onlinecei import __version__
from onlinecei.cli import _dashboard, app
from onlinecei.cli._simulate import simulate
from onlinecei.errors import LineError, SetupError
from onlinecei.files.shipped_runs import run_at, shipped_runs
from onlinecei.stream.reader import revise
from onlinecei.twin import options, setups

COMMANDS = [
    "replay",
    "calibrate",
    "dashboard",
    "revise",
    "simulate",
    "reconstruct",
    "export",
    "dataset",
    "train",
    "evaluate",
    "bench",
    "doctor",
]
WATER = Path(__file__).parents[2] / "replay_data" / "water.h5"
CHOICES = {
    "model": options.Model,
    "output": options.Output,
    "bunches": options.Bunches,
    "delay_order": options.Order,
    "detector": setups.Kind,
}


def invoked(*arguments: str, columns: int = 80) -> Any:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": str(columns), "TERMINAL_WIDTH": str(columns)})


def test_help_lists_every_command_in_the_order_of_use() -> None:
    lines = [line.strip("│ ").split() for line in invoked("--help").output.splitlines()]
    assert [words[0] for words in lines if words and words[0] in COMMANDS] == COMMANDS


def test_the_version_is_printed_without_a_command() -> None:
    shown = invoked("--version")
    assert (shown.exit_code, shown.output) == (0, f"{__version__}\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_fits_80_columns(command: str) -> None:
    shown = invoked(command, "--help")
    assert shown.exit_code == 0
    assert "Usage:" in shown.output
    assert "…" not in shown.output
    assert max(map(len, shown.output.splitlines())) <= 80


@pytest.mark.parametrize("name", CHOICES)
def test_choices_are_those_of_the_twin(name: str) -> None:
    """The command line says them again, for the twin is imported only when it is needed."""
    assert get_type_hints(simulate)[name] in {CHOICES[name], CHOICES[name] | None}


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_is_listed_and_another_is_wrong_usage(name: str) -> None:
    option, choices = f"--{name.replace('_', '-')}", get_args(CHOICES[name])
    assert "|".join(choices) in invoked("simulate", "--help").output
    refused = invoked("simulate", "water", option, "banana", columns=200)
    assert refused.exit_code == 2
    for word in (option, "'banana'", *(f"'{choice}'" for choice in choices)):
        assert word in refused.output


@pytest.mark.parametrize("panel", ["Run", "Explosion", "Beam", "Detector output", "Delays", "Drift"])
def test_options_of_the_twin_stand_in_panels(panel: str) -> None:
    assert f"╭─ {panel} ─" in invoked("simulate", "--help").output


@pytest.mark.parametrize(("stage", "option"), [("2", "--entries=5"), ("1", "--geometries=2"), ("2", "--random-tau")])
def test_options_of_the_other_stage_are_wrong_usage(stage: str, option: str, tmp_path: Path) -> None:
    shown = invoked("dataset", "--stage", stage, "--out", str(tmp_path / "a.h5"), option)
    assert shown.exit_code == 2
    assert "belongs to stage" in shown.output
    assert not list(tmp_path.iterdir())


def test_help_imports_nothing_that_is_slow() -> None:
    code = "import sys, onlinecei.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "onlinecei.cli._simulate" in done.stdout.split()
    assert not {"numba", "h5py", "torch", "zmq", "pydantic", "onlinecei.setup"} & set(done.stdout.split())


def test_runs_that_come_with_the_program_have_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_at(Path("water")) == WATER
    assert {"water", "ethanol"} <= set(shipped_runs())
    assert not [name for name in shipped_runs() if "truth" in name]
    (tmp_path / "water").mkdir()
    assert run_at(Path("water")) == Path("water"), "what lies here comes first"
    assert run_at(Path("my/run.h5")) == Path("my/run.h5")
    said = invoked("replay", "wather", "--headless").exception
    assert str(said) == f"'wather' does not exist; runs that come with the program: {', '.join(shipped_runs())}"


@pytest.mark.parametrize(
    "arguments",
    [["dashboard", "result.h5", "--screenshot", "a.png"], ["replay", str(WATER), "--gui"], ["bench", "--gui"]],
)
def test_without_its_extra_the_dashboard_says_what_to_install(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_dashboard, "find_spec", lambda name: None if name == "PyQt6" else True)
    assert str(invoked(*arguments).exception) == "the dashboard needs PyQt6: pip install 'onlinecei[gui]'"
    monkeypatch.setenv("DISPLAY", ":0")
    assert not _dashboard.wanted(None), "a replay then does without"


@pytest.mark.parametrize("said", ["after.toml", ":after.toml", "12:", "-3:after.toml", "x:after.toml"])
def test_a_revision_needs_a_train_and_a_file(said: str) -> None:
    done = invoked("replay", str(WATER), "--headless", "--revise", said, columns=200)
    assert done.exit_code == 2
    words = " ".join(done.output.replace("│", " ").split())
    assert f"--revise is '{said}', expected a train ID, a colon and a setup file" in words


def test_a_revision_that_nobody_takes_is_one_sentence(tmp_path: Path) -> None:
    setup = WATER.with_suffix(".toml").read_text(encoding="utf-8")
    with pytest.raises(LineError, match="no line answers at ipc://"):
        revise(f"ipc://{tmp_path}/nobody", setup, patience_s=0.05)
    with pytest.raises(SetupError, match="spectrometer"):
        revise(f"ipc://{tmp_path}/nobody", '[molecule]\nformula = "H2O"', patience_s=0.05)


def test_a_dashboard_that_does_not_close_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_dashboard, "_CLOSING_S", 0.05)
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        window = subprocess.Popen(["sleep", "100"])  # noqa: S607 - it ignores SIGTERM as well
    finally:
        signal.signal(signal.SIGTERM, before)
    _dashboard.end(window)
    assert window.returncode == -signal.SIGKILL
