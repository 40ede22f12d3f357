"""A table of results: numbers with words beside them, for people as Markdown and for programs as JSON."""

import math
from dataclasses import asdict, dataclass
from typing import Any

Cell = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under headings that carry the units."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    """What has to be known to read it."""

    def markdown(self) -> str:
        """The table with its title and note."""
        head = f"| {' | '.join(self.columns)} |\n|{'---|' * len(self.columns)}"
        rows = [f"| {' | '.join(text(cell) for cell in row)} |" for row in self.rows]
        parts = [f"## {self.title}", self.note, "\n".join([head, *rows])]
        return "\n\n".join(part for part in parts if part) + "\n"

    def plain(self) -> dict[str, Any]:
        """The same for JSON, which has no NaN."""
        rows = [[None if isinstance(cell, float) and math.isnan(cell) else cell for cell in row] for row in self.rows]
        return {**asdict(self), "rows": rows}


def text(cell: Cell) -> str:
    """A cell as people read it: three digits behind the point of small numbers, two of large ones."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "-"
    if isinstance(cell, float):
        return f"{cell:.3f}" if abs(cell) < 10 else f"{cell:.2f}"
    return f"{cell:,}" if isinstance(cell, int) else cell
