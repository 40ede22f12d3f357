"""The setup with what was fitted put in."""

import math

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.fitted import Fitted
from onlinecei.ions import Ion
from onlinecei.setup import ChannelSection, IonSection, Setup
from onlinecei.spectrometer.calibration import FIELD, STEPS, T0, VX, VY, Shells, X, Y

SHARE_OF_HITS = 0.002
FEWEST_HITS = 50
"""An ion is put into the setup from this share of all ions' hits and from this many hits on."""
WINDOW_ROUND_AU = 5.0
SIX = 6.0
"""Gate of the momentum sum in standard deviations: no true event is lost."""
FLOORS: F8 = np.array(
    [0.005 * units.NANOSECOND, 1e-5, *([0.002 * units.MILLIMETRE] * 2), *([2.0 * units.METRE_PER_SECOND] * 2), 0.0]
)
"""Least errors: a converter's bins and the like, which no number of hits removes."""
KEYS = (
    (T0, "spectrometer.t0_ns", units.NANOSECOND, "ns", 4),
    (FIELD, "spectrometer.field_v_per_mm", units.VOLT_PER_MILLIMETRE, "V/mm", 5),
    (X, "detector.centre_mm[0]", units.MILLIMETRE, "mm", 4),
    (Y, "detector.centre_mm[1]", units.MILLIMETRE, "mm", 4),
    (VX, "detector.jet_velocity_m_per_s[0]", units.METRE_PER_SECOND, "m/s", 1),
    (VY, "detector.jet_velocity_m_per_s[1]", units.METRE_PER_SECOND, "m/s", 1),
)
"""Place among the parameters, key in the setup, unit in atomic units, its name, and decimals that are written."""


def fitted_numbers(parameters: F8, covariance: F8, setup: Setup, how: str) -> tuple[Fitted, ...]:
    """Put parameters (7,) and their covariance, in units of `STEPS`, into the words of a setup."""
    error = np.sqrt(np.maximum(np.diag(covariance), 0.0) * STEPS**2 + FLOORS**2)
    before = values_of(setup)
    made = []
    for k, (place, name, unit, spoken, decimals) in enumerate(KEYS):
        value = math.exp(parameters[place]) if place == FIELD else float(parameters[place])
        spread = value * float(error[place]) if place == FIELD else float(error[place])
        made.append(
            Fitted(
                name=name,
                value=round(value / unit, decimals) + 0.0,
                error=spread / unit,
                before=before[k],
                unit=spoken,
                how=how,
            )
        )
    return tuple(made)


def values_of(setup: Setup) -> tuple[float, ...]:
    """What a setup says of each of `KEYS`."""
    section, detector = setup.spectrometer, setup.detector
    return (section.t0_ns, section.field_v_per_mm, *detector.centre_mm, *detector.jet_velocity_m_per_s[:2])


def with_numbers(setup: Setup, fitted: tuple[Fitted, ...]) -> Setup:
    """Give the setup with fitted numbers, in the order of `KEYS`."""
    t0, field, x, y, vx, vy = (number.value for number in fitted)
    content = setup.model_dump()
    content["spectrometer"] |= {"t0_ns": t0, "field_v_per_mm": field}
    vz = setup.detector.jet_velocity_m_per_s[2]
    content["detector"] |= {"centre_mm": (x, y), "jet_velocity_m_per_s": (vx, vy, vz)}
    return Setup.model_validate(content)


def atoms_found(shells: Shells) -> dict[Ion, float]:
    """Atomic ions with hits enough to be looked for, and their hits."""
    least = max(FEWEST_HITS, SHARE_OF_HITS * float(shells.hits.sum()))
    found = zip(shells.ions, shells.hits, strict=True)
    return {Ion.parse(ion.name): float(hits) for ion, hits in found if not ion.bound and hits >= least}


def with_ions(setup: Setup, shells: Shells) -> Setup:
    """Give the setup the ions that were found, unless it has some already."""
    if setup.ions:
        return setup
    found = atoms_found(shells)
    reach = dict(zip((ion.name for ion in shells.ions), shells.refined.kinds.largest, strict=True))
    sections = tuple(
        IonSection(name=ion.name, momentum_max_au=WINDOW_ROUND_AU * math.ceil(reach[ion.name] / WINDOW_ROUND_AU))
        for ion in sorted(found, key=lambda ion: (-ion.atomic_number, ion.charge))
    )
    return with_channels(setup.model_copy(update={"ions": sections}), ())


def with_channels(setup: Setup, channels: tuple[ChannelSection, ...]) -> Setup:
    """Give the setup channels, unless it has some already; checks it as a setup file is checked."""
    kept = setup.channels or channels
    return Setup.model_validate(setup.model_copy(update={"channels": kept}).model_dump())


def gate(width: F8) -> float:
    """Gate of the momentum sum (a.u.) for a peak of standard deviations (3,)."""
    return float(math.ceil(SIX * float(np.max(width))))
