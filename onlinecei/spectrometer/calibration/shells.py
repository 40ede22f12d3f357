"""The first estimate of everything: ions told apart, their momenta, and the spectrometer, from single hits."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, Bool
from onlinecei.spectrometer.calibration.candidates import Candidate
from onlinecei.spectrometer.calibration.mixture import extents
from onlinecei.spectrometer.calibration.model import STEPS, Fixed
from onlinecei.spectrometer.calibration.naming import thinned
from onlinecei.spectrometer.calibration.readings import Kinds, Sample, slowness
from onlinecei.spectrometer.calibration.refine import Refined, own_shifts, refine

PASSES = ((20_000, 48), (60_000, 64))
"""Hits and bins of the passes that find out how far the momenta of each kind reach."""
MOST_HITS, BINS = 250_000, 64
PASS_ROUNDS = 12
FEWEST = 10
"""Hits below which a kind is dropped."""
FEWEST_TO_JUDGE = 100
"""Hits of a kind from which its own flight time counts in judging the line through all."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shells:
    """The first estimate."""

    ions: tuple[Candidate, ...]
    """The kinds found, one for each row of the mixture."""
    sample: Sample
    """The hits that were used."""
    refined: Refined
    """The fit without lean."""
    parameters: F8
    """(7,) the middle between the fits without and with lean."""
    covariance: F8
    """(7, 7) in units of `STEPS`: of the hits' number, enlarged where the kinds disagree, and half the difference
    between the two fits, which is what dead time may do."""
    shifts: F8
    """(K, 3) how far each kind alone would move along t, x and y, in atomic units."""
    shift_errors: F8
    """(K, 3)"""
    disagreement: float
    """Chi-squared per degree of freedom of the kinds' flight times about the line."""
    dead_time_effect: F8
    """(7,) half the difference between the two fits, in atomic units."""

    @property
    def hits(self) -> F8:
        """(K,) of each kind, in the sample."""
        return self.refined.mixture.hits


def fit_shells(sample: Sample, ions: tuple[Candidate, ...], start: F8, fixed: Fixed) -> Shells:
    """Fit the isotropic mixture to the hits of a run, from a start that names the peaks rightly.

    Parameters
    ----------
    sample
        The hits.
    ions
        What they may be.
    start
        (7,) parameters.
    fixed
        What is given.
    """
    every = np.ones(start.size, dtype=np.bool_)
    largest: F8 | None = None
    for hits, bins in PASSES:
        few, kinds = thinned(sample, hits), Kinds.of(ions, largest)
        rough = refine(few, kinds, start, fixed, every, bins, PASS_ROUNDS)
        start, kept = rough.parameters, rough.mixture.hits >= FEWEST
        largest = extents(rough.mixture, kinds, few, slowness(kinds, start, fixed))[kept]
        ions = _kept(ions, kept)
    return _both(thinned(sample, MOST_HITS), ions, largest, start, fixed)


def refitted(shells: Shells, sample: Sample, fixed: Fixed) -> Shells:
    """The same for other hits of the same ions."""
    return _both(sample, shells.ions, shells.refined.kinds.largest, shells.refined.parameters, fixed)


def _kept(ions: tuple[Candidate, ...], kept: Bool) -> tuple[Candidate, ...]:
    return tuple(ion for ion, keep in zip(ions, kept, strict=True) if keep)


def _both(sample: Sample, ions: tuple[Candidate, ...], largest: F8 | None, start: F8, fixed: Fixed) -> Shells:
    every, atoms = np.ones(start.size, dtype=np.bool_), tuple(ion.name for ion in ions if not ion.bound)
    plain = refine(sample, Kinds.of(ions, largest), start, fixed, every, BINS)
    leant = refine(sample, Kinds.of(ions, largest, atoms), plain.parameters, fixed, every, BINS)
    half = 0.5 * (leant.parameters - plain.parameters)
    shifts, errors = own_shifts(sample, plain, fixed)
    disagreement = _disagreement(shifts[:, 0], errors[:, 0], plain.mixture.hits)
    statistical = np.linalg.pinv(leant.information, hermitian=True) * max(disagreement, 1.0)
    return Shells(
        ions=ions,
        sample=sample,
        refined=plain,
        parameters=plain.parameters + half,
        covariance=statistical + np.outer(half / STEPS, half / STEPS),
        shifts=shifts,
        shift_errors=errors,
        disagreement=disagreement,
        dead_time_effect=half,
    )


def _disagreement(shift: F8, error: F8, hits: F8) -> float:
    """Two of the parameters, t0 and the field, follow the flight times and take their degrees of freedom."""
    judged = hits >= FEWEST_TO_JUDGE
    if judged.sum() <= 2:
        return 1.0
    return float(np.sum((shift[judged] / error[judged]) ** 2) / (judged.sum() - 2))
