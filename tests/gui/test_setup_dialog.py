"""The setup in numbers: what is typed is asked for, all of it and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PyQt6.QtCore import Qt

from onlinecei.records import Snapshot
from onlinecei.setup import Setup
from onlinecei_gui.doing.sections import places
from onlinecei_gui.window.dashboard import Dashboard
from onlinecei_gui.window.setup_dialog import SetupDialog

TEXT = """# another one
[molecule]
formula = "H2O"
[spectrometer]
acceleration_mm = 95.0
field_v_per_mm = 22.0
"""


@pytest.fixture
def window(shared_window: Dashboard) -> Dashboard:
    """No test here leaves its mark on a panel."""
    return shared_window


@pytest.fixture
def dialog(window: Dashboard) -> Callable[..., SetupDialog]:
    def show(*place: str | int) -> SetupDialog:
        assert window.moment is not None
        return SetupDialog(window.revisions, window.moment.snapshot.setup_text, place, window)

    return show


@pytest.fixture
def texts(window: Dashboard) -> list[str]:
    asked: list[str] = []
    window.revisions.ask = lambda text: (asked.append(text or ""), (1, 1))[1]
    return asked


def test_a_form_shows_what_is_written_and_what_it_means(dialog: Callable[..., SetupDialog]) -> None:
    form = dialog("channels", 0).form
    assert form.lines["momentum_sum_au"].text() == "15.0"
    assert form.lines["ker_ev"].text() == "[10.0, 70.0]"
    assert form.lines["state"].text() == ""
    assert form.values() == {}


def test_every_section_has_a_form(dialog: Callable[..., SetupDialog], snapshot: Snapshot) -> None:
    for place in places(Setup.from_toml(snapshot.setup_text)):
        assert dialog(*place).form.lines, place


def test_typed_numbers_are_asked_for(
    dialog: Callable[..., SetupDialog], texts: list[str], qtbot: Any, window: Dashboard
) -> None:
    shown = dialog("ions", 1)
    shown.form.lines["momentum_max_au"].setText("77.5")
    shown.ask()
    qtbot.waitUntil(lambda: len(texts) == 1, timeout=60_000)
    assert Setup.from_toml(texts[0]).ions[1].momentum_max_au == 77.5
    assert "ion H⁺: momentum_max_au = 77.5" in window.banner.text()


def test_the_enter_key_without_a_change_asks_for_nothing(
    dialog: Callable[..., SetupDialog], texts: list[str], window: Dashboard, qtbot: Any
) -> None:
    for place in places(Setup.from_toml(window.moment.snapshot.setup_text)):
        shown = dialog(*place)
        shown.show()
        qtbot.keyClick(shown, Qt.Key.Key_Return)
        assert "nothing was changed" in shown.error.text(), place
        assert shown.isVisible(), "it stays open"
        shown.tabs.setCurrentIndex(1)
        shown.ask()
        assert shown.isVisible(), "nor was the whole text changed"
        shown.close()
    assert window.revisions.asked is None
    assert window.background.busy == 0
    assert not texts


def test_what_is_typed_outlives_a_look_at_other_sections_and_is_asked_for_together(
    dialog: Callable[..., SetupDialog], texts: list[str], qtbot: Any, window: Dashboard
) -> None:
    shown = dialog("ions", 1)
    shown.form.lines["momentum_max_au"].setText("77.5")
    for row in range(shown.list.count()):
        shown.list.setCurrentRow(row)
    shown.list.setCurrentRow(list(shown._places).index(("channels", 0)))
    shown.form.lines["ker_ev"].setText("")
    shown.list.setCurrentRow(list(shown._places).index(("ions", 1)))
    assert shown.form.lines["momentum_max_au"].text() == "77.5"
    shown.list.setCurrentRow(list(shown._places).index(("channels", 1)))
    shown.ask()
    qtbot.waitUntil(lambda: len(texts) == 1, timeout=60_000)
    setup = Setup.from_toml(texts[0])
    assert setup.ions[1].momentum_max_au == 77.5
    assert [(each.name, each.ker_ev) for each in setup.channels] == [("O+/H+/H+", None), ("H+/H+", None)]
    assert setup.delays.edges_fs == (-50.0, 0.0, 50.0)
    assert "ion H⁺: momentum_max_au = 77.5; channel O⁺ + H⁺ + H⁺: no ker_ev" in window.banner.text()


def test_what_is_typed_wrong_elsewhere_is_said_with_its_section(
    dialog: Callable[..., SetupDialog], texts: list[str]
) -> None:
    shown = dialog("ions", 1)
    shown.form.lines["momentum_max_au"].setText("wide")
    shown.list.setCurrentRow(0)
    shown.ask()
    assert "ion H⁺: momentum_max_au is 'wide', expected a value" in shown.error.text()
    assert not texts


@pytest.mark.parametrize("act", ["ask", "remove", "whole"])
def test_a_section_is_not_mistaken_for_another_where_somebody_changed_the_setup_meanwhile(
    dialog: Callable[..., SetupDialog], texts: list[str], window: Dashboard, act: str, source: Any, snapshot: Snapshot
) -> None:
    shown = dialog("channels", 1)
    head, first, second = snapshot.setup_text.split("[[channels]]\n")
    second, rest = second.split("[delays]")
    swapped = f"{head}[[channels]]\n{second}[[channels]]\n{first}[delays]{rest}"
    source.snapshots.append(replace(snapshot, setup_text=swapped))
    window.step()
    shown.form.lines["ker_ev"].setText("[1.0, 2.0]" if act == "ask" else "")
    if act == "whole":
        shown.whole.setPlainText(TEXT)
    (shown.remove if act == "remove" else shown.ask)()
    assert "changed by somebody else" in shown.error.text()
    assert not texts


@pytest.mark.parametrize("act", ["ask", "remove"])
def test_sections_and_the_whole_text_are_not_asked_for_at_once(
    dialog: Callable[..., SetupDialog], texts: list[str], act: str
) -> None:
    shown = dialog("channels", 1)
    shown.form.lines["ker_ev"].setText("[1.0, 2.0]")
    shown.whole.setPlainText(TEXT)
    getattr(shown, act)()
    assert "take one of them back" in shown.error.text()
    assert not texts


@pytest.mark.parametrize(("typed", "said"), [("wide", "expected a value"), ("-3", "greater than 0")])
def test_what_is_typed_wrong_is_said_in_the_dialog(
    dialog: Callable[..., SetupDialog], texts: list[str], typed: str, said: str
) -> None:
    shown = dialog("ions", 1)
    shown.form.lines["momentum_max_au"].setText(typed)
    shown.ask()
    assert said in shown.error.text()
    assert not texts


def test_the_whole_text_is_asked_for(dialog: Callable[..., SetupDialog], texts: list[str], qtbot: Any) -> None:
    shown = dialog()
    shown.tabs.setCurrentIndex(1)
    shown.whole.setPlainText(TEXT)
    shown.ask()
    qtbot.waitUntil(lambda: texts == [TEXT], timeout=60_000)


def test_a_section_is_taken_out(dialog: Callable[..., SetupDialog], texts: list[str], qtbot: Any) -> None:
    shown = dialog("channels", 1)
    shown.remove()
    qtbot.waitUntil(lambda: len(texts) == 1, timeout=60_000)
    assert [section.name for section in Setup.from_toml(texts[0]).channels] == ["O+/H+/H+"]


def test_a_section_is_taken_out_with_what_was_typed_into_others(
    dialog: Callable[..., SetupDialog], texts: list[str], qtbot: Any
) -> None:
    shown = dialog("channels", 1)
    shown.form.lines["ker_ev"].setText("[1.0, 2.0]")
    shown.list.setCurrentRow(list(shown._places).index(("channels", 0)))
    shown.remove()
    qtbot.waitUntil(lambda: len(texts) == 1, timeout=60_000)
    (left,) = Setup.from_toml(texts[0]).channels
    assert (left.name, left.ker_ev) == ("H+/H+", (1.0, 2.0))
