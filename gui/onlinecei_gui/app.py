"""The application around the window."""

from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication

from onlinecei.errors import CEIError
from onlinecei_gui import theme
from onlinecei_gui.settings import Settings, default_path
from onlinecei_gui.source import SnapshotSource
from onlinecei_gui.window.dashboard import Dashboard


def application(name: theme.Theme = "dark") -> QApplication:
    """Give the one application of the process, in a theme."""
    running = QApplication.instance()
    if running is None:  # views of molecules use the same programs on the graphics card
        QApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    app = running if isinstance(running, QApplication) else QApplication(["onlinecei"])
    theme.apply(app, name)
    return app


def show(source: SnapshotSource, size: tuple[int, int]) -> int:
    """Run the dashboard until its window is closed."""
    settings = Settings(default_path())
    app = application(settings.theme)
    window = Dashboard(source, settings)
    window.resize(*size)
    window.restore_window()
    window.show()
    return app.exec()


def screenshot(source: SnapshotSource, size: tuple[int, int], path: Path) -> None:
    """Draw the dashboard once and write it as PNG."""
    app = application()
    window = Dashboard(source)
    window.resize(*size)
    window.show()
    window.step()
    app.processEvents()  # plots settle their axes in the first round and their ranges in the second
    app.processEvents()
    written = window.grab().save(str(path), "PNG")
    window.close()
    if not written:
        raise CEIError(f"the screenshot '{path}' cannot be written")
