"""The strip at the bottom: everything that was left out, and why; and what last went wrong."""

from html import escape

from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel

from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.words import grouped

SHOWN = {
    "hits": "hits",
    "hits_outside_detector": "outside detector",
    "hits_not_finite": "not finite",
    "hits_before_trigger": "before trigger",
    "hits_without_species": "in no window",
    "ions_at_magnetic_node": "at magnetic node",
    "pulses_without_hits": "pulses without hits",
    "pulses_outside_delays": "pulses outside delays",
    "pulses_without_pump": "pulses without pump",
    "pulses_outside_energies": "pulses outside energies",
    "edges_not_usable": "edges not usable",
    "edges_unused": "edges of no hit",
    "hits_rebuilt_too_far": "rebuilt too far",
    "pulses_sorted_in_part": "pulses sorted in part",
}
"""Those of edges only where the setup has delay lines, those of energies where it has the section."""
HARMLESS = {"hits", "hits_without_species", "pulses_without_hits", "pulses_without_pump", "edges_unused"}


class Footer(QFrame):
    """Counters and messages."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        self.counters, self.message = QLabel(), QLabel()
        self.message.setObjectName("note")
        self.counters.setWordWrap(True)
        row.addWidget(self.counters, 1)
        row.addWidget(self.message)

    def draw(self, moment: Moment, choice: Choice) -> None:
        """Show the counters of a moment."""
        counters, state = moment.counters, moment.snapshot.state
        counts = {words: (counters[name], name in HARMLESS) for name, words in SHOWN.items() if name in counters}
        counts["pulses cut"] = moment.pulses_cut(choice), False
        counts |= {
            f"trains {reason}": (count, False) for reason, count in {**state.left_out, **state.incomplete}.items()
        }
        seen = (_part(words, count, harmless=harmless) for words, (count, harmless) in counts.items() if count)
        self.counters.setText(" &nbsp;&nbsp; ".join(seen))
        none = ", ".join(words for words, (count, _) in counts.items() if not count)
        self.counters.setToolTip(f"None: {none}" if none else "")
        self.message.setText(f"version {state.version} · setup {moment.setup.hash[:8]}")

    def warn(self, sentence: str) -> None:
        """Show what went wrong."""
        self.message.setText(f"<span style='color:{theme.now.orange}'><b>{escape(sentence)}</b></span>")


def _part(words: str, count: int, *, harmless: bool) -> str:
    colour = theme.now.text if harmless else theme.now.orange
    return (
        f"<span style='color:{theme.now.muted}'>{escape(words)}</span> <b style='color:{colour}'>{grouped(count)}</b>"
    )
