"""Bonds of a geometry, by distance alone, so that nothing jumps where two bond lengths swap."""

import math

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.compiled import compiled
from onlinecei.explosion.montecarlo._electrons import neutral_valence
from onlinecei.explosion.montecarlo.state import State
from onlinecei.explosion.montecarlo.tables import Bodies, Elements, Pairs

LENGTH_SCALE = 0.30 * units.ANGSTROM
"""Pauling's rule, ``order = exp((R_single - R) / scale)``: C=C 1.9, N2 2.9."""
ENERGY = 3.7 * units.ELECTRONVOLT
"""Per order of the bond; measured: C-C 3.6, C-H 4.3, C=C 6.3, N2 9.8 eV."""
STEEPNESS = 1.1
"""Of the Morse curve, per bohr: force constants of 0.3 to 0.5 hartree/bohr^2 for single bonds."""
FAINTEST = 0.05
"""Orders below this are no bond; H-H in water is one of them."""
BROKEN = 2.0
"""A bond this many times its length is broken."""
DOUBLE_AUGER = (0.0546, 0.00415)
"""Share of Auger decays that send out two electrons: the first, plus the second for each valence electron of the atom
and its neighbours. Measured for molecules with one hole in C, O, F, Si, S or Cl: A. H. Roos et al., "Abundance of
molecular triple ionization by double Auger decay", Scientific Reports (2018)."""


@compiled
def bind(start: F8, bodies: Bodies, table: Elements, pairs: Pairs, state: State) -> None:
    """Set the bonds of a start (N, 3), and the share of double Auger decays of each atom."""
    for atom in range(bodies.kind.size):
        state.double_auger[atom] = DOUBLE_AUGER[0] + DOUBLE_AUGER[1] * neutral_valence(bodies.kind[atom], table)
    for pair in range(pairs.first.size):
        i, j = pairs.first[pair], pairs.second[pair]
        square = 0.0
        for axis in range(3):
            square += (start[i, axis] - start[j, axis]) ** 2
        length = math.sqrt(square)
        order = math.exp((pairs.touching[pair] - length) / LENGTH_SCALE)
        pairs.length[pair] = length
        pairs.depth[pair] = ENERGY * order if order > FAINTEST else 0.0
        pairs.loss[pair] = 0.5 / order
        pairs.broken[pair] = 1.0 / (BROKEN * length)
        neighbour = min(order, 1.0)
        state.double_auger[i] += DOUBLE_AUGER[1] * neighbour * neutral_valence(bodies.kind[j], table)
        state.double_auger[j] += DOUBLE_AUGER[1] * neighbour * neutral_valence(bodies.kind[i], table)
