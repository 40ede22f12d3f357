"""Single events of a result as labelled arrays."""

import numpy as np
import xarray as xr

from onlinecei.api._bins import variable
from onlinecei.centroids import kept_channels
from onlinecei.errors import ResultError
from onlinecei.records import Delta
from onlinecei.setup import Setup


def events(name: str, total: Delta, setup: Setup) -> xr.Dataset:
    """Give the laboratory momenta of the events that were kept of a channel.

    Raises
    ------
    ResultError
        None are kept of the channel.
    """
    sections = kept_channels(setup)
    names = [section.name for section in sections]
    if name not in names or len(total.kept) != len(sections):
        there = ", ".join(names) if len(total.kept) == len(sections) else ""
        raise ResultError(f"no events of '{name}' are kept in this result, only of: {there or 'none'}")
    row = names.index(name)
    kept, ions = total.kept[row], sections[row].channel.ions
    coordinates = {
        "ion": variable("ion", np.arange(len(ions)), "place of the ion in its channel"),
        "ion_name": variable("ion", np.array([ion.name for ion in ions]), "ion"),
        "axis": variable("axis", np.array(["x", "y", "z"]), "component in the laboratory"),
        "train_id": variable("event", kept.train_id, "train"),
        "pulse": variable("event", kept.pulse, "place of the pulse in its train"),
        "delay": variable("event", kept.delay_fs, "pump-probe delay that acted", "fs"),
    }
    momenta = variable(("event", "ion", "axis"), kept.momentum_au, "momentum in the laboratory", "a.u.")
    return xr.Dataset({"momentum": momenta}, coords=coordinates, attrs={"channel": name, "setup_hash": setup.hash})
