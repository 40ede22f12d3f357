"""The application around the window."""

import time
from pathlib import Path

from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtWidgets import QApplication

from onlinecei.errors import CEIError
from onlinecei_gui import theme
from onlinecei_gui.doing.exports import origin_of, picture, write_bytes
from onlinecei_gui.settings import Settings, default_path
from onlinecei_gui.source import SnapshotSource
from onlinecei_gui.view import View
from onlinecei_gui.window.dashboard import Dashboard

PATIENCE_S, TURN_S = 10.0, 0.02
"""How long a picture waits for the first version of a line, and between two looks."""
SMALLEST = 0
"""Quality of a PNG, which is never lossy: compressed as far as it goes."""
ROUNDS = 4
"""Turns of the event loop in which docks, axes and ranges settle."""


def application(name: theme.Theme = "dark") -> QApplication:
    """Give the one application of the process, in a theme."""
    running = QApplication.instance()
    if running is None:  # views of molecules use the same programs on the graphics card
        QApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    app = running if isinstance(running, QApplication) else QApplication(["onlinecei"])
    theme.apply(app, name)
    return app


def show(source: SnapshotSource, view: View, marks: Path | None = None) -> int:
    """Run the dashboard until its window is closed; what the view leaves open is as it was left."""
    settings = Settings(default_path())
    settings.theme, settings.layout = view.theme or settings.theme, view.layout or settings.layout
    app = application(settings.theme)
    window = Dashboard(source, settings, marks_directory=marks)
    window.resize(*view.size)
    window.restore_window()
    window.look(view)
    window.show()
    window.stage.bring_to_front(view.front)
    status = app.exec()
    if window.acts.replay is not None:
        app.processEvents()
        window.acts.replay.wait()  # nobody waits for the window: it is closed
    return status


def screenshot(source: SnapshotSource, view: View, path: Path) -> None:
    """Draw the dashboard once and write it as PNG; nothing of the person's settings is used or changed.

    Raises
    ------
    CEIError
        The name is that of another kind of file, nothing came, or the file cannot be written.
    """
    if path.suffix.lower() not in {".png", ""}:
        raise CEIError(f"the screenshot '{path}' is not written: its name ends with '{path.suffix}', expected .png")
    settings = Settings()
    settings.theme, settings.layout = view.theme or "dark", view.layout
    app = application(settings.theme)
    window = Dashboard(source, settings)
    try:
        window.resize(*view.size)
        _settle(window, view, app)
        png = picture(window, origin_of(window.moment), SMALLEST)
    finally:  # a window that outlives its application ends the program badly
        window.close()
        window.deleteLater()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    write_bytes(png, path)


def _settle(window: Dashboard, view: View, app: QApplication) -> None:
    """Wait for the first version, and until everything stands where it will stay."""
    window.look(view)
    window.show()
    window.stage.bring_to_front(view.front)
    until = time.monotonic() + PATIENCE_S
    while window.moment is None:
        if time.monotonic() > until:
            raise CEIError(f"nothing came within {PATIENCE_S:g} s: there is no line, or it has no data yet")
        app.processEvents()
        window.step()
        time.sleep(TURN_S)
    window.look(view)
    for _ in range(ROUNDS):
        app.processEvents()
