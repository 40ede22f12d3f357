"""The same explosions with PyCESim, a classical simulation in Python: what ours are timed and checked beside."""

import importlib
from types import ModuleType

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.errors import CEIError

FLIGHT_S = 1e-11
"""Time that is simulated: by then less than one part in a thousand of the energy is potential."""


def explode_with_pycesim(positions_au: F8, masses_au: F8, charges: F8) -> F8:
    """Momenta (N, 3) in a.u. of ions charged at once at positions (N, 3), ten picoseconds later.

    Raises
    ------
    CEIError
        PyCESim is not installed.
    """
    peer = pycesim()
    geometry = peer.Geometry(positions_au / units.ANGSTROM, masses_au / units.DALTON)
    start = peer.StartingConditions(geometry)
    start.set_channel_list([peer.CEChannel(charges, 1.0)])
    exact = np.zeros(masses_au.size)
    start.generate_pool(1, sigma=exact, v_sigma=exact, random_rotate=False)
    simulation = peer.CESim(start)
    simulation.set_timebins(np.array([0.0, FLIGHT_S]))
    simulation.run_sims(make_df=False)
    velocities = simulation.output_list[0][:, :3] * units.METRE_PER_SECOND
    return np.asarray(velocities * masses_au[:, None], np.float64)


def pycesim() -> ModuleType:
    """Give the package, which is optional."""
    try:
        return importlib.import_module("PyCESim")
    except ImportError as error:
        raise CEIError("PyCESim is not installed: install 'onlinecei[bench]'") from error
