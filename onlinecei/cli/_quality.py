"""The table of data quality that a replay ends with."""

import math
from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from onlinecei import units
from onlinecei.centroids.quality import Quality
from onlinecei.records import UNPUMPED

MOST_ROWS = 12
"""More are in the result file."""
TITLE = """data quality
true: share of the events, where known
sum: peak of the momentum sum, worst component
error: of the geometry, rms; halved by so many more pulses (never: by no more data with this setup)"""


def quality_table(rows: Sequence[Quality]) -> Table:
    """Lay out the rows; the caption says what the last column means and what was left out."""
    table = Table(box=None, pad_edge=True, caption_justify="left", title=TITLE, title_justify="left")
    table.add_column("channel")
    for head in ("events", "a pulse", "true", "sum, a.u.", "error, Å", "more pulses"):
        table.add_column(head, justify="right", no_wrap=True)
    for each in rows[:MOST_ROWS]:
        table.add_row(*_cells(each))
    if len(rows) > MOST_ROWS:
        table.caption = f"and {len(rows) - MOST_ROWS} more in result.h5"
    return table


def _cells(each: Quality) -> tuple[str, ...]:
    return (
        escape(each.name) + _delay(*each.delay_fs),
        f"{each.events:,}",
        _or_dash(each.events_per_pulse, ".2g"),
        _or_dash(each.true_share, ".0%"),
        _peak(each),
        _or_dash(each.geometry_error_au / units.ANGSTROM, ".4f"),
        _pulses(each.pulses_to_halve),
    )


def _pulses(number: float | None) -> str:
    if number is None:
        return "–"
    return f"{number:,}" if math.isfinite(number) else "never"


def _delay(low: float, high: float) -> str:
    if math.isnan(low):
        return f", {UNPUMPED}"
    return "" if math.isinf(low) and math.isinf(high) else f", {low:g} to {high:g} fs"


def _peak(each: Quality) -> str:
    """Give the component whose peak is farthest from zero in widths, or that there is none."""
    if not each.peaks:
        return "–"
    worst = max(each.peaks, key=lambda peak: abs(peak.offset_au) / peak.width_au)
    text = f"p{worst.axis} {worst.offset_au:+.2f} ± {worst.width_au:.1f}"
    return f"[yellow]{text}[/]" if worst.drifted else text


def _or_dash(value: float, form: str) -> str:
    return "–" if math.isnan(value) else format(value, form)
