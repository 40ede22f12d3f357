"""The geometries that a reconstruction has, each ready to be looked at. Lengths in angstrom."""

from dataclasses import dataclass

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.ions import Channel
from onlinecei.records import EventAverage, JointGeometry, Reconstruction

SCALE_AU = 100.0
"""Momentum that is drawn as long as an angstrom."""
ALONE = "errors of coordinates are taken as independent"
NO_ERRORS = "nothing is known of its errors"
SPREAD = "ellipsoids: how wide single events are spread; errors: of their mean"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """One geometry."""

    title: str
    channel: Channel
    positions: F8
    """(N, 3)"""
    errors: F8
    """(3 N, 3 N) covariance that errors of lengths and angles follow from; NaN where nothing is known."""
    covariance: F8
    """(3 N, 3 N) that the ellipsoids are drawn from."""
    remarks: tuple[str, ...] = ()
    """What is approximate about its errors."""
    momenta: bool = False
    """Whether these are no places but momenta, in units of `SCALE_AU`."""


def all_of(found: Reconstruction) -> list[Shown]:
    """Give the geometry of the mean momenta, its other solutions, the average of events and that of several channels.

    The first is always there; the reconstruction must have a geometry.
    """
    shown = [_main(found), *_alternatives(found)]
    if found.per_event:
        shown.append(_average(found, found.per_event))
    if found.joint:
        shown.append(_joint(found, found.joint))
    return shown


def _main(found: Reconstruction) -> Shown:
    known = found.covariance_au2 is not None
    covariance = _independent(found.uncertainty_au) if found.covariance_au2 is None else found.covariance_au2
    title = "from means" + (f" · {found.weight:.0%}" if found.alternatives else "")
    return _shown(title, found, found.positions_au, covariance, () if known else (ALONE,))


def _alternatives(found: Reconstruction) -> list[Shown]:
    unknown = np.full((found.positions_au.size, found.positions_au.size), np.nan)
    return [
        _shown(f"other solution {number} · {each.weight:.0%}", found, each.positions_au, unknown, (NO_ERRORS,))
        for number, each in enumerate(found.alternatives, 1)
    ]


def _average(found: Reconstruction, average: EventAverage) -> Shown:
    events = max(average.events, 1)
    return Shown(
        title="average over single events",
        channel=found.centroids.channel,
        positions=average.positions_au / units.ANGSTROM,
        errors=average.covariance_au2 / events / units.ANGSTROM**2,
        covariance=average.covariance_au2 / units.ANGSTROM**2,
        remarks=(SPREAD, *average.doubts),
    )


def _joint(found: Reconstruction, joint: JointGeometry) -> Shown:
    covariance, title = _independent(joint.uncertainty_au), f"{len(joint.channels)} channels together"
    return _shown(title, found, joint.positions_au, covariance, (ALONE, joint.name, *joint.doubts))


def _shown(title: str, found: Reconstruction, positions: F8, covariance: F8, remarks: tuple[str, ...]) -> Shown:
    square = covariance / units.ANGSTROM**2
    return Shown(
        title=title,
        channel=found.centroids.channel,
        positions=positions / units.ANGSTROM,
        errors=square,
        covariance=square,
        remarks=remarks,
    )


def _independent(errors: F8) -> F8:
    return np.diag(errors.ravel() ** 2)
