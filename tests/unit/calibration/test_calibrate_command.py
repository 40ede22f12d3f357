"""What the command does with a calibration: when a setup is written, and when only the report."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from onlinecei.calibration import MOST_HITS, Calibration
from onlinecei.cli import app
from onlinecei.cli._calibrate import calibrate as command
from onlinecei.errors import CEIError
from onlinecei.files.run import write_run
from onlinecei.records import Batch, Train
from onlinecei.setup import Setup

Command = Callable[..., Result]
pytestmark = pytest.mark.usefixtures("no_figures")


@pytest.fixture
def calibrate(tmp_path: Path, before_text: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command on a run of one hit that comes to a given calibration."""
    one, none = np.ones(1, np.float32), np.full(1, np.nan, np.float32)
    first = np.array([0, 1], np.uint32)
    train = Train(
        train_id=1, pulse_id=np.zeros(1, np.uint32), delay_fs=none.astype(float), energy_uj=none, first_hit=first,
        x_mm=one, y_mm=one, t_ns=one,
    )  # fmt: skip
    write_run(tmp_path / "run.h5", [Batch.of([train])], before_text)

    def run(found: Calibration, *options: str) -> Result:
        monkeypatch.setattr("onlinecei.calibration.calibrate", lambda *_run, **_options: found)
        return CliRunner().invoke(app, ["calibrate", "run.h5", *options], env={"COLUMNS": "200"})

    monkeypatch.chdir(tmp_path)
    return run


def written() -> set[str]:
    return {path.name for path in Path().iterdir()} - {"run.h5"}


def test_setup_and_report_have_the_name_of_the_run(calibrate: Command, example: Calibration) -> None:
    shown = calibrate(example)
    assert shown.exit_code == 0, shown.output
    assert written() == {"run.calibrated.toml", "run.calibrated.html"}
    assert Setup.from_file(Path("run.calibrated.toml")).hash == example.setup.hash
    assert "22.0003" in shown.stdout
    assert "the jet along z" in shown.stdout


@pytest.mark.parametrize(("options", "files"), [((), {"a.html"}), (("--anyway",), {"a.html", "a.toml"})])
def test_a_serious_remark_holds_the_setup_back(
    calibrate: Command, doubtful: Callable, options: tuple[str, ...], files: set[str]
) -> None:
    shown = calibrate(doubtful("layer [w] is dead"), "--out", "a.toml", *options)
    assert written() == files
    assert "serious: layer [w] is dead" in shown.stdout
    assert (shown.exit_code == 0) == bool(options)
    if not options:
        assert isinstance(shown.exception, CEIError)
        assert "layer [w] is dead" in str(shown.exception)
        assert "--anyway" in str(shown.exception)


def test_delay_lines_alone_are_written_if_asked_for(calibrate: Command, example: Calibration) -> None:
    lines_only = replace(example, fitted=example.lines.fitted)
    assert calibrate(lines_only, "--out", "a.toml").exit_code == 1
    assert written() == {"a.html"}
    assert calibrate(lines_only, "--out", "a.toml", "--anyway").exit_code == 0
    assert "a.toml" in written()


def test_where_nothing_was_found_nothing_is_written_ever(calibrate: Command, nothing_found: Calibration) -> None:
    shown = calibrate(nothing_found, "--out", "a.toml", "--anyway")
    assert shown.exit_code == 1
    assert written() == {"a.html"}
    assert "--anyway" not in str(shown.exception)


def test_a_setup_is_replaced_only_by_force(calibrate: Command, example: Calibration) -> None:
    Path("a.toml").write_text("mine", encoding="utf-8")
    refused = calibrate(example, "--out", "a.toml")
    assert refused.exit_code == 1
    assert written() == {"a.toml"}
    assert Path("a.toml").read_text(encoding="utf-8") == "mine"
    assert calibrate(example, "--out", "a.toml", "--force").exit_code == 0
    assert calibrate(example, "--out", "a.toml", "--force").exit_code == 0, "its report may be replaced"
    assert written() == {"a.toml", "a.html"}


def test_the_limit_of_hits_is_that_of_the_function() -> None:
    """The command line says it again, for the fit is imported only when it is needed."""
    assert (command.__kwdefaults__ or {})["hits"] == MOST_HITS
