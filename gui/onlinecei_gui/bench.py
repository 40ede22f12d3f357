"""How much of a core the dashboard takes, beside plain pyqtgraph: ``python -m onlinecei_gui.bench RESULT``."""

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from onlinecei.errors import CEIError

if "DISPLAY" not in os.environ:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_LOGGING_RULES", "*.debug=false;default.warning=false;qt.qpa.*=false")

import numpy as np
import pyqtgraph as pg
from PyQt6.QtWidgets import QApplication

from onlinecei.records import Facts, Snapshot
from onlinecei_gui.app import application
from onlinecei_gui.moment import Moment
from onlinecei_gui.settings import Settings
from onlinecei_gui.source import FixedSource
from onlinecei_gui.window.dashboard import Dashboard
from onlinecei_gui.window.layouts import LAYOUTS

SIX = ("time_of_flight", "pipico", "detector", "momentum_map", "ker", "momentum_sum")
VERSIONS = 40
"""Different sums; later ones are like the last."""
PER_S = 10.0
"""Updates of a second, as of a running line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one thing takes."""

    name: str
    ms: float
    """Processor time of an update."""

    @property
    def share(self) -> float:
        """Of a core, at ten updates a second."""
        return self.ms / 1000 * PER_S


class Growing:
    """A line that has a new version at each look: the sums of a result, a little more of them each time."""

    words, silent_s, is_file = "", 0.0, False
    facts: Facts | None = None

    def __init__(self, snapshot: Snapshot) -> None:
        values = snapshot.state.total.values
        shares = np.linspace(0.5, 1.0, VERSIONS)
        self._snapshot, self._sums, self._turn = snapshot, [(values * share).astype(np.int64) for share in shares], 0

    def poll(self) -> Snapshot:
        """Give the next version."""
        self._turn += 1
        state = self._snapshot.state
        total = replace(state.total, values=self._sums[min(self._turn, VERSIONS - 1)])
        made = replace(state, total=total, version=self._turn, finished=False)
        return replace(self._snapshot, state=made, reconstructed_version=self._turn)

    def close(self) -> None:
        """Nothing is held."""


def cpu_ms(act: Callable[[], object], turns: int) -> float:
    """Give the processor time of one turn, of all threads."""
    before = time.process_time()
    for _ in range(turns):
        act()
    return 1000 * (time.process_time() - before) / turns


def measure(path: Path, turns: int) -> list[Row]:
    """Measure the whole window, six panels of it, each of its panels, and plain pyqtgraph with the same numbers."""
    app = application()
    snapshot = FixedSource.from_file(path).poll()
    if snapshot is None:
        raise CEIError(f"'{path}' holds nothing to show")
    window = Dashboard(Growing(snapshot), Settings())
    window.stop()
    window.resize(1600, 1000)
    window.show()

    def turn() -> None:
        window.step()
        app.processEvents()

    cpu_ms(turn, 3)
    rows = []
    for layout in LAYOUTS:
        window.stage.choose(layout)
        cpu_ms(turn, 3)
        rows.append(Row(name=f"whole window, layout {layout}", ms=cpu_ms(turn, turns)))
    window.stage.choose("shift")
    for name, dock in window.stage.docks.docks.items():
        dock.setVisible(name in SIX)
    cpu_ms(turn, 3)
    rows.append(Row(name="window with six panels", ms=cpu_ms(turn, turns)))
    rows += [Row(name=f"  {name}", ms=_panel_ms(window, app, name, turns)) for name in SIX]
    for dock in window.stage.docks.docks.values():
        dock.hide()
    cpu_ms(turn, 3)
    rows.append(Row(name="  header and all else", ms=cpu_ms(turn, turns)))
    window.close()
    rows.append(Row(name="plain pyqtgraph, six plots", ms=_plain_ms(Moment(snapshot), app, turns)))
    return rows


def _panel_ms(window: Dashboard, app: QApplication, name: str, turns: int) -> float:
    panel = window.stage.panel(name)
    moment, choice = window.moment, window.chooser.choice
    if moment is None:
        return 0.0

    def turn() -> None:
        panel.draw(moment, choice)
        app.processEvents()

    turn()
    return cpu_ms(turn, turns)


def _plain_ms(moment: Moment, app: QApplication, turns: int) -> float:
    """Draw the same numbers with nothing around them."""
    name, board = moment.setup.channels[0].name, pg.GraphicsLayoutWidget()
    board.resize(1600, 1000)
    lines = [(moment.edges("time_of_flight"), moment.counts("time_of_flight")),
             (moment.edges(f"{name}:ker"), moment.counts(f"{name}:ker")[0])]  # fmt: skip
    if f"{name}:momentum_sum" in moment.layout.blocks:
        lines.append((moment.edges(f"{name}:momentum_sum"), moment.counts(f"{name}:momentum_sum")[0]))
    images = [moment.counts("pipico"), moment.counts("detector_image"), moment.counts(f"{name}:momentum_map")[0, 0]]
    curves = [board.addPlot().plot(x, y, stepMode="center", fillLevel=0, brush="gray") for x, y in lines]
    board.nextRow()
    shown = [pg.ImageItem() for _ in images]
    for item in shown:
        board.addPlot().addItem(item)
    board.show()

    def turn() -> None:
        for curve, (x, y) in zip(curves, lines, strict=True):
            curve.setData(x, y)
        for item, counts in zip(shown, images, strict=True):
            item.setImage(counts.astype(np.float64))
        app.processEvents()

    turn()
    return cpu_ms(turn, turns)


def main(words: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="onlinecei_gui.bench", description=__doc__)
    parser.add_argument("result", type=Path)
    parser.add_argument("--turns", type=int, default=50)
    options = parser.parse_args(words)
    try:
        rows = measure(options.result, options.turns)
    except CEIError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    platform = os.environ.get("QT_QPA_PLATFORM") or "display"
    sys.stdout.write(f"processor time of an update ({platform}, 1600x1000, {options.turns} turns)\n")
    for row in rows:
        sys.stdout.write(f"{row.name:<32}{row.ms:8.1f} ms   {row.share:6.1%} of a core at {PER_S:.0f} a second\n")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{'memory at most':<32}{peak:8.0f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
