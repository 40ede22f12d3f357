"""Which run to open or which line to connect to."""

from pathlib import Path

from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from onlinecei_gui.doing.replay import Order


class PathLine(QWidget):
    """A path that is typed or looked for."""

    def __init__(self, what: str, files: str = "", *, folder: bool = False) -> None:
        super().__init__()
        self._what, self._files, self._folder = what, files, folder
        self.line, look = QLineEdit(), QPushButton("…")
        look.clicked.connect(self._look)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line, 1)
        row.addWidget(look)

    @property
    def path(self) -> Path | None:
        """The path; None where there is none."""
        return Path(self.line.text()) if self.line.text().strip() else None

    def _look(self) -> None:
        if self._folder:
            name = QFileDialog.getExistingDirectory(self, self._what, self.line.text())
        else:
            name, _ = QFileDialog.getOpenFileName(self, self._what, self.line.text(), self._files)
        if name:
            self.line.setText(name)


class OpenDialog(QDialog):
    """A run to replay."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open a run")
        self.run = PathLine("Run file", "Run files (*.h5)")
        self.setup = PathLine("Setup", "Setup files (*.toml)")
        self.out = PathLine("Results", folder=True)
        self.rate, self.workers = QLineEdit("max"), QSpinBox()
        self.workers.setRange(1, 256)
        lines = {
            "run": self.run,
            "setup (empty: the run's own)": self.setup,
            "trains per second, or max": self.rate,
            "workers": self.workers,
            "results into (empty: none)": self.out,
        }
        _form(self, lines)
        self.resize(620, 0)

    @property
    def order(self) -> Order | None:
        """What was chosen; None where no run was."""
        if self.run.path is None:
            return None
        return Order(
            run=self.run.path, setup=self.setup.path, rate=self.rate.text().strip() or "max",
            workers=self.workers.value(), out=self.out.path,
        )  # fmt: skip


class ConnectDialog(QDialog):
    """A line to look at."""

    def __init__(self, endpoint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Connect to a line")
        self.endpoint = QLineEdit(endpoint)
        self.endpoint.setPlaceholderText("tcp://127.0.0.1:45450 or ipc:///tmp/…/readers")
        self.keys = PathLine("Directory of keys", folder=True)
        _form(self, {"endpoint": self.endpoint, "keys (empty: your own)": self.keys})
        self.resize(560, 0)


def _form(dialog: QDialog, lines: dict[str, QWidget]) -> None:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    form = QFormLayout()
    for words, widget in lines.items():
        form.addRow(words, widget)
    column = QVBoxLayout(dialog)
    column.addLayout(form)
    column.addWidget(buttons)
