"""What the labelled arrays of a result hold of each reconstruction: where it comes from, its unit, its meaning."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from onlinecei import units
from onlinecei.records import Reconstruction

_BIN: Final = ("channel", "delay")
_VECTORS: Final = (*_BIN, "ion", "axis")
_COVARIANCE: Final = (*_VECTORS, "other_ion", "other_axis")

_LENGTHS: Final = {"angstrom": units.ANGSTROM, "angstrom^2": units.ANGSTROM**2}


@dataclass(frozen=True, slots=True)
class Column:
    """One variable."""

    name: str
    path: str
    """Where it is in a `Reconstruction`."""
    words: str
    unit: str = ""
    dimensions: tuple[str, ...] = _BIN
    nothing: Any = np.nan
    """What stands where there is no value."""

    @property
    def always(self) -> bool:
        """Whether the variable is there even where no reconstruction has a value for it."""
        return not self.path.startswith(("per_event.", "joint."))

    def value(self, made: Reconstruction) -> Any:  # noqa: ANN401 - a number, a text or an array
        """Take the value out of a reconstruction, lengths in angstrom; None where it has none."""
        found: Any = made
        for name in self.path.split("."):
            found = None if found is None else getattr(found, name)
        if found is None:
            return None
        if self.unit in _LENGTHS:
            found = found / _LENGTHS[self.unit]
        if self.dimensions is _COVARIANCE:
            return found.reshape(-1, 3, found.shape[0] // 3, 3)
        return "; ".join(found) if isinstance(found, tuple) else found


COLUMNS: Final = (
    Column("events", "centroids.events", "events", nothing=0),
    Column("false_events", "centroids.false_events", "false coincidences among the events"),
    Column("false_events_error", "centroids.false_error", "standard error of the false coincidences"),
    Column("background_share", "centroids.background_share", "share of events that the fit of sites takes for others"),
    Column("lasting_share", "centroids.lasting_share", "share of the variance that more data hardly lower"),
    Column("labelled", "centroids.labelled", "whether identical ions were told apart", nothing=False),
    Column(
        "effective_events", "centroids.effective_events", "ions that the mean rests on, told apart", "", (*_BIN, "ion")
    ),
    Column("ker", "centroids.mean_ker_ev", "mean kinetic energy of the ions", "eV"),
    Column("momentum", "centroids.momentum_au", "mean momentum, molecular frame", "a.u.", _VECTORS),
    Column("momentum_error", "centroids.error_au", "standard error of the mean momentum", "a.u.", _VECTORS),
    Column("momentum_covariance", "centroids.covariance_au2", "covariance of single events", "a.u.^2", _COVARIANCE),
    Column("position", "positions_au", "position about the centre of mass, molecular frame", "angstrom", _VECTORS),
    Column("position_error", "uncertainty_au", "standard error of the position", "angstrom", _VECTORS),
    Column("position_covariance", "covariance_au2", "covariance of the positions", "angstrom^2", _COVARIANCE),
    Column("round_trip_momentum", "round_trip_au", "momentum that the geometry gives", "a.u.", _VECTORS),
    Column("misfit", "misfit", "rms of measured less round-trip momenta, over that of the measured"),
    Column("weight", "weight", "share of the geometry among all solutions"),
    Column("solutions", "solutions", "geometries that explain the momenta equally well", nothing=0),
    Column("method", "method", "how the geometry was made", nothing=""),
    Column("reason", "reason", "why there is no geometry", nothing=""),
    Column("doubts", "doubts", "what is odd", nothing=""),
    Column("average_events", "per_event.events", "single events averaged in real space", nothing=0),
    Column("average_position", "per_event.positions_au", "mean over single events", "angstrom", _VECTORS),
    Column("average_position_error", "per_event.error_au", "standard error of that mean", "angstrom", _VECTORS),
    Column("average_position_spread", "per_event.spread_au", "spread of single events", "angstrom", _VECTORS),
    Column("joint_channels", "joint.name", "channels with one geometry together", nothing=""),
    Column("joint_position", "joint.positions_au", "geometry of several channels together", "angstrom", _VECTORS),
    Column("joint_position_error", "joint.uncertainty_au", "standard error of that position", "angstrom", _VECTORS),
    Column("joint_misfit", "joint.total_misfit", "misfit of the channels together"),
)
