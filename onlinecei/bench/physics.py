"""Explosions and inversions per second on one core."""

from onlinecei.bench.explosions import explosion_rows, geometries
from onlinecei.bench.timing import Row, rate_row, timed
from onlinecei.explosion import ChargeUp, explode, invert
from onlinecei.ions import Channel

INVERSIONS = 5
"""Enough that the number of steps of a single one does not decide."""


def physics_rows(repeats: int) -> list[Row]:
    """Measure explosions beside their peer, and inversions of O+/H+/H+ charged at once."""
    channel = Channel.parse("O+/H+/H+")
    masses, charges, sudden = channel.masses_au, channel.charges, ChargeUp()
    momenta = explode(geometries("H2O", INVERSIONS), masses, charges)
    inversions = timed(lambda: [invert(each, masses, charges, sudden) for each in momenta], repeats)
    note = f"H2O to {channel}, sudden, all starts of each"
    return [*explosion_rows(repeats), rate_row("inversions", INVERSIONS, "1/s", inversions, note)]
