"""Setup texts, marks, reports, files."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PyQt6.QtGui import QImage

from onlinecei.errors import SetupError
from onlinecei.setup import Setup
from onlinecei_gui.doing.change import Change
from onlinecei_gui.doing.marks import Mark, file_for, read_marks, write_mark
from onlinecei_gui.doing.replay import Order
from onlinecei_gui.doing.setup_text import changed
from onlinecei_gui.window.dashboard import Dashboard
from onlinecei_gui.window.open_dialog import OpenDialog

TEXT = """# about the run
[molecule]
formula = "H2O"  # in the jet
[spectrometer]
acceleration_mm = 95.0
field_v_per_mm = 22.0              # measured
[[ions]]
name = "O+"
momentum_max_au = 90.0  # wide
[[ions]]
name = "H+"
momentum_max_au = 80.0
[[channels]]
ions = ["O+", "H+", "H+"]  # complete
momentum_sum_au = 15.0
"""


@pytest.fixture
def window(shared_window: Dashboard) -> Dashboard:
    """No test here leaves its mark on a panel."""
    return shared_window


def change(section: tuple[str | int, ...], **values: object) -> Change:
    return Change(section=section, values=values, words="")


def without(*section: str | int) -> Change:
    return Change(section=section, remove=True, words="")


def test_only_what_changes_is_written_anew() -> None:
    text = changed(TEXT, change(("ions", 0), momentum_max_au=95.5))
    assert text == TEXT.replace("momentum_max_au = 90.0  # wide", "momentum_max_au = 95.5  # wide")


@pytest.mark.parametrize(
    ("wanted", "check"),
    [
        (change(("delays",), edges_fs=[-50.0, 50.0]), lambda setup: setup.delays.edges_fs == (-50.0, 50.0)),
        (change(("ions", 2), name="O2+", momentum_max_au=70.0), lambda setup: setup.ions[2].name == "O2+"),
        (change(("channels", 1), ions=["H+", "H+"]), lambda setup: setup.channels[1].name == "H+/H+"),
        (change(("channels", 0), momentum_sum_au=None), lambda setup: setup.channels[0].momentum_sum_au is None),
        (without("channels", 0), lambda setup: not setup.channels),
        (
            change(("channels", 0), angles=[{"between": ["O+", "H+"], "deg": [20.0, 90.0]}]),
            lambda setup: setup.channels[0].angles[0].deg == (20.0, 90.0),
        ),
        (change(("spectrometer",), t0_ns=12.25), lambda setup: setup.spectrometer.t0_ns == 12.25),
    ],
)
def test_changes_of_every_kind_keep_the_comments(wanted: Change, check: Callable[[Setup], bool]) -> None:
    text = changed(TEXT, wanted)
    assert check(Setup.from_toml(text))
    for comment in ("# about the run", "# in the jet", "# measured", "# wide"):
        assert comment in text


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (change(("ions", 0), momentum_max_au=-1.0), "greater than 0"),
        (change(("ions", 9), momentum_max_au=1.0), "ions.9"),
        (without("delays"), "delays"),
        (without("ions", 1), "needs 'H+', which has no window"),
    ],
)
def test_what_would_be_no_setup_is_an_error_that_says_why(wanted: Change, said: str) -> None:
    with pytest.raises(SetupError, match=re.escape(said)):
        changed(TEXT, wanted)


@pytest.mark.parametrize("section", [("channels", 0), ("channels", 1), ("ions", 1), ("molecule",), ("delays",)])
def test_a_change_of_nothing_takes_nothing_out(section: tuple[str | int, ...]) -> None:
    assert changed(TEXT, change(section)) == TEXT


def test_changes_that_are_only_a_setup_together_are_made_together() -> None:
    renamed = change(("ions", 0), name="O2+"), change(("channels", 0), ions=["O2+", "H+", "H+"])
    with pytest.raises(SetupError, match=re.escape("needs 'O+'")):
        changed(TEXT, renamed[0])
    assert Setup.from_toml(changed(TEXT, *renamed)).channels[0].name == "O2+/H+/H+"


def test_a_mark_is_a_line_of_a_file(window: Dashboard, qtbot: Any, tmp_path: Path) -> None:
    window.acts.set_mark("sample changed: Ω")
    path = file_for("made up", tmp_path / "marks")
    qtbot.waitUntil(
        lambda: "mark at train 40: sample changed" in window.panels["log"].text.toPlainText(), timeout=60_000
    )
    said = json.loads(path.read_text(encoding="utf-8"))
    assert (said["note"], said["run"], said["train"]) == ("sample changed: Ω", "made up", 40)
    path.write_text(path.read_text() + "{broken\n[]\n", encoding="utf-8")
    assert [mark.note for mark in read_marks(path)] == ["sample changed: Ω"]
    assert window.acts.marks() == read_marks(path)
    path.write_text(path.read_text() + '{"time": "2026-11-22T03', encoding="utf-8")  # there was no room for more
    write_mark(path, Mark(time="2026-11-22T03:14:15+00:00", run="made up", train=41, setup="0", note="beam lost"))
    assert [mark.note for mark in read_marks(path)] == ["sample changed: Ω", "beam lost"]


def test_a_report_is_one_page_with_everything(window: Dashboard, qtbot: Any, tmp_path: Path) -> None:
    window.acts.set_mark("<b>beam lost</b>")
    qtbot.waitUntil(lambda: window.background.busy == 0, timeout=60_000)
    path = tmp_path / "report.html"
    window.acts.write(path)
    qtbot.waitUntil(lambda: path.exists() and path.read_text(encoding="utf-8").endswith("</html>\n"), timeout=60_000)
    page = path.read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == len(window.stage.seen)
    assert "&lt;b&gt;beam lost" in page
    assert "<b>beam lost" not in page
    assert "trains, damaged" in page
    assert "momentum_sum_au = 15.0" in page
    assert "http" not in page.replace("data:image", "")


@pytest.mark.parametrize("kind", ["png", "xyz", "h5"])
def test_what_is_seen_is_written(window: Dashboard, qtbot: Any, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"seen.{kind}"
    window.acts.write(path)
    qtbot.waitUntil(lambda: path.exists() and path.stat().st_size > 100, timeout=60_000)


def test_what_cannot_be_written_is_said(window: Dashboard, qtbot: Any, tmp_path: Path) -> None:
    window.acts.write(tmp_path / "missing" / "seen.png")
    qtbot.waitUntil(lambda: "cannot be written" in window.panels["log"].text.toPlainText(), timeout=60_000)


def test_a_panel_is_written_as_table_drawing_and_picture(window: Dashboard, tmp_path: Path) -> None:
    panel = window.panels["ker"]
    for kind in panel.kinds:
        panel.write(tmp_path / f"ker.{kind}")
    table = np.loadtxt(tmp_path / "ker.csv", delimiter=",", skiprows=1)
    _, y = panel.curves[0].getData()
    np.testing.assert_array_equal(table[:, 2], y)
    assert (tmp_path / "ker.csv").read_text(encoding="utf-8").startswith("KER [eV] from,KER [eV] to,events\n")
    assert "<svg" in (tmp_path / "ker.svg").read_text(encoding="utf-8")
    assert not QImage(str(tmp_path / "ker.png")).isNull()


def test_a_table_of_an_image_has_a_row_for_each_bin(window: Dashboard, tmp_path: Path) -> None:
    window.panels["detector"].write(tmp_path / "detector.csv")
    table = np.loadtxt(tmp_path / "detector.csv", delimiter=",", skiprows=1)
    assert table.shape == (400, 3)
    assert table[0, :2].tolist() == [-57.0, -57.0]


def test_a_run_is_opened_at_any_rate(window: Dashboard) -> None:
    dialog = OpenDialog(window)
    assert dialog.order is None
    dialog.run.line.setText("/data/a run.h5")
    dialog.rate.setText(" 2.5 ")
    dialog.workers.setValue(3)
    assert dialog.order == Order(run=Path("/data/a run.h5"), rate="2.5", workers=3)


def test_the_order_of_a_replay_is_a_command() -> None:
    order = Order(run=Path("a run.h5"), rate="10", workers=2, out=Path("out"))
    words = "replay|a run.h5|--headless|--rate|10|--workers|2|--out|out"
    assert "|".join(order.arguments) == words
