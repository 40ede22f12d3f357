"""Where panels stand in each of the named layouts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Split:
    """Places side by side ("row"), one above the other ("column"), or on top of each other ("tabs")."""

    how: Literal["row", "column", "tabs"]
    parts: "tuple[Place, ...]"
    shares: tuple[int, ...] = ()
    """Of the width or the height; omitted: equal ones."""

    @property
    def weights(self) -> tuple[int, ...]:
        """Shares, one for each part."""
        return self.shares or (1,) * len(self.parts)


Place = str | Split
"""The name of a panel, or several."""


def row(*parts: Place, shares: tuple[int, ...] = ()) -> Split:
    """Put places side by side."""
    return Split("row", parts, shares)


def column(*parts: Place, shares: tuple[int, ...] = ()) -> Split:
    """Put places one above the other."""
    return Split("column", parts, shares)


def tabs(*parts: Place) -> Split:
    """Put places on top of each other; the first is seen."""
    return Split("tabs", parts)


def names(place: Place) -> Iterator[str]:
    """Give the panels of a place, in order."""
    if isinstance(place, str):
        yield place
    else:
        for part in place.parts:
            yield from names(part)


LAYOUTS: Mapping[str, Place] = {
    "shift": row(
        column(
            row("time_of_flight", "pipico", shares=(19, 10)),
            row("momentum_map", column("ker", "momentum_sum"), "detector", shares=(9, 10, 10)),
            shares=(9, 11),
        ),
        column("molecule", tabs("log", "rates"), shares=(7, 2)),
        shares=(29, 12),
    ),
    "calibration": row(
        column(
            "time_of_flight",
            row(
                tabs("momentum_sum", "calibration_drift", "quality"),
                tabs("pulse_energies", "pulse_delays", "rates", "log"),
            ),
            shares=(5, 4),
        ),
        column("pipico", "detector"),
        shares=(17, 10),
    ),
    "molecule": row("molecule", column("momenta", row("newton", "ker"), shares=(5, 6)), shares=(2, 3)),
    "delays": row(
        column("movie", "against_delay", shares=(4, 3)),
        column(row("newton", "ker_by_delay"), "quality", shares=(4, 3)),
        shares=(2, 3),
    ),
}
"""By name; the first is the one that a fresh window has."""
