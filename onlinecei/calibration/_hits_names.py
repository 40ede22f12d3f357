"""From hits to named peaks, or to the reason why not."""

from dataclasses import dataclass

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.calibration import _hits_words as words
from onlinecei.fitted import Remark
from onlinecei.records import Hits
from onlinecei.setup import Setup
from onlinecei.spectrometer import Spectrometer
from onlinecei.spectrometer.calibration import (
    FIELD,
    T0,
    Candidate,
    Fixed,
    Kinds,
    Naming,
    Sample,
    Spots,
    candidates,
    find_spots,
    fixed,
    foreign,
    name_peaks,
    unnamed_share,
    vector,
)

FEWEST_IONS = 300.0
"""Ions above the background below which nothing is fitted."""
CHARGES = 4
"""Highest charge while peaks are named; higher ones are rare and come in later."""
AS_GOOD = 8.0
"""Logarithm of the likelihood by which a second naming may be worse and still be as good."""
FAR_FIELD, FAR_T0_NS = 0.08, 40.0
"""A field or t0 this far from the setup's is a reason to ask whether the molecule is another one."""
FAR_BETTER = 0.02
"""Gain in the logarithm of the likelihood per hit that a foreign element must bring."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Named:
    """Named peaks, or a failure."""

    ions: tuple[Candidate, ...] = ()
    parameters: F8
    failure: Remark | None = None

    @property
    def failures(self) -> tuple[Remark, ...]:
        """The failure, if any, as remarks."""
        return () if self.failure is None else (self.failure,)


def named_peaks(hits: Hits, sample: Sample | None, setup: Setup) -> Named:
    """Name the peaks.

    Parameters
    ----------
    hits
        All that can be used.
    sample
        The same in atomic units; None where there are none.
    setup
        For the molecule and as the place to start.
    """
    spectrometer, molecule = Spectrometer.of(setup), setup.molecule.molecule
    start, given = vector(spectrometer), fixed(spectrometer)
    spots = find_spots(hits.x_mm, hits.y_mm, hits.t_ns)
    if sample is None or spots is None or spots.hits.sum() < FEWEST_IONS:
        return Named(parameters=start, failure=words.nothing_found(hits.t_ns.size))
    start = _at_spots(start, spots)
    ions = candidates(molecule, CHARGES)
    found = name_peaks(sample, Kinds.of(ions), start, given)
    share = unnamed_share(sample, Kinds.of(ions), found[0].parameters, given)
    moved = np.abs(found[0].parameters - start)
    if share > words.UNEXPLAINED or moved[FIELD] > FAR_FIELD or moved[T0] > FAR_T0_NS * units.NANOSECOND:
        failure = _of_another(sample, ions, found[0], start, given, setup, share)
        if failure is not None:
            return Named(parameters=start, failure=failure)
    if len(found) > 1 and _as_good(found[0], found[1]):
        return Named(parameters=start, failure=words.ambiguous(found[0], found[1], ions))
    return Named(ions=candidates(molecule), parameters=found[0].parameters)


def _at_spots(start: F8, spots: Spots) -> F8:
    """Start from where the hits lie; the line starts at time zero, a little before t0."""
    moved = start.copy()
    velocity = np.array(spots.velocity_mm_per_ns) * units.MILLIMETRE / units.NANOSECOND
    moved[2:4] = np.array(spots.origin_mm) * units.MILLIMETRE + velocity * start[0]
    moved[4:6] = velocity
    return moved


def _as_good(first: Naming, second: Naming) -> bool:
    return bool(first.log_likelihood - second.log_likelihood < AS_GOOD)


def _of_another(
    sample: Sample, ions: tuple[Candidate, ...], own: Naming, start: F8, given: Fixed, setup: Setup, share: float
) -> Remark | None:
    """Whether elements that the molecule does not hold explain the hits far better."""
    every = (*ions, *foreign(setup.molecule.molecule))
    best = name_peaks(sample, Kinds.of(every), start, given)[0]
    gain = (best.log_likelihood - own.log_likelihood) / max(own.looked_at, 1)
    strange = float(best.hits[len(ions) :].sum())
    if gain < FAR_BETTER or strange < words.UNEXPLAINED * best.hits.sum():
        return None
    return words.wrong_molecule(setup, share, best, every)
