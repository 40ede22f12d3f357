"""Geometries as extended XYZ: a frame for each reconstruction."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io.extxyz import write_extxyz

from onlinecei import units
from onlinecei.errors import ResultError
from onlinecei.records import Reconstruction

_COLUMNS = ["symbols", "positions", "uncertainty", "charge", "momentum"]


def write_geometries(path: Path, reconstructions: Sequence[Reconstruction]) -> None:
    """Write those reconstructions that hold a geometry; the same input gives the same bytes.

    Positions and uncertainties are in angstrom; the uncertainty of an atom is the rms of its three
    components. Momenta are the measured means in atomic units. Comment keys: `channel`, `delay_fs` (centre of
    the bin; left out where one bin takes all), `events` and `round_trip` (the misfit). ASE reads the column
    `charge` into a calculator, the others into arrays of their names.

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
    try:
        Path(path).write_text(text.getvalue(), encoding="utf-8", newline="\n")
    except OSError as error:
        raise ResultError(f"geometries '{path}' cannot be written: {error}") from error


def _frame(reconstruction: Reconstruction) -> Atoms:
    centroids = reconstruction.centroids
    channel = centroids.channel
    atoms = Atoms(numbers=channel.atomic_numbers, positions=reconstruction.positions_au / units.ANGSTROM)
    uncertainty_au = np.sqrt((reconstruction.uncertainty_au**2).mean(axis=1))
    atoms.arrays["uncertainty"] = uncertainty_au / units.ANGSTROM
    atoms.arrays["charge"] = channel.charges.astype(np.int64)
    atoms.arrays["momentum"] = np.array(centroids.momentum_au)
    atoms.info["channel"] = channel.name
    if np.isfinite(centroids.delay_fs).all():
        atoms.info["delay_fs"] = sum(centroids.delay_fs) / 2
    atoms.info["events"] = centroids.events
    atoms.info["round_trip"] = float(reconstruction.misfit)
    return atoms
