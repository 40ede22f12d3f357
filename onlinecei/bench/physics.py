"""Explosions, inversions and Monte Carlo trajectories per second."""

from onlinecei.bench.explosions import explosion_rows, geometries
from onlinecei.bench.timing import Row, rate_row, timed
from onlinecei.bench.trajectories import trajectory_rows
from onlinecei.explosion import ChargeUp, explode, invert
from onlinecei.ions import Channel

INVERSIONS = 5
"""Enough that the number of steps of a single one does not decide."""


def physics_rows(repeats: int) -> list[Row]:
    """Measure explosions beside their peer, inversions of O+/H+/H+ charged at once, and Monte Carlo trajectories."""
    channel = Channel.parse("O+/H+/H+")
    masses, charges, sudden = channel.masses_au, channel.charges, ChargeUp()
    momenta = explode(geometries("H2O", INVERSIONS), masses, charges)
    inversions = timed(lambda: [invert(each, masses, charges, sudden) for each in momenta], repeats)
    note = f"H2O to {channel}, sudden, all starts of each"
    inverted = rate_row("inversions", INVERSIONS, "1/s", inversions, note)
    return [*explosion_rows(repeats), inverted, *trajectory_rows(repeats)]
