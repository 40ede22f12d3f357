"""What the dashboard takes of a core, as `onlinecei bench --gui` prints it."""

from pathlib import Path

import pytest
from PyQt6.QtWidgets import QApplication, QWidget

from onlinecei.files.result import write_result
from onlinecei.records import Snapshot
from onlinecei_gui.bench import SIX, main
from onlinecei_gui.window.layouts import LAYOUTS


def shown() -> set[QWidget]:
    return {each for each in QApplication.topLevelWidgets() if each.isVisible()}


@pytest.mark.usefixtures("dressed")
def test_every_layout_and_six_panels_are_measured(
    snapshot: Snapshot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = shown()
    write_result(tmp_path / "result.h5", snapshot)
    assert main([str(tmp_path / "result.h5"), "--turns", "2"]) == 0
    _, *rows, memory = capsys.readouterr().out.splitlines()
    measured = {row.partition(" ms ")[0].rsplit(maxsplit=1)[0].strip(): row for row in rows}
    expected = [*(f"whole window, layout {layout}" for layout in LAYOUTS), "window with six panels", *SIX]
    assert set(expected) < set(measured)
    took = {name: float(row.partition(" ms ")[0].split()[-1]) for name, row in measured.items()}
    assert all(took[name] > 0.0 for name in ("window with six panels", "plain pyqtgraph, six plots"))
    assert memory.startswith("memory at most")
    assert shown() <= before, "it closes its window"


def test_a_file_without_anything_to_measure_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.h5")]) == 1
    said = capsys.readouterr().err
    assert "none.h5' does not exist" in said
    assert said.count("\n") == 1
