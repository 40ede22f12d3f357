"""Explosions and inversions per second, for water on one core."""

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.bench.timing import Row, rate_row, timed
from onlinecei.explosion import ChargeUp, explode, invert
from onlinecei.ions import Channel

EXPLOSIONS = 2000
"""Geometries of one turn: long enough (a tenth of a second) for the clock, short enough to repeat."""
SPREAD_ANGSTROM = 0.05
"""Displacement of each coordinate, about that of the ground state's vibrations."""
INVERSIONS = 5
_WATER_ANGSTROM = ((0.0, 0.0, 0.0), (0.9572, 0.0, 0.0), (-0.23999, 0.92663, 0.0))


def physics_rows(repeats: int) -> list[Row]:
    """Measure both for O+/H+/H+ charged at once."""
    channel = Channel.parse("O+/H+/H+")
    masses, charges, sudden = channel.masses_au, channel.charges, ChargeUp()
    geometries = _waters(EXPLOSIONS)
    momenta = explode(geometries[:INVERSIONS], masses, charges)
    explosions = timed(lambda: explode(geometries, masses, charges), repeats)
    inversions = timed(lambda: [invert(each, masses, charges, sudden) for each in momenta], repeats)
    water = "water O+/H+/H+, sudden"
    return [
        rate_row("classical explosions", EXPLOSIONS, "1/s", explosions, f"{water}, one after another"),
        rate_row("inversions", INVERSIONS, "1/s", inversions, f"{water}, all starts of each"),
    ]


def _waters(number: int) -> F8:
    random = np.random.default_rng(3)
    shifts = random.normal(scale=SPREAD_ANGSTROM, size=(number, 3, 3))
    return np.asarray((np.array(_WATER_ANGSTROM) + shifts) * units.ANGSTROM)
