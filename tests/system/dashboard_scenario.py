"""A shift of a minute: open a run, drag a window, begin anew, lose the line, open it again.

Run by test_dashboard.py as a process of its own, since the platform of Qt is chosen once.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QApplication, QWidget

from onlinecei import units
from onlinecei_gui.app import application
from onlinecei_gui.doing.replay import Order
from onlinecei_gui.molecule.panel import MoleculePanel
from onlinecei_gui.moment import Choice
from onlinecei_gui.panels.events import EventsPanel
from onlinecei_gui.panels.image import ImagePanel
from onlinecei_gui.panels.momenta import MomentaPanel
from onlinecei_gui.panels.quality import QualityPanel
from onlinecei_gui.panels.rates import RatesPanel
from onlinecei_gui.settings import Settings
from onlinecei_gui.source import FixedSource
from onlinecei_gui.window.dashboard import Dashboard
from onlinecei_gui.window.layouts import LAYOUTS, names
from onlinecei_gui.words import grouped

PATIENCE_S = 180.0
"""The stages may have to be compiled first."""
HYDROGEN = 2
"""Place of H+ among the ions of the water run."""


def wait(window: Dashboard, condition: Callable[[], bool], what: str, seconds: float = PATIENCE_S) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"not seen: {what}; the log says:\n{log(window)}"
        QApplication.processEvents()
        time.sleep(0.01)


def drag_rim(window: Dashboard, to_ns: float) -> None:
    """Drag the early rim of the window of H+ with the mouse."""
    panel = window.stage.panel("time_of_flight")
    box, view = panel.plot.getPlotItem().getViewBox(), panel.plot.viewport()
    height = sum(box.viewRange()[1]) / 2

    def place(t_ns: float) -> QPoint:
        return panel.plot.mapFromScene(box.mapViewToScene(QPointF(t_ns, height)))

    start, stop = place(panel.gates[HYDROGEN].applied[0]), place(to_ns)
    none, left = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
    mouse(view, QEvent.Type.MouseMove, start, none, none)  # the rim notices the mouse before it is taken
    mouse(view, QEvent.Type.MouseButtonPress, start, left, left)
    for step in range(1, 9):
        mouse(view, QEvent.Type.MouseMove, start + (stop - start) * step / 8, none, left)
    mouse(view, QEvent.Type.MouseButtonRelease, stop, left, none)


def mouse(view: QWidget, kind: QEvent.Type, at: QPoint, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
    """Send what a mouse sends, no faster than plots take it; QTest moves it without its buttons."""
    seen, free = view.mapToGlobal(at), Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(view, QMouseEvent(kind, QPointF(at), QPointF(seen), button, held, free))
    QApplication.processEvents()
    time.sleep(2.0 / pg.getConfigOption("mouseRateLimit"))


def see_all(window: Dashboard) -> None:
    """Look at every layout of the running line: what is drawn is what was counted."""
    window.stop()
    for layout, place in LAYOUTS.items():
        window.stage.choose(layout)
        QApplication.processEvents()
        window.redraw()
        for name in names(place):
            if name in WORDS:
                WORDS[name](window.panels[name], window)
            if name in SUMS:
                count, sums = SUMS[name]
                drawn, counted = count(window.panels[name]), int(window.moment.counts(sums).sum())
                assert drawn == counted > 0, f"{name} in {layout}: {drawn} drawn, {counted} counted"
    window.stage.choose("shift")
    window.start()


def see_quality(panel: QualityPanel, window: Dashboard) -> None:
    moment = window.moment
    events = [moment.events(Choice(channel=number)) for number in range(len(moment.setup.channels))]
    shown = [panel.table.item(row, 2).text() for row in range(panel.table.rowCount())]
    assert shown == [grouped(each) for each in events], "events of each channel"


def see_molecule(panel: MoleculePanel, window: Dashboard) -> None:
    found = window.moment.reconstruction(window.chooser.choice)
    assert found is not None
    assert found.found
    oxygen, *hydrogens = found.positions_au / units.ANGSTROM
    bonds = [np.linalg.norm(each - oxygen) for each in hydrogens]
    shown = [float(panel.table.item(row, 1).text().split()[0]) for row in range(2)]
    assert np.allclose(shown, bonds, atol=0.006), "O-H bonds in angstrom"


def see_rates(panel: RatesPanel, window: Dashboard) -> None:
    pulses = panel.curves[0].getOriginalDataset()[1]
    assert 0.0 < pulses.max() < 10 * window.moment.counters["pulses"], "pulses a second"


WORDS = {"quality": see_quality, "molecule": see_molecule, "rates": see_rates}


def in_image(panel: ImagePanel) -> int:
    shown = panel.image.image
    return int(np.rint(10.0 ** shown[np.isfinite(shown)]).sum())


def in_curves(panel: EventsPanel) -> int:
    return int(sum(curve.getData()[1].sum() for curve in panel.curves))


def in_maps(panel: MomentaPanel) -> int:
    return sum(in_image(each) for each in panel.maps)


SUMS = {
    "pipico": (in_image, "pipico"),
    "detector": (in_image, "detector_image"),
    "ker": (in_curves, "O+/H+/H+:ker"),
    "momentum_sum": (in_curves, "O+/H+/H+:momentum_sum"),
    "momenta": (in_maps, "O+/H+/H+:momentum_map"),
    "newton": (in_image, "O+/H+/H+:newton"),
}
"""By panel: how to count what it has drawn, and what that should be."""


def found(window: Dashboard) -> bool:
    made = window.moment.reconstruction(window.chooser.choice)
    return made is not None and made.found


def reach(window: Dashboard) -> float:
    return 0.0 if window.moment is None else window.moment.setup.ions[HYDROGEN].momentum_max_au


def log(window: Dashboard) -> str:
    return str(window.stage.panel("log").text.toPlainText())


def main(run: Path) -> None:
    app = application()
    window = Dashboard(FixedSource(None), Settings())
    window.resize(1600, 1000)
    window.show()
    order = Order(run=run, rate="3")
    window.acts.start(order)
    wait(window, lambda: window.moment is not None and window.moment.counters["pulses"] > 0, "no data came")
    wait(window, lambda: window.header.badge.text() == "REPLAY", "it is a replay")
    wait(window, lambda: window.moment.events(window.chooser.choice) > 100, "events came")
    wait(window, lambda: found(window), "a geometry came")
    see_all(window)
    before = reach(window)
    rim = float(window.moment.layout.windows_ns[HYDROGEN, 0])
    drag_rim(window, rim - 12.0)
    assert "asked for: window of H⁺" in log(window)
    wait(window, lambda: reach(window) > before, "the dragged window is applied")
    wait(
        window,
        lambda: abs(window.panels["time_of_flight"].gates[HYDROGEN].applied[0] - (rim - 12.0)) < 3.0,
        "and drawn",
    )
    assert "applied: window of H⁺" in log(window)
    assert "analysed with an earlier setup" in window.header.tiles["left_out"].toolTip()
    wait(window, lambda: window.moment.counters["pulses"] > 2000, "sums with the other window grow")
    pulses = window.moment.counters["pulses"]
    window.revisions.reset()
    wait(window, lambda: window.moment.counters["pulses"] < pulses, "the sums began anew")
    line = window.acts.replay.process_id
    assert line
    os.kill(line, signal.SIGKILL)
    wait(window, lambda: "the line has not answered" in window.banner.text(), "a line that is gone is stale")
    assert window.header.badge.text() == "STALE"
    window.acts.start(order)
    wait(window, lambda: log(window).count("looking at") == 2, "another line is looked at")
    wait(window, lambda: window.header.badge.text() == "REPLAY", "and gives data")
    window.close()
    window.acts.replay.wait()
    print("done", app.platformName())  # noqa: T201  the test reads it


if __name__ == "__main__":
    main(Path(sys.argv[1]))
