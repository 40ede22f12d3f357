"""Classical explosions per second on one core, beside PyCESim in the same run."""

from typing import Any

import numpy as np
from ase import Atoms
from ase.build import molecule

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.bench.pycesim_peer import explode_with_pycesim, pycesim
from onlinecei.bench.timing import Row, rate_row, timed
from onlinecei.errors import CEIError
from onlinecei.explosion import explode
from onlinecei.ions import Channel

_molecule: Any = molecule
MOLECULES = {"H2O": "O+/H+/H+", "CH3CH2OH": "O+/C+/C+/H+/H+/H+/H+/H+/H+"}
"""What ASE calls them, and what they become."""
EXPLOSIONS = 5000
"""Geometries of one turn: long enough (some hundredths of a second) for the clock, short enough to repeat."""
PEER_EXPLOSIONS = 5
"""The first of them, some tenths of a second of the peer."""
SPREAD_ANGSTROM = 0.05
"""Displacement of each coordinate, about that of the ground state's vibrations."""


def explosion_rows(repeats: int) -> list[Row]:
    """Measure sudden explosions of water and ethanol; without PyCESim the note says so."""
    return [row for name in MOLECULES for row in _rows(name, repeats)]


def geometries(name: str, number: int) -> F8:
    """Displaced geometries (M, N, 3) in bohr, with the atoms in the order of the ions."""
    atoms: Atoms = _molecule(name)
    order = np.argsort(-atoms.numbers, kind="stable")
    shifts = np.random.default_rng(3).normal(scale=SPREAD_ANGSTROM, size=(number, len(atoms), 3))
    return np.asarray((atoms.positions[order] + shifts) * units.ANGSTROM)


def _rows(name: str, repeats: int) -> list[Row]:
    channel, many = Channel.parse(MOLECULES[name]), geometries(name, EXPLOSIONS)
    masses, charges = channel.masses_au, channel.charges
    ours = timed(lambda: explode(many, masses, charges), repeats)
    note = f"{name} to {channel}, sudden, one after another"
    label = f"classical explosions, {name}"
    try:
        pycesim()
    except CEIError as error:
        return [rate_row(label, EXPLOSIONS, "1/s", ours, f"{note}; no peer: {error}")]
    few = many[:PEER_EXPLOSIONS]
    theirs = timed(lambda: [explode_with_pycesim(each, masses, charges) for each in few], repeats)
    ratio = (theirs[0] / PEER_EXPLOSIONS) / (ours[0] / EXPLOSIONS)
    return [
        rate_row(label, EXPLOSIONS, "1/s", ours, f"{note}; {ratio:.0f} times PyCESim"),
        rate_row(f"PyCESim, {name}", PEER_EXPLOSIONS, "1/s", theirs, "the first of the same explosions"),
    ]
