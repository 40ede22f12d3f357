"""The molecular movie: the geometries of all delays, one after the other."""

import math

import numpy as np
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSlider, QStackedLayout, QToolButton, QWidget

from onlinecei.arrays import F8
from onlinecei_gui import theme
from onlinecei_gui.molecule.frames import Frame, between, frames_of
from onlinecei_gui.molecule.geometry import measurable, measure, radii_angstrom
from onlinecei_gui.molecule.model import BALL, scene_of
from onlinecei_gui.molecule.momenta import INSTEAD
from onlinecei_gui.molecule.view import make_view
from onlinecei_gui.moment import Choice, Moment, delay_name
from onlinecei_gui.panels.panel import Panel
from onlinecei_gui.words import formula_html

STEPS = 20
"""Places of the slider from one delay to the next."""
TICK_MS, PLAYED = 40, 0.8
"""Time between pictures while it plays, and seconds from one delay to the next."""
TOO_FEW = "A movie takes geometries of two delays or more; this channel has {}."


class MoviePanel(Panel):
    """The molecule at each delay, each laid onto the one before; between them straight lines, for the eye alone."""

    draws_sums = False

    def __init__(self) -> None:
        super().__init__("Movie", kinds=("png",))
        self.view, self.reason, self.time, self.words = make_view(), QLabel(), QLabel(), QLabel()
        self.slider, self.button = QSlider(Qt.Orientation.Horizontal), QToolButton()
        self.frames: list[Frame] = []
        self._of = ""
        self._moment: Moment | None = None
        self._choice: Choice | None = None
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)
        self.slider.valueChanged.connect(self.show_place)
        self.button.clicked.connect(self.play)
        self.view.handling.chose.connect(self.show_place)

    def draw(self, moment: Moment, choice: Choice) -> None:
        section = moment.section(choice)
        name = section.name if section else ""
        if name != self._of or not moment.has_geometries_of(self._moment):
            self._of, self._moment = name, moment
            self.frames = frames_of([each for each in moment.snapshot.reconstructions if each.centroids.name == name])
            what = f"Movie: {INSTEAD.lower()}" if self._of_momenta else "Movie"
            self.title.setText(f"{what} &nbsp;{formula_html(moment.setup.molecule.formula)}")
            self._take_frames()
        if choice != self._choice:
            self._choice = choice
            self._go_to(choice.delay)

    @property
    def _of_momenta(self) -> bool:
        return bool(self.frames) and self.frames[0].shown.momenta

    def _go_to(self, delay: int) -> None:
        """Show the delay that was chosen, where it has a picture."""
        bins = [frame.found.centroids.delay_bin for frame in self.frames]
        if delay in bins:
            self.slider.setValue(STEPS * bins.index(delay))

    def _take_frames(self) -> None:
        self.slider.setRange(0, STEPS * max(len(self.frames) - 1, 0))
        if len(self.frames) < 2:
            self.reason.setText(TOO_FEW.format("one" if self.frames else "none"))
            self._stop()
        self._stack.setCurrentIndex(0 if len(self.frames) > 1 else 1)
        for widget in (self.slider, self.button):
            widget.setEnabled(len(self.frames) > 1)
        self.show_place()

    @property
    def place(self) -> float:
        """Where among the frames it stands; whole numbers are measured geometries."""
        return self.slider.value() / STEPS

    def play(self) -> None:
        """Play, from the beginning if it stands at the end; or stop."""
        if self._timer.isActive():
            self._stop()
            return
        if self.slider.value() == self.slider.maximum():
            self.slider.setValue(0)
        self._timer.start()
        self.button.setText("⏸")

    def tick(self) -> None:
        """Go on by one picture; at the end from the beginning."""
        step = max(round(STEPS * TICK_MS / 1000 / PLAYED), 1)
        following = self.slider.value() + step
        self.slider.setValue(following if following <= self.slider.maximum() else 0)

    def show_place(self) -> None:
        """Draw the molecule at the place of the slider."""
        if len(self.frames) < 2:
            self.view.handling.show_scene(None)
            self.time.setText("")
            self.words.setText("")
            return
        nearest = self.frames[min(round(self.place), len(self.frames) - 1)]
        self.view.handling.show_scene(scene_of(
            nearest.shown, [], times=0.0, positions=between(self.frames, self.place),
            middle=self._middle, reach=self._reach,
        ))  # fmt: skip
        measured = math.isclose(self.place, round(self.place))
        self.time.setText(self._when(nearest, measured=measured))
        chosen = self.view.handling.chosen
        can = measured and measurable(nearest.shown, chosen)
        self.view.handling.words = measure(nearest.shown, chosen).text if can else ""
        self.note.setText("" if measured else "between two delays: straight lines, not measured")

    def _when(self, nearest: Frame, *, measured: bool) -> str:
        if measured:
            return f"<b>{delay_name(*nearest.delay_fs)}</b>"
        first = self.frames[int(self.place)].middle_fs
        second = self.frames[min(int(self.place) + 1, len(self.frames) - 1)].middle_fs
        return f"near {first + (self.place - int(self.place)) * (second - first):.1f} fs"

    @property
    def _middle(self) -> F8:
        """Of all frames, so that the picture stands still; momenta begin there."""
        if self._of_momenta:
            return np.zeros(3)
        return np.asarray(np.mean([frame.shown.positions for frame in self.frames], axis=(0, 1)))

    @property
    def _reach(self) -> float:
        """Of all frames."""
        places = np.concatenate([frame.shown.positions for frame in self.frames]) - self._middle
        radii = radii_angstrom(self.frames[0].shown.channel)
        return float(np.linalg.norm(places, axis=1).max() + BALL * radii.max())

    def _stop(self) -> None:
        self._timer.stop()
        self.button.setText("▶")

    def _lay_out(self) -> None:
        self.reason.setObjectName("message")
        self.reason.setWordWrap(True)
        self.reason.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.slider.setStyleSheet(_slider_sheet())
        self.button.setText("▶")
        self.button.setToolTip("Play or stop")
        self.time.setMinimumWidth(130)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.reason)
        row = QHBoxLayout()
        for widget, share in ((self.button, 0), (self.slider, 1), (self.time, 0)):
            row.addWidget(widget, share)
        self.body.addWidget(holder, 1)
        self.body.addLayout(row)


def _slider_sheet() -> str:
    of = theme.now
    return (
        f"QSlider::groove:horizontal {{ background: {of.border}; height: 5px; border-radius: 2px; }}"
        f"QSlider::sub-page:horizontal {{ background: {of.blue}; height: 5px; border-radius: 2px; }}"
        f"QSlider::handle:horizontal {{ background: {of.text}; width: 12px; margin: -4px 0; border-radius: 6px; }}"
    )
