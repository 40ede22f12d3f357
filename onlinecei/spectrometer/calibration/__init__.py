"""What the spectrometer is like, from the flight times, places and momentum sums of a run."""

from onlinecei.spectrometer.calibration.candidates import Candidate, candidates, foreign
from onlinecei.spectrometer.calibration.conservation import Conserved, Events, Peak, conserve, find_peak, sums
from onlinecei.spectrometer.calibration.drift import SIGNIFICANT, Drift, follow, steadied, without_drift
from onlinecei.spectrometer.calibration.model import (
    FIELD,
    STEPS,
    STRETCH,
    T0,
    VX,
    VY,
    Fixed,
    X,
    Y,
    at,
    fixed,
    slope,
    vector,
)
from onlinecei.spectrometer.calibration.naming import Naming, name_peaks, unnamed_share
from onlinecei.spectrometer.calibration.readings import Kinds, Sample
from onlinecei.spectrometer.calibration.shells import Shells, fit_shells
from onlinecei.spectrometer.calibration.spots import Spots, find_spots

__all__ = [
    "FIELD",
    "SIGNIFICANT",
    "STEPS",
    "STRETCH",
    "T0",
    "VX",
    "VY",
    "Candidate",
    "Conserved",
    "Drift",
    "Events",
    "Fixed",
    "Kinds",
    "Naming",
    "Peak",
    "Sample",
    "Shells",
    "Spots",
    "X",
    "Y",
    "at",
    "candidates",
    "conserve",
    "find_peak",
    "find_spots",
    "fit_shells",
    "fixed",
    "follow",
    "foreign",
    "name_peaks",
    "slope",
    "steadied",
    "sums",
    "unnamed_share",
    "vector",
    "without_drift",
]
