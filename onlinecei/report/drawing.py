"""A figure of a report: how it is drawn, what it is called, and what a person looks for in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from matplotlib.figure import Figure

from onlinecei.report.canvas import WIDTH, drawn, picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One figure."""

    name: str
    """Of its file, without an ending."""
    heading: str
    """What it stands under in a report."""
    words: str
    """What a person looks for in it."""
    draw: Callable[[Figure], None]
    height: float
    """Inches."""
    width: float = WIDTH
    """Inches."""

    @property
    def svg(self) -> str:
        """The figure as a piece of a page."""
        return picture(self.draw, self.height, self.width)

    def file(
        self, form: Literal["svg", "png"], note: str = "", origin: Mapping[str, str | int] = MappingProxyType({})
    ) -> bytes:
        """Give the figure as a file of its own, on white, with a note in its corner and its origin in the metadata."""
        return drawn(self.draw, form, self.height, self.width, paper=True, note=note, origin=origin)
