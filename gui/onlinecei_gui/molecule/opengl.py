"""The molecule drawn by OpenGL: the picture of `painter`, with light on round surfaces."""

import numpy as np
import pyqtgraph.opengl as gl
from OpenGL import GL
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QMatrix4x4, QPainter, QPaintEvent, QResizeEvent, QSurfaceFormat
from PyQt6.QtWidgets import QWidget

from onlinecei_gui import theme
from onlinecei_gui.molecule.handling import Handling
from onlinecei_gui.molecule.meshes import Mesh, solid, veils
from onlinecei_gui.molecule.notes import write_notes

SAMPLES = 4
"""Of each pixel, so that rims are smooth."""
DEPTH = 1e5
"""Pixels towards the eye and away from it that are drawn."""

_SEEN_THROUGH = {
    GL.GL_DEPTH_TEST: True,
    GL.GL_BLEND: True,
    GL.GL_CULL_FACE: True,
    "glBlendFuncSeparate": (GL.GL_SRC_ALPHA, GL.GL_ONE_MINUS_SRC_ALPHA, GL.GL_ONE, GL.GL_ONE_MINUS_SRC_ALPHA),
}
"""Front faces alone, mixed with what is behind them."""


class OpenGLView(gl.GLViewWidget):  # type: ignore[misc]  # of pyqtgraph
    """Draws a scene; ask `view.why_not` before making one, on a screen without OpenGL that ends the program."""

    def __init__(self) -> None:
        super().__init__()
        surface = QSurfaceFormat()
        surface.setSamples(SAMPLES)
        self.setFormat(surface)
        self.setBackgroundColor(theme.now.card)
        self._solid = gl.GLMeshItem(computeNormals=False, glOptions="opaque")
        self._veils = gl.GLMeshItem(computeNormals=False, glOptions=_SEEN_THROUGH)
        self._veils.setDepthValue(1)
        for item in (self._solid, self._veils):
            item.setVisible(False)
            self.addItem(item)
        self.handling = Handling(self)
        self._notes = _Notes(self)
        self.handling.changed.connect(self._lay)

    def projectionMatrix(self, region: tuple[int, ...], viewport: tuple[int, ...]) -> QMatrix4x4:
        """Map pixels with y down; without perspective, as the painter does."""
        del region, viewport
        matrix = QMatrix4x4()
        matrix.ortho(0.0, self.width(), self.height(), 0.0, -DEPTH, DEPTH)
        return matrix

    def viewMatrix(self) -> QMatrix4x4:
        """Leave everything where it is: the camera turns molecules before they come here."""
        return QMatrix4x4()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._notes.resize(self.size())
        self._lay()

    def _lay(self) -> None:
        """Turn the scene into triangles as it is seen now."""
        scene, projection = self.handling.scene, self.handling.projection
        for item, make in ((self._solid, solid), (self._veils, veils)):
            mesh = make(scene, projection) if scene is not None and projection is not None else None
            item.setVisible(mesh is not None and bool(mesh.points.size))
            if mesh is not None and mesh.points.size:
                _put(item, mesh)


class _Notes(QWidget):
    """Lies over the picture: painting on what OpenGL draws into upsets drivers."""

    def __init__(self, view: OpenGLView) -> None:
        super().__init__(view)
        self._handling = view.handling
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._handling.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        del event
        scene, projection = self._handling.scene, self._handling.projection
        if scene is None or projection is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        write_notes(painter, scene, projection, self._handling.chosen, self._handling.words)
        painter.end()


def _put(item: gl.GLMeshItem, mesh: Mesh) -> None:
    item.setMeshData(
        vertexes=mesh.points.astype(np.float32), faces=mesh.faces.astype(np.uint32),
        vertexColors=mesh.colours.astype(np.float32),
    )  # fmt: skip
