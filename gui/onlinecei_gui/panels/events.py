"""Histograms of the events of a channel, with the false coincidences among them, or without."""

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei_gui import theme
from onlinecei_gui.panels.histogram import HistogramPanel
from onlinecei_gui.panels.menu import switch
from onlinecei_gui.panels.shapes import every, fitting_bins, summed

UNKNOWN = "Too few pulses were kept to tell the false coincidences of this channel and delay."
FALSE_TIP = "Thin lines below: the false coincidences among them, as mixed pulses tell; the menu takes them out"


class EventsPanel(HistogramPanel):
    """Steps of events for each of some colours, with an outline of the false ones; few events stand in wide bins."""

    def __init__(self, title: str, bottom: str, left: str, colours: tuple[str, ...], *, alpha: int = 70) -> None:
        super().__init__(title, bottom, left)
        self.left, self.subtracted = left, False
        self.curves = [self.steps(colour, alpha=alpha) for colour in colours]
        faint = colours if len(colours) > 1 else (theme.now.text,)
        self.false = [self.outline(theme.translucent(colour, 150)) for colour in faint]
        self.title.setToolTip(FALSE_TIP)
        self.subtracting = switch(self.menu, "Without false coincidences", self._subtract, on=False)

    def show_events(
        self, edges: F8, counts: I8, false: F8 | None, names: tuple[str, ...], x: tuple[float, float]
    ) -> None:
        """Show counts (K, B) of each colour, of which `false` (K, B) are false; None or NaN: nobody knows."""
        known = false is not None and bool(np.isfinite(false).all())
        self.say(UNKNOWN if self.subtracted and not known else "")
        together = max(fitting_bins(row) for row in counts)
        edges, most = every(edges, together), 0.0
        for row, (curve, dots, name) in enumerate(zip(self.curves, self.false, names, strict=True)):
            wrong = np.zeros(counts.shape[1]) if false is None or not known else false[row]
            shown = summed(counts[row] - wrong if self.subtracted else counts[row], together)
            self.show_steps(curve, edges, shown, name)
            dots.setVisible(known and not self.subtracted)
            if known and not self.subtracted:
                self.show_steps(dots, edges, summed(wrong, together), f"false {name}")
            most = max(most, float(shown.max(initial=0.0)))
        self.relabel("left", f"{self.left} / {edges[1] - edges[0]:.3g} {self.unit}")
        self.view_counts(x, most)

    @property
    def unit(self) -> str:
        """Of the horizontal axis."""
        return self.axis_words("bottom").rpartition("[")[2].rstrip("]")

    def _subtract(self, on: bool) -> None:  # noqa: FBT001  the slot of an action
        self.subtracted = on
        self._shown = {}
        self.show_all_of_it()
