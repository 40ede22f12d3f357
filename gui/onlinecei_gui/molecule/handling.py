"""What the mouse does on a picture of a molecule, whatever draws it: turn, zoom, choose atoms."""

import numpy as np
from PyQt6.QtCore import QEvent, QObject, QPointF, Qt, pyqtSignal
from PyQt6.QtGui import QMouseEvent, QWheelEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from onlinecei_gui.molecule.camera import Camera, Projection
from onlinecei_gui.molecule.model import Scene

TIP = "Drag to turn, wheel to zoom, double click to reset; click two atoms for their distance, three for an angle"
STILL_PX = 4.0
"""A click that moves less is no drag."""
MOST_CHOSEN = 3


class Handling(QObject):
    """Holds what is drawn, from where, and which atoms are chosen; sees the events of a widget before it does."""

    changed = pyqtSignal()
    """The picture has to be drawn anew."""
    chose = pyqtSignal()
    """Other atoms are chosen."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget, self.camera = widget, Camera()
        self.scene: Scene | None = None
        self.chosen: tuple[int, ...] = ()
        self.words = ""
        """What is measured between the chosen atoms."""
        self._pressed, self._last = QPointF(), QPointF()
        widget.setMinimumSize(160, 160)
        widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        widget.setToolTip(TIP)
        widget.installEventFilter(self)
        self.changed.connect(widget.update)

    def show_scene(self, scene: Scene | None) -> None:
        """Draw something else, from the same side as before."""
        if scene is None or self.scene is None or len(scene.first.positions) != len(self.scene.first.positions):
            self.chosen, self.words = (), ""
        self.scene = scene
        self.changed.emit()

    @property
    def projection(self) -> Projection | None:
        """From angstrom to pixels of the widget; None without a scene."""
        if self.scene is None:
            return None
        return self.camera.onto(self._widget.width(), self._widget.height(), self.scene.reach)

    def choose(self, atoms: tuple[int, ...]) -> None:
        """Choose atoms."""
        self.chosen = atoms
        self.chose.emit()
        self.changed.emit()

    def atom_at(self, x: float, y: float) -> int | None:
        """Find the foremost atom under a pixel."""
        if self.scene is None or (projection := self.projection) is None:
            return None
        model, seen = self.scene.first, projection.points(self.scene.first.positions)
        under = np.hypot(seen[:, 0] - x, seen[:, 1] - y) <= model.radii * projection.scale
        return int(np.argmax(np.where(under, seen[:, 2], -np.inf))) if under.any() else None

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if isinstance(event, QWheelEvent):
            self.camera.roll(event.angleDelta().y())
        elif isinstance(event, QMouseEvent):
            self._mouse(event)
        else:
            return super().eventFilter(watched, event)
        self.changed.emit()
        event.accept()
        return True

    def _mouse(self, event: QMouseEvent) -> None:
        place = event.position()
        if event.type() == QEvent.Type.MouseButtonPress:
            self._pressed = self._last = place
        elif event.type() == QEvent.Type.MouseMove and event.buttons() & Qt.MouseButton.LeftButton:
            self.camera.drag(place.x() - self._last.x(), place.y() - self._last.y())
            self._last = place
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self.camera.reset()
        elif event.type() == QEvent.Type.MouseButtonRelease and (place - self._pressed).manhattanLength() < STILL_PX:
            self._click(self.atom_at(place.x(), place.y()))

    def _click(self, atom: int | None) -> None:
        """Add an atom to the chosen ones or take it out; none are chosen after a click beside them."""
        if atom is None:
            self.choose(())
        elif atom in self.chosen:
            self.choose(tuple(each for each in self.chosen if each != atom))
        else:
            self.choose((*self.chosen, atom)[-MOST_CHOSEN:])
