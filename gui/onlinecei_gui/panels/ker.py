"""Kinetic energy release."""

import numpy as np

from onlinecei_gui import theme
from onlinecei_gui.doing.change import Change
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.events import EventsPanel
from onlinecei_gui.panels.gate import Gate, Interval
from onlinecei_gui.panels.menu import entry
from onlinecei_gui.panels.shapes import filled_end
from onlinecei_gui.words import channel_name, rounded


class KerPanel(EventsPanel):
    """Kinetic energy release of the chosen channel and delay; its gate is dragged."""

    def __init__(self) -> None:
        super().__init__("KER", "KER [eV]", "events", (theme.now.blue,))
        self.gate = Gate(self.plot, theme.now.green, self._want, faint=True)
        self.mean = self.line(theme.now.orange)
        self._seen: tuple[Moment, Choice] | None = None
        entry(self.menu, "Gate on what is seen", lambda: self._want(tuple(self.plot.viewRange()[0])))
        entry(self.menu, "No gate", lambda: self._want(None))

    def draw(self, moment: Moment, choice: Choice) -> None:
        section, self._seen = moment.section(choice), (moment, choice)
        if section is None:
            self.say("The setup names no channel.")
            return
        name = f"{section.name}:ker"
        counts, edges, false = moment.counts(name)[choice.delay], moment.edges(name), moment.false(name)
        self.show_events(edges, counts[None], None if false is None else false[choice.delay, None], ("events",),
                         (float(edges[0]), filled_end(edges, counts)))  # fmt: skip
        asked = moment.asked_section(choice)
        self.gate.show(section.ker_ev, None if asked is None else asked.ker_ev)
        found = moment.reconstruction(choice)
        self._show_mean(found.centroids.mean_ker_ev if found else np.nan)

    def _show_mean(self, mean_ev: float) -> None:
        known = bool(np.isfinite(mean_ev))
        self.mean.setVisible(known)
        self.note.setText("")
        if known:
            self.mean.setValue(mean_ev)
            style = f"color:{theme.now.orange}; font-size:14px"
            self.note.setText(f"<span style='{style}'><b>mean {mean_ev:.1f} eV</b></span>")

    def _want(self, gate: Interval | None) -> None:
        """Ask for another gate, or for none."""
        section = self._seen[0].section(self._seen[1]) if self._seen else None
        if section is None or self._seen is None:
            return
        to = None if gate is None else [rounded(max(edge, 0.0)) for edge in gate]
        said = "no gate" if to is None else f"{to[0]:g} to {to[1]:g} eV"
        words = f"KER of {channel_name(section.channel, section.state)}: {said}"
        self.wanted.emit(Change(section=("channels", self._seen[1].channel), values={"ker_ev": to}, words=words))
