"""What is looked at: channel, delay, and all of the run or its last minutes; beside the menus."""

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from onlinecei.centroids.recent import SPAN_S
from onlinecei_gui.moment import Choice, Moment

DATA = "What came last, as soon as it was watched that long. Mean momenta and geometries are always of all data."


class Chooser(QWidget):
    """Three boxes; `chosen` says that one of them was changed."""

    chosen = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 4, 0)
        row.setSpacing(6)
        self.channel, self.delay, self.data = QComboBox(), QComboBox(), QComboBox()
        self.data.addItems(["all", f"last {SPAN_S / 60:.0f} minutes"])
        self.data.setToolTip(DATA)
        for words, box, width in (("channel", self.channel, 190), ("delay", self.delay, 150), ("data", self.data, 130)):
            caption = QLabel(words)
            caption.setObjectName("caption")
            box.setFixedWidth(width)  # a corner of a menu bar keeps the size that it began with
            box.currentIndexChanged.connect(lambda _index: self.chosen.emit())
            row.addWidget(caption)
            row.addWidget(box)
        self._offered = ""

    @property
    def choice(self) -> Choice:
        """What the boxes stand on."""
        return Choice(channel=max(self.channel.currentIndex(), 0), delay=max(self.delay.currentIndex(), 0))

    @property
    def recent_only(self) -> bool:
        """Whether only the last minutes are to be shown."""
        return self.data.currentIndex() == 1

    def next(self, box: QComboBox, steps: int = 1) -> None:
        """Go on in a box, round and round."""
        if box.count():
            box.setCurrentIndex((box.currentIndex() + steps) % box.count())

    def offer(self, moment: Moment) -> None:
        """Fill the boxes for the setup of the moment; what was chosen stays where it is still there."""
        if self._offered == moment.setup.hash:
            return
        self._offered = moment.setup.hash
        for box, names in ((self.channel, moment.channel_names), (self.delay, moment.delay_names)):
            before = box.currentText()
            box.blockSignals(True)  # noqa: FBT003  Qt's own signature
            box.clear()
            box.addItems(names)
            first = moment.first_complete if box is self.channel else 0
            box.setCurrentIndex(names.index(before) if before in names else first)
            box.blockSignals(False)  # noqa: FBT003
