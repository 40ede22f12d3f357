"""Blocks of the sums that only some setups ask for: by pulse energy, and of cumulant maps."""

from collections.abc import Iterator
from typing import TypeAlias

from onlinecei.arrays import F8
from onlinecei.centroids._axes import Axis, axis
from onlinecei.setup import Setup

Piece: TypeAlias = tuple[str, tuple[int, ...], tuple[Axis, ...]]
"""Name, shape and axes of a block."""
TIME = "t", "time of flight [ns]"
"""Name and label of the axis of flight times."""


def time_of(k: int) -> tuple[str, str]:
    """Name and label of the axis of the first or the second flight time."""
    return f"t{k}", f"time of flight of ion {k} [ns]"


def energy_pieces(setup: Setup, end_ns: float) -> Iterator[Piece]:
    """Singles and pairs of flight times by pulse energy."""
    section = setup.pulse_energy
    if section is None:
        return
    energies, bins = len(section.edges_uj) - 1, section.bins
    pairs = tuple(axis(bins, 0.0, end_ns, *time_of(k)) for k in (1, 2))
    yield "pulse_energy:left_out", (1,), ()
    yield "pulse_energy:pulses", (energies,), ()
    yield "pulse_energy:energy", (energies, 2), ()
    yield "pulse_energy:time", (energies, bins), (axis(bins, 0.0, end_ns, *TIME),)
    yield "pulse_energy:energy_time", (energies, bins), ()
    yield "pulse_energy:pairs", (energies, bins, bins), pairs


def cumulant_pieces(setup: Setup, windows_ns: F8) -> Iterator[Piece]:
    """Tuples by the flight times of two ions, of one, and of none, with each set of the other ions."""
    species = [window.ion for window in setup.ions]
    for section in setup.cumulants:
        bins, sets = section.bins, 2 ** (len(section.ions) - 2)
        axes = []
        for k, ion in enumerate(section.parsed[:2], 1):
            low, high = windows_ns[species.index(ion)]
            axes.append(axis(bins, low, high, f"t{k}", f"time of flight of {ion} [ns]"))
        yield f"{section.name}:cumulant_pairs", (sets, bins, bins), tuple(axes)
        yield f"{section.name}:cumulant_times", (2, sets, bins), ()
        yield f"{section.name}:cumulant_others", (sets,), ()
