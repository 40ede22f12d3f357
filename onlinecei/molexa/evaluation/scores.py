"""Errors of many geometries, and their means in which every molecule counts once."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from onlinecei.arrays import F8, I8, Bool
from onlinecei.molexa.evaluation.cases import Case
from onlinecei.molexa.evaluation.methods import Found
from onlinecei.molexa.network.base import LEVELS
from onlinecei.molexa.training.metrics import errors


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """Of E entries; NaN where nothing was found, or where there is no such thing (an angle of two atoms)."""

    molecule: np.ndarray[Any, np.dtype[np.str_]]
    """(E,)"""
    atoms: I8
    mae_au: F8
    mean_de_au: F8
    max_de_au: F8
    mean_ae_deg: F8
    max_ae_deg: F8
    any_frame_mae_au: F8
    """Mean of the MAE over all orientations of the frame: half of the mean distance of the atoms from their places."""
    inside: F8
    """(E, 2) share of the true coordinates inside of the stated intervals of each level."""
    uncertainty_au: F8
    """(E,) mean over the coordinates of the half-width of the first interval."""
    flagged: Bool

    @classmethod
    def of(cls, cases: Sequence[Case], found: Sequence[Found]) -> Self:
        """Compare what was found with the truth."""
        pairs = list(zip(cases, found, strict=True))
        own = np.array([_errors(case, each) for case, each in pairs]).reshape(-1, 6)
        return cls(
            molecule=np.array([case.molecule for case in cases], dtype=np.str_),
            atoms=np.array([case.atoms for case in cases], dtype=np.int64),
            mae_au=own[:, 0],
            mean_de_au=own[:, 1],
            max_de_au=own[:, 2],
            mean_ae_deg=own[:, 3],
            max_ae_deg=own[:, 4],
            any_frame_mae_au=own[:, 5],
            inside=np.array([_inside(case, each) for case, each in pairs]).reshape(-1, len(LEVELS)),
            uncertainty_au=np.array([_uncertainty(each) for each in found]),
            flagged=np.array([each.flagged for each in found], dtype=np.bool_),
        )

    def where(self, chosen: Bool) -> Self:
        """Some of the entries."""
        kept: dict[str, Any] = {each.name: getattr(self, each.name)[chosen] for each in fields(self)}
        return type(self)(**kept)

    @property
    def entries(self) -> int:
        """How many have a geometry."""
        return int(np.isfinite(self.mae_au).sum())

    @property
    def molecules(self) -> int:
        """How many have an entry with a geometry."""
        return len(np.unique(self.molecule[np.isfinite(self.mae_au)]))

    @property
    def means(self) -> tuple[float, float, float, float, float]:
        """MAE, mean and maximum DE, mean and maximum AE."""
        columns = (self.mae_au, self.mean_de_au, self.max_de_au, self.mean_ae_deg, self.max_ae_deg)
        mae, mean_de, max_de, mean_ae, max_ae = (self.mean(each) for each in columns)
        return mae, mean_de, max_de, mean_ae, max_ae

    @property
    def coverage(self) -> tuple[float, ...]:
        """Share of the coordinates inside of the intervals of each level."""
        return tuple(self.mean(self.inside[:, level]) for level in range(len(LEVELS)))

    def mean(self, values: F8) -> float:
        """Mean over the entries of each molecule, then over the molecules."""
        return mean_over_molecules(values, self.molecule)


def mean_over_molecules(values: F8, molecule: np.ndarray[Any, np.dtype[np.str_]]) -> float:
    """Mean of values (E,) over the entries of each molecule, then over the molecules; NaN do not count."""
    there = np.isfinite(values)
    if not there.any():
        return np.nan
    _, own = np.unique(molecule[there], return_inverse=True)
    return float((np.bincount(own, values[there]) / np.bincount(own)).mean())


def quartiles(scores: Scores) -> list[Scores]:
    """Split entries into four of equal number by their stated uncertainty, the surest first; empty without any."""
    stated = np.flatnonzero(np.isfinite(scores.uncertainty_au))
    order = stated[np.argsort(scores.uncertainty_au[stated], kind="stable")]
    return [scores.where(np.isin(np.arange(scores.atoms.size), own)) for own in np.array_split(order, 4) if own.size]


def _errors(case: Case, found: Found) -> tuple[float, ...]:
    if found.missing:
        return (np.nan,) * 6
    got = errors(found.position_au @ case.frame.T, case.position_au @ case.frame.T)
    off = float(np.linalg.norm(found.position_au - case.position_au, axis=1).mean())
    return got.mae_au, got.mean_de_au, got.max_de_au, got.mean_ae_deg, got.max_ae_deg, off / 2


def _inside(case: Case, found: Found) -> F8:
    if found.half_width_au is None:
        return np.full(len(LEVELS), np.nan)
    off = np.abs(found.position_au - case.position_au)
    return np.asarray((off <= found.half_width_au).mean(axis=(1, 2)))


def _uncertainty(found: Found) -> float:
    return np.nan if found.half_width_au is None else float(found.half_width_au[0].mean())
