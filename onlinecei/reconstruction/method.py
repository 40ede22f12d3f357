"""The choice of the method."""

from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np

from onlinecei.explosion import invert
from onlinecei.reconstruction.classical import Classical, charge_up_of
from onlinecei.records import Centroids, Reconstruction
from onlinecei.setup import ReconstructionSection, Setup

Reconstructor = Callable[[Iterable[Centroids]], list[Reconstruction]]
"""Gives each set of centroids a geometry, or a reason why it has none."""


def reconstructor_of(setup: Setup) -> Reconstructor:
    """Make ready what the setup asks for; weights are read once.

    Raises
    ------
    CEIError
        The weights cannot be read.
    """
    method = setup.reconstruction.method
    if method == "classical" or (method == "auto" and "explosion" in setup.model_fields_set):
        return Classical(setup)
    return _network(setup.reconstruction)


@lru_cache(maxsize=4)
def _network(section: ReconstructionSection) -> Reconstructor:
    from onlinecei.reconstruction.network import Network  # noqa: PLC0415 - loading torch takes a second

    return Network.of(section)


def compile_reconstruction(setup: Setup) -> None:
    """Compile what reconstruction needs, so that the processes that follow find the machine code in the cache."""
    law = charge_up_of(setup, [next(iter(setup.molecule.molecule.atoms))] * 2)
    invert(np.array([[10.0, 0, 0], [-10.0, 0, 0]]), np.ones(2) * 2e4, np.ones(2), law, starts=1)
