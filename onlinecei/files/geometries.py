"""Geometries as extended XYZ: a frame for each reconstruction."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
from ase import Atoms

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.records import UNPUMPED, Centroids, EventAverage, JointGeometry, Reconstruction
from onlinecei.whole import whole

KINDS: Final[tuple[Literal["mean", "average", "joint"], ...]] = ("mean", "average", "joint")
_COLUMNS = ["symbols", "positions", "uncertainty", "charge", "momentum"]


def write_geometries(
    path: Path, reconstructions: Sequence[Reconstruction], origin: Mapping[str, str | int] = MappingProxyType({})
) -> None:
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
    origin
        Comment keys that every frame has as well: where all of them come from.

    Raises
    ------
    CEIError
        It cannot be written; a file that was there is as it was.
    """
    from ase.io.extxyz import write_extxyz  # noqa: PLC0415  a window that may write some is there sooner

    text = io.StringIO()
    for reconstruction in reconstructions:
        for atoms in frames(reconstruction):
            atoms.info.update(origin)
            more = ["spread"] if "spread" in atoms.arrays else []
            write_extxyz(text, [atoms], columns=[*_COLUMNS, *more])
    with whole(Path(path)) as unfinished:
        unfinished.write_text(text.getvalue(), encoding="utf-8", newline="\n")


def frames(reconstruction: Reconstruction) -> list[Atoms]:
    """Give the geometries of a reconstruction as atoms, in the order of the file; those that it has."""
    made = (molecule(reconstruction, kind) for kind in KINDS)
    return [atoms for atoms in made if atoms is not None]


def molecule(reconstruction: Reconstruction, kind: Literal["mean", "average", "joint"] = "mean") -> Atoms | None:
    """Give a geometry: of the mean momenta, the average over single events, of several channels together."""
    if kind == "average":
        return _average(reconstruction, reconstruction.per_event) if reconstruction.per_event else None
    if kind == "joint":
        return _joint(reconstruction, reconstruction.joint) if reconstruction.joint else None
    return _frame(reconstruction) if reconstruction.found else None


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
