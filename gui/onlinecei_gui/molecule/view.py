"""Which of the two views draws molecules: OpenGL where it works, the painter elsewhere."""

import os
from functools import cache
from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication, Qt
from PyQt6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext

from onlinecei_gui.molecule.painter import PainterView

if TYPE_CHECKING:
    from onlinecei_gui.molecule.opengl import OpenGLView

WISH = "ONLINECEI_OPENGL"
"""In the environment: "no", as ``--no-opengl`` sets it; "yes": also where the processor has to do all of it."""
WITHOUT = ("offscreen", "minimal", "vnc", "linuxfb")
"""Platforms of Qt whose OpenGL widgets end the program."""
BY_PROCESSOR = ("llvmpipe", "softpipe", "swrast", "swiftshader")
"""Drivers, as remote desktops have them, that are slower than the painter."""
LEAST = (2, 1)
"""Version that the meshes need."""


def make_view() -> "PainterView | OpenGLView":
    """Make a view; both have the same face: a widget with a `handling`."""
    if why_not():
        return PainterView()
    from onlinecei_gui.molecule.opengl import OpenGLView  # noqa: PLC0415  PyOpenGL may be missing

    return OpenGLView()


def why_not() -> str:
    """Say why molecules are drawn without OpenGL; empty where they are not. Found out without making a widget."""
    if os.environ.get(WISH) == "no":
        return "it is not wanted"
    if (platform := QGuiApplication.platformName()) in WITHOUT:
        return f"the platform '{platform}' has none"
    if QGuiApplication.primaryScreen() is None:
        return "there is no screen"
    if not QCoreApplication.testAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts):
        return "contexts are not shared: the application was made without that"
    return _of_driver()


@cache
def _of_driver() -> str:
    """Ask the driver, through a context on a surface that is never seen."""
    try:
        import pyqtgraph.opengl  # noqa: F401, PLC0415
        from OpenGL import GL  # noqa: PLC0415
    except ImportError as error:
        return f"a library is missing: {error}"
    surface, context = QOffscreenSurface(), QOpenGLContext()
    surface.create()
    if not surface.isValid() or not context.create() or not context.makeCurrent(surface):
        return "no context can be made"
    version, name = context.format().version(), (GL.glGetString(GL.GL_RENDERER) or b"").decode(errors="replace")
    context.doneCurrent()
    if version < LEAST:
        return f"version {version[0]}.{version[1]} is too old, {LEAST[0]}.{LEAST[1]} is needed"
    slow = any(word in name.lower() for word in BY_PROCESSOR) and os.environ.get(WISH) != "yes"
    return f"the driver '{name}' is slower than painting" if slow else ""
