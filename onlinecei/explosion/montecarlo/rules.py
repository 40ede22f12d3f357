"""The rules of electron transfer that can be compared, and the one that is used."""

import math
from typing import NamedTuple

from onlinecei import units


class Rule(NamedTuple):
    """When an electron that is over the barrier goes over; atomic units."""

    width: float = 0.0
    """Width of the step in what the molecule gains, ``1 / (1 + exp(-gain / width))``: 0 for gains alone, infinite for
    no test of energy."""
    third_body: bool = True
    """Whether the charges of all other atoms count in that energy, or only those of the two."""
    time: float = 0.0
    """Mean time that it takes where the gain is large; 0: at once."""


WIDTH = 0.5 * units.ELECTRONVOLT
"""About what lifetimes and vibration blur the energies of valence holes by; any step makes mean momenta jump where two
bond lengths swap."""
QUICK = 0.5 * units.FEMTOSECOND
"""A few orbits of a valence electron: ten times the time in which it passes a bond, shorter than nuclei move."""
SLOW = 2.3 * units.FEMTOSECOND
"""Measured for a hole that goes from fluorine to iodine in CF3I+, across 2.9 angstrom."""

RULES = {
    "over the barrier": Rule(width=math.inf, time=QUICK),
    "downhill, pair": Rule(third_body=False, time=QUICK),
    "downhill, at once": Rule(),
    "smooth": Rule(width=WIDTH, time=QUICK),
    "smooth, slow": Rule(width=WIDTH, time=SLOW),
}
USED = "smooth"
"""Name of the rule that is used."""
CHOSEN = RULES[USED]
