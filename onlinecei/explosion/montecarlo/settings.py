"""The beam as a trajectory sees it, and how finely it is followed."""

from typing import NamedTuple

from onlinecei import units
from onlinecei.explosion.beam import Beam

STEP_FS = 0.2
"""Mean momenta change by less than one part in a hundred when it is halved."""
GROWTH = 0.05
"""Further steps are longer by this share of the time since an electron last left the molecule."""
BONDED_STEP = 2.5
"""Longest step over the shortest while a bond holds: 0.5 fs, a twentieth of the fastest vibration."""
BONDED_FS = 60.0
"""A bond that has held this long after an electron last left is taken to hold for ever."""
LONGEST_FS = 300.0
"""So is one that holds this long after the pulse."""
LEFT_OVER = 0.02
"""Share of the kinetic energy that may still be potential when free flight takes over; the error is its square."""
PULSE_END = 4.0
"""Standard deviations after which the pulse is over."""


class Settings(NamedTuple):
    """All in atomic units."""

    photon: float
    sigma: float
    pulse_end: float
    wings: float
    step: float
    growth: float
    bonded_step: float
    bonded_time: float
    longest: float
    left_over: float
    most_steps: int
    """Far above what any trajectory takes."""
    whole: bool
    """Whether trajectories are given up that cannot charge every atom."""


def settings(beam: Beam, fineness: float = 1.0, *, whole: bool = False) -> Settings:
    """Settings for a beam; steps are shorter by `fineness`."""
    step = STEP_FS * units.FEMTOSECOND / fineness
    return Settings(
        photon=beam.photon_ev * units.ELECTRONVOLT,
        sigma=beam.sigma_au,
        pulse_end=PULSE_END * beam.sigma_au,
        wings=beam.wings,
        step=step,
        growth=GROWTH / fineness,
        bonded_step=BONDED_STEP * step,
        bonded_time=BONDED_FS * units.FEMTOSECOND,
        longest=PULSE_END * beam.sigma_au + LONGEST_FS * units.FEMTOSECOND,
        left_over=LEFT_OVER,
        most_steps=int(20_000 * fineness),
        whole=whole,
    )
