"""Geometries as extended XYZ: a frame for each reconstruction."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io.extxyz import write_extxyz

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.errors import ResultError
from onlinecei.records import UNPUMPED, Centroids, EventAverage, JointGeometry, Reconstruction

_COLUMNS = ["symbols", "positions", "uncertainty", "charge", "momentum"]


def write_geometries(path: Path, reconstructions: Sequence[Reconstruction]) -> None:
    """Write those reconstructions that hold a geometry; the same input gives the same bytes.

    Positions and uncertainties are in angstrom; the uncertainty of an atom is the rms of its three
    components. Momenta are the measured means in atomic units. Comment keys: `channel`, `delay_fs` (centre of
    the bin; left out where one bin takes all), `pump` ("unpumped", in the bin without it), `events` and `round_trip`
    (the misfit). ASE reads the column `charge` into a calculator, the others into arrays of their names.

    After that of the mean momenta come a frame of the average over single events, with the key `per_event`, the errors
    of the mean as uncertainty and a last column `spread` in angstrom, and one of several channels together, with the
    key `joint` and their names as `channel`, where there are such.

    Parameters
    ----------
    path
        File to make; one that exists is replaced.
    reconstructions
        Geometries, and those that were not found.
    """
    text = io.StringIO()
    for reconstruction in reconstructions:
        if reconstruction.found:
            write_extxyz(text, [_frame(reconstruction)], columns=_COLUMNS)
        if average := reconstruction.per_event:
            write_extxyz(text, [_average(reconstruction, average)], columns=[*_COLUMNS, "spread"])
        if joint := reconstruction.joint:
            write_extxyz(text, [_joint(reconstruction, joint)], columns=_COLUMNS)
    try:
        Path(path).write_text(text.getvalue(), encoding="utf-8", newline="\n")
    except OSError as error:
        raise ResultError(f"geometries '{path}' cannot be written: {error}") from error


def _frame(reconstruction: Reconstruction) -> Atoms:
    return _atoms(
        reconstruction.centroids,
        reconstruction.positions_au,
        reconstruction.uncertainty_au,
        events=reconstruction.centroids.events,
        round_trip=float(reconstruction.misfit),
    )


def _average(reconstruction: Reconstruction, average: EventAverage) -> Atoms:
    atoms = _atoms(
        reconstruction.centroids, average.positions_au, average.error_au, events=average.events, per_event=True
    )
    atoms.arrays["spread"] = _rms(average.spread_au) / units.ANGSTROM
    return atoms


def _joint(reconstruction: Reconstruction, joint: JointGeometry) -> Atoms:
    return _atoms(
        reconstruction.centroids,
        joint.positions_au,
        joint.uncertainty_au,
        channel=joint.name,
        round_trip=joint.total_misfit,
        joint=True,
    )


def _atoms(centroids: Centroids, positions_au: F8, uncertainty_au: F8, **said: object) -> Atoms:
    """Atoms with the columns of every frame; `said` are comment keys."""
    channel = centroids.channel
    atoms = Atoms(numbers=channel.atomic_numbers, positions=positions_au / units.ANGSTROM)
    atoms.arrays["uncertainty"] = _rms(uncertainty_au) / units.ANGSTROM
    atoms.arrays["charge"] = channel.charges.astype(np.int64)
    atoms.arrays["momentum"] = np.array(centroids.momentum_au)
    atoms.info["channel"] = centroids.name
    if np.isfinite(centroids.delay_fs).all():
        atoms.info["delay_fs"] = sum(centroids.delay_fs) / 2
    elif np.isnan(centroids.delay_fs).all():
        atoms.info["pump"] = UNPUMPED
    atoms.info.update(said)
    return atoms


def _rms(vectors: F8) -> F8:
    return np.asarray(np.sqrt((vectors**2).mean(axis=1)))
