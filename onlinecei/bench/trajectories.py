"""Monte Carlo trajectories per second, on one core and on all."""

import os

from onlinecei.bench.explosions import MOLECULES, geometries
from onlinecei.bench.timing import Row, rate_row, timed
from onlinecei.explosion.beam import Beam
from onlinecei.explosion.monte_carlo import explode_in_beam
from onlinecei.ions import Channel

PEAK = Beam(wings=1.0)
"""All in the middle of the focus, where most happens to each molecule: the slowest."""
NUMBER = 4000
"""For each core: some tenths of a second."""


def trajectory_rows(repeats: int) -> list[Row]:
    """Measure water and ethanol in MOLEXA's pulse at its peak fluence."""
    return [row for name in MOLECULES for row in _rows(name, repeats)]


def _rows(name: str, repeats: int) -> list[Row]:
    symbols = tuple(ion.symbol for ion in Channel.parse(MOLECULES[name]).ions)
    start = geometries(name, 1)[0]
    cores = os.cpu_count() or 1

    def run(threads: int) -> None:
        explode_in_beam(start, symbols, PEAK, seed=1, trajectories=NUMBER * threads, threads=threads)

    note = f"{name} at peak fluence, {PEAK.photon_ev:.0f} eV, {PEAK.duration_fs:.0f} fs"
    one = timed(lambda: run(1), repeats)
    rows = [rate_row(f"Monte Carlo trajectories, {name}", NUMBER, "1/s", one, f"{note}, one core")]
    if cores > 1:
        many = timed(lambda: run(cores), repeats)
        label = f"Monte Carlo trajectories, {name}, {cores} cores"
        rows.append(rate_row(label, NUMBER * cores, "1/s", many, note))
    return rows
