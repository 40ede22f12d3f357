"""The application around the window."""

from pathlib import Path

from PyQt6.QtWidgets import QApplication

from onlinecei.errors import CEIError
from onlinecei_gui import theme
from onlinecei_gui.source import SnapshotSource
from onlinecei_gui.window import Dashboard


def application() -> QApplication:
    """Give the one application of the process."""
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(["onlinecei"])
    theme.apply(app)
    return app


def show(source: SnapshotSource, size: tuple[int, int]) -> int:
    """Run the dashboard until its window is closed."""
    app = application()
    window = Dashboard(source)
    window.resize(*size)
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
