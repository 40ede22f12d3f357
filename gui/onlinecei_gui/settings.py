"""What the dashboard remembers from one start to the next: a small file of its own under XDG_CONFIG_HOME."""

import json
import os
from base64 import b64decode, b64encode
from pathlib import Path

from onlinecei.errors import CEIError
from onlinecei.whole import write_whole
from onlinecei_gui.theme import PALETTES, Theme


class Settings:
    """Theme, layout, place of the window, and how each layout was left.

    Parameters
    ----------
    path
        The file, read now and written by `save`; None: nothing is kept. A file that cannot be read is passed over.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path, self._kept = path, _read(path)

    @property
    def theme(self) -> Theme:
        """The theme; dark where none was chosen."""
        said = self._kept.get("theme", "dark")
        return PALETTES[said].name if said in PALETTES else "dark"

    @theme.setter
    def theme(self, name: Theme) -> None:
        self._kept["theme"] = name

    @property
    def layout(self) -> str:
        """Name of the layout that was used last; empty where none was."""
        return self._kept.get("layout", "")

    @layout.setter
    def layout(self, name: str) -> None:
        self._kept["layout"] = name

    def arrangement(self, layout: str) -> bytes:
        """Give how a layout was left; empty where it was never changed."""
        return b64decode(self._kept.get(f"layout {layout}", ""))

    def keep_arrangement(self, layout: str, state: bytes) -> None:
        """Remember how a layout is left; nothing forgets it."""
        self._kept[f"layout {layout}"] = b64encode(state).decode()

    @property
    def window(self) -> bytes:
        """Place and size of the window."""
        return b64decode(self._kept.get("window", ""))

    @window.setter
    def window(self, geometry: bytes) -> None:
        self._kept["window"] = b64encode(geometry).decode()

    def save(self) -> None:
        """Write the file; `CEIError` where that cannot be done."""
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CEIError(f"'{self._path.parent}' cannot be made: {error}") from error
        write_whole(self._path, json.dumps(self._kept, indent=1))


def _read(path: Path | None) -> dict[str, str]:
    try:
        content = json.loads(path.read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError):
        return {}
    return {key: value for key, value in content.items() if isinstance(value, str)} if isinstance(content, dict) else {}


def default_path() -> Path:
    """Give the file of the person who starts the dashboard."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "onlinecei" / "dashboard.json"
