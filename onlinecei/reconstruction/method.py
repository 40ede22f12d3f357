"""The choice of the method."""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from onlinecei.centroids import SingleEvents, molecular_frame
from onlinecei.explosion import explode, invert
from onlinecei.reconstruction.classical import Classical, charge_up_of
from onlinecei.reconstruction.interface import Reconstructor
from onlinecei.reconstruction.models import uses_network
from onlinecei.reconstruction.per_event import with_average
from onlinecei.records import Centroids, Reconstruction
from onlinecei.setup import ReconstructionSection, Setup


def reconstruct_all(measured: Iterable[Centroids], setup: Setup, events: SingleEvents) -> list[Reconstruction]:
    """Reconstruct every channel and delay bin, by single events too if the setup asks for it.

    Raises
    ------
    CEIError
        As of `reconstructor_of`, or centroids hold numbers that are not finite.
    """
    method = reconstructor_of(setup)
    found = [_with_sudden(each) for each in method(measured)]
    return [with_average(each, events, method) for each in found] if setup.reconstruction.per_event else found


def _with_sudden(found: Reconstruction) -> Reconstruction:
    """Add what the geometry would give if all its charges had been there at once: a law that needs no setup."""
    if not found.found:
        return found
    channel = found.centroids.channel
    momenta = explode(found.positions_au, channel.masses_au, channel.charges)
    framed = np.empty_like(momenta)
    return replace(found, sudden_au=framed if molecular_frame(momenta, framed) else momenta)


def reconstructor_of(setup: Setup) -> Reconstructor:
    """Make ready what the setup asks for; weights are read once.

    Raises
    ------
    CEIError
        The weights cannot be read.
    """
    return _network(setup.reconstruction) if uses_network(setup) else Classical(setup)


@lru_cache(maxsize=4)
def _network(section: ReconstructionSection) -> Reconstructor:
    from onlinecei.reconstruction.network import Network  # noqa: PLC0415 - loading torch takes a second

    return Network.of(section)


def compile_reconstruction(setup: Setup) -> None:
    """Compile what reconstruction needs, so that the processes that follow find the machine code in the cache."""
    law = charge_up_of(setup, [next(iter(setup.molecule.molecule.atoms))] * 2)
    invert(np.array([[10.0, 0, 0], [-10.0, 0, 0]]), np.ones(2) * 2e4, np.ones(2), law, starts=1)
