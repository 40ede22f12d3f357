"""The strip at the top: is it running, how far is it, how fast, and what is looked at."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout

from onlinecei.centroids.recent import SPAN_S
from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.words import grouped, short

TILES = {
    "rate": "hits / s",
    "pulses": "pulses",
    "per_pulse": "hits / pulse",
    "events": "events",
    "rejected": "hits rejected",
}
DATA = "What came last, as soon as it was watched that long. Mean momenta and geometries are always of all data."


class Header(QFrame):
    """Badge, run, progress, numbers and selectors."""

    chosen = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(22)
        self.badge, self.run, self.trains, self.bar = QLabel(), QLabel("no data yet"), QLabel(), QProgressBar()
        self.badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.badge.setMinimumSize(150, 46)
        self.run.setObjectName("run")
        self.run.setTextFormat(Qt.TextFormat.PlainText)  # the name is somebody else's text
        self.trains.setObjectName("caption")
        self.bar.setTextVisible(False)
        self.bar.setMinimumWidth(160)
        row.addWidget(self.badge)
        row.addLayout(_column(self.run, self.bar, self.trains), 1)
        self.tiles = {name: QLabel("–") for name in TILES}
        for name, value in self.tiles.items():
            value.setObjectName("value")
            row.addLayout(_column(value, _caption(TILES[name])))
        self.channel, self.delay, self.data = QComboBox(), QComboBox(), QComboBox()
        self.data.addItems(["all", f"last {SPAN_S / 60:.0f} minutes"])
        self.data.setToolTip(DATA)
        for words, box in (("channel", self.channel), ("delay", self.delay), ("histograms of", self.data)):
            box.setMinimumWidth(120)
            box.currentIndexChanged.connect(lambda _index: self.chosen.emit())
            row.addLayout(_column(_caption(words), box))
        self._offered = ""
        self.show_status("WAITING")

    @property
    def choice(self) -> Choice:
        """What the selectors stand on."""
        return Choice(channel=max(self.channel.currentIndex(), 0), delay=max(self.delay.currentIndex(), 0))

    @property
    def recent_only(self) -> bool:
        """Whether only the last minutes are to be shown."""
        return self.data.currentIndex() == 1

    def show_status(self, status: str) -> None:
        """Show one of the words of `Progress.status`."""
        self.badge.setText(status)
        self.badge.setStyleSheet(
            f"background: {theme.status(status)}; color: #06090d; border-radius: 8px;font-size: 20px; font-weight: 800;"
        )

    def show_rate(self, hits_per_s: float | None) -> None:
        """Show the hit rate; a dash where it is not known."""
        self.tiles["rate"].setText("–" if hits_per_s is None else short(hits_per_s))

    def offer(self, moment: Moment) -> None:
        """Fill the selectors for the setup of the moment; nothing if it is the same as before."""
        if self._offered == moment.setup.hash:
            return
        self._offered = moment.setup.hash
        for box, names in ((self.channel, moment.channel_names), (self.delay, moment.delay_names)):
            box.blockSignals(True)  # noqa: FBT003  Qt's own signature
            box.clear()
            box.addItems(names)
            if box is self.channel:
                box.setCurrentIndex(moment.first_complete)
            box.blockSignals(False)  # noqa: FBT003

    def draw(self, moment: Moment, choice: Choice) -> None:
        """Show the numbers of a moment."""
        state, counters, rejected = moment.snapshot.state, moment.counters, moment.rejected_hits
        done, expected = state.total.train_count, state.trains_expected
        self.run.setText(moment.snapshot.run)
        self.trains.setText(f"{grouped(done)} of {grouped(expected)} trains" if expected else f"{grouped(done)} trains")
        self.bar.setRange(0, max(expected, done, 1))
        self.bar.setValue(done)
        self.tiles["pulses"].setText(grouped(counters["pulses"]))
        self.tiles["per_pulse"].setText(f"{counters['hits'] / max(counters['pulses'], 1):.2f}")
        self.tiles["events"].setText(grouped(moment.events(choice)))
        self.tiles["rejected"].setText(f"{100 * sum(rejected.values()) / max(counters['hits'], 1):.2g}\u2009%")
        self.tiles["rejected"].setToolTip("\n".join(f"{words}: {grouped(n)}" for words, n in rejected.items()))


def _caption(words: str) -> QLabel:
    label = QLabel(words)
    label.setObjectName("caption")
    return label


def _column(*widgets: QLabel | QProgressBar | QComboBox) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(3)
    for widget in widgets:
        column.addWidget(widget)
    return column
