"""Gates on the angle between two ions of a combination, by which states of a molecule are told apart."""

from dataclasses import replace

import numpy as np

from onlinecei.arrays import F8, I8, Bool
from onlinecei.compiled import compiled
from onlinecei.records import Coincidences
from onlinecei.setup import AngleSection, ChannelSection


def within_angles(found: Coincidences, section: ChannelSection) -> Coincidences:
    """Leave out the combinations of a channel that are outside of one of its angle gates; as it is without gates.

    Where several pairs of ions bear the two names of a gate, one pair inside is enough: identical ions have no names
    of their own.
    """
    if not section.angles:
        return found
    inside = np.ones(found.pulse.size, dtype=np.bool_)
    for gate in section.angles:
        low, high = np.cos(np.radians(gate.deg[::-1]))
        inside &= _any_inside(found.ion_momentum_au, found.ion, _pairs(gate, section), low, high)
    return replace(found, pulse=found.pulse[inside], ion=found.ion[inside])


def _pairs(gate: AngleSection, section: ChannelSection) -> I8:
    """Rows (K, 2) of the ions that a gate may mean."""
    one, other = gate.ions
    ions = section.channel.ions
    return np.array(
        [(i, j) for i, a in enumerate(ions) for j, b in enumerate(ions) if (a, b) == (one, other) and i != j],
        dtype=np.int64,
    ).reshape(-1, 2)


@compiled
def _any_inside(momentum: F8, row: I8, pairs: I8, low: float, high: float) -> Bool:
    """Whether any of the pairs (K, 2) of a combination (M,) has the cosine of its angle between the two."""
    inside = np.zeros(row.shape[0], np.bool_)
    for m in range(row.shape[0]):
        for k in range(pairs.shape[0]):
            i, j = row[m, pairs[k, 0]], row[m, pairs[k, 1]]
            dot = one = other = 0.0
            for axis in range(3):
                a, b = momentum[i, axis], momentum[j, axis]
                dot, one, other = dot + a * b, one + a * a, other + b * b
            size = np.sqrt(one * other)
            inside[m] |= low * size <= dot <= high * size and size > 0.0
    return inside
