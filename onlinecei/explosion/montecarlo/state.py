"""What changes along a trajectory; N atoms, S subshells."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from onlinecei.arrays import F8, I8

REMEMBERED = 4096
"""Sets of occupations for each element; carbon to fluorine have 63, silicon to chlorine 1,323."""


class State(NamedTuple):
    """Arrays that are made once for a thread and used again for each of its trajectories."""

    electrons: I8
    """(N, S) in each subshell."""
    charge: F8
    """(N,)"""
    sigma: F8
    """(N, S) cross section of each subshell as it is now, in bohr^2."""
    absorption: F8
    """(N,) their sums."""
    decay: F8
    """(N,) rate of all decays, per atomic unit of time."""
    binding: F8
    """(N,) energy to take the outermost valence electron, in hartree; infinite without one."""
    affinity: F8
    """(N,) energy that one more valence electron would be bound with; minus infinity without room."""
    double_auger: F8
    """(N,) share of Auger decays that send out a second electron."""
    groups: I8
    """(7,) scratch: electrons in Slater's groups."""
    position: F8
    velocity: F8
    force: F8
    """(N, 3) each, in atomic units."""
    potential: F8
    """(N,) of the charges of all other atoms."""
    inverse: F8
    """(N, N) 1 / distance."""
    chance: F8
    """(N, N) how readily an electron goes to an atom (row) from another."""
    stream: NDArray[np.uint64]
    """(1,) of random numbers."""
    known: I8
    """(E, R) the sets of occupations that are remembered."""
    memory: F8
    """(E, R, S + 4) what follows from them."""


def new_state(atoms: int, elements: int, shells: int) -> State:
    """Make room for a molecule."""
    return State(
        electrons=np.zeros((atoms, shells), dtype=np.int64),
        charge=np.zeros(atoms),
        sigma=np.zeros((atoms, shells)),
        absorption=np.zeros(atoms),
        decay=np.zeros(atoms),
        binding=np.zeros(atoms),
        affinity=np.zeros(atoms),
        double_auger=np.zeros(atoms),
        groups=np.zeros(7, dtype=np.int64),
        position=np.zeros((atoms, 3)),
        velocity=np.zeros((atoms, 3)),
        force=np.zeros((atoms, 3)),
        potential=np.zeros(atoms),
        inverse=np.zeros((atoms, atoms)),
        chance=np.zeros((atoms, atoms)),
        stream=np.zeros(1, dtype=np.uint64),
        known=np.zeros((elements, REMEMBERED), dtype=np.int64),
        memory=np.zeros((elements, REMEMBERED, shells + 4)),
    )
