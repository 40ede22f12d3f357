"""Mean momenta of the ions of a channel, ready to be looked at: what is known where there is no geometry."""

import numpy as np

from onlinecei.records import Reconstruction
from onlinecei_gui.molecule.shown import SCALE_AU, Shown, all_of

INSTEAD = "Mean momenta"
"""What such a picture is called."""


def seen_of(found: Reconstruction | None) -> list[Shown]:
    """Give what can be looked at: the geometries, or the mean momenta where there are none, or nothing."""
    if found is None:
        return []
    if found.found:
        return all_of(found)
    instead = momenta_of(found)
    return [] if instead is None else [instead]


def momenta_of(found: Reconstruction) -> Shown | None:
    """Give the mean momenta with the covariance of these means; None without events."""
    measured = found.centroids
    if not measured.events or not np.isfinite(measured.momentum_au).all():
        return None
    square = measured.covariance_au2 / measured.events / SCALE_AU**2
    return Shown(
        title=INSTEAD, channel=measured.channel, positions=measured.momentum_au / SCALE_AU, errors=square,
        covariance=square, momenta=True,
    )  # fmt: skip
