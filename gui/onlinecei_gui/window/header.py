"""The strip at the top: how does the line do, how far is it, how fast, how late, and what was left out."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QVBoxLayout

from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.window.progress import WAITING, Status
from onlinecei_gui.words import grouped, milliseconds, share, short

TILES = {
    "rate": "hits / s",
    "per_pulse": "hits / pulse",
    "events": "events",
    "latency": "latency p50 · p99",
    "rejected": "hits rejected",
    "left_out": "trains left out",
}
LATENCY = "From the arrival of a train to the version that holds it: half are faster than the first number, 99 of 100 "
LATENCY += "faster than the second."


class Header(QFrame):
    """Badge, run, progress and numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(24)
        self.badge, self.run, self.trains, self.bar = QLabel(), QLabel("no data yet"), QLabel(), QProgressBar()
        self.badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.badge.setMinimumSize(150, 46)
        self.run.setObjectName("run")
        self.run.setTextFormat(Qt.TextFormat.PlainText)  # the name is somebody else's text
        self.trains.setObjectName("caption")
        self.trains.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bar.setTextVisible(False)
        self.bar.setMinimumWidth(120)
        row.addWidget(self.badge)
        row.addLayout(_column(self.run, self.bar, self.trains), 1)
        self.tiles = {name: QLabel("–") for name in TILES}
        for name, value in self.tiles.items():
            value.setObjectName("value")
            row.addLayout(_column(value, _caption(TILES[name])))
        self.tiles["latency"].setToolTip(LATENCY)
        self._ground, self._warned = "", False
        self.show_status(Status(word=WAITING))

    def show_status(self, status: Status) -> None:
        """Show the one word for the line."""
        self.badge.setToolTip(status.reason)
        if status.word == self.badge.text() and self._ground == theme.status(status.word):
            return  # a new style costs more than all else up here
        self.badge.setText(status.word)
        ground = self._ground = theme.status(status.word)
        self.badge.setStyleSheet(
            f"background: {ground}; color: {theme.on(ground)}; border-radius: 8px; font-size: 20px; font-weight: 800;"
        )

    def show_rate(self, hits_per_s: float | None) -> None:
        """Show the hit rate; a dash where it is not known."""
        self.tiles["rate"].setText("–" if hits_per_s is None else short(hits_per_s))

    def draw(self, moment: Moment, choice: Choice) -> None:
        """Show the numbers of a moment."""
        state, counters, rejected = moment.snapshot.state, moment.counters, moment.rejected_hits
        done, expected = state.total.train_count, state.trains_expected
        self.run.setText(moment.snapshot.title)
        of = f" of {grouped(expected)}" if expected else ""
        newest = "" if moment.newest_train is None else f" · at train {moment.newest_train}"
        self.trains.setText(f"{grouped(done)}{of} trains{newest} · {grouped(counters['pulses'])} pulses")
        self.bar.setRange(0, max(expected, done, 1))
        self.bar.setValue(done)
        self._tile("per_pulse", f"{counters['hits'] / max(counters['pulses'], 1):.2f}")
        self._tile("events", grouped(moment.events(choice)))
        self._tile("rejected", share(sum(rejected.values()), counters["hits"]), rejected)
        left_out = state.left_out
        said = {**left_out, **{f"in the result, {reason}": count for reason, count in state.incomplete.items()}}
        self._tile("left_out", grouped(sum(left_out.values())), said)
        if self._warned != (sum(left_out.values()) > 0):
            self._warned = not self._warned
            self.tiles["left_out"].setStyleSheet(f"color: {theme.now.orange};" if self._warned else "")
        late = state.facts.latency_p50_s, state.facts.latency_p99_s
        self.tiles["latency"].setText(" · ".join(milliseconds(each) for each in late) if any(late) else "–")

    def _tile(self, name: str, words: str, reasons: dict[str, int] | None = None) -> None:
        self.tiles[name].setText(words)
        if reasons is not None:
            self.tiles[name].setToolTip("\n".join(f"{reason}: {grouped(n)}" for reason, n in reasons.items() if n))


def _caption(words: str) -> QLabel:
    label = QLabel(words)
    label.setObjectName("caption")
    return label


def _column(*widgets: QLabel | QProgressBar) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(3)
    for widget in widgets:
        column.addWidget(widget)
    return column
