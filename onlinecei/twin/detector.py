"""What the detector makes of the ions that reach it."""

import numpy as np

from onlinecei.arrays import F8, I8, Bool
from onlinecei.compiled import compiled
from onlinecei.setup import Setup
from onlinecei.spectrometer import windows
from onlinecei.twin.flight import BACKGROUND, Landed
from onlinecei.twin.options import Detector, TwinOptions

TIME_BINS_PER_NS = 64
POSITION_BINS_PER_MM = 128
"""A time-to-digital converter counts in bins, here well below the resolution; columns of its numbers also
compress, because the last bits of each float are zero."""
BACKGROUND_UNTIL = 1.15
"""End of the background in time, over that of the last flight-time window."""


def background_end_ns(setup: Setup) -> float:
    """Time after the trigger until which background and noise are recorded."""
    return BACKGROUND_UNTIL * float(windows(setup)[:, 1].max())


def background(pulses: int, setup: Setup, per_pulse: float, rng: np.random.Generator) -> Landed:
    """Hits that no ion made."""
    pulse = np.repeat(np.arange(pulses), rng.poisson(per_pulse, pulses))
    radius = setup.detector.radius_mm * np.sqrt(rng.random(pulse.size))
    angle = 2 * np.pi * rng.random(pulse.size)
    nothing = np.full(pulse.size, BACKGROUND)
    return Landed(
        pulse=pulse,
        molecule=nothing,
        ion=nothing,
        x_mm=radius * np.cos(angle),
        y_mm=radius * np.sin(angle),
        t_ns=background_end_ns(setup) * (1.0 - rng.random(pulse.size)),
    )


def seen(ions: Landed, setup: Setup, options: TwinOptions, rng: np.random.Generator) -> Landed:
    """Ions on the detector that it answers to, where and when they truly landed."""
    on_detector = np.hypot(ions.x_mm, ions.y_mm) <= setup.detector.radius_mm
    return ions[on_detector & (rng.random(ions.pulse.size) < options.efficiency)]


def in_time_order(hits: Landed) -> Landed:
    """Sort by pulse, then time."""
    return hits[np.lexsort((hits.t_ns, hits.pulse))]


def measured(hits: Landed, detector: Detector, rng: np.random.Generator) -> Landed:
    """Hits with the resolution's error, some lost to the dead time, counted in the converter's bins."""
    errors = rng.normal(size=(3, hits.pulse.size))
    blurred = Landed(
        pulse=hits.pulse,
        molecule=hits.molecule,
        ion=hits.ion,
        x_mm=_counted(hits.x_mm + detector.position_sigma_mm * errors[0], POSITION_BINS_PER_MM),
        y_mm=_counted(hits.y_mm + detector.position_sigma_mm * errors[1], POSITION_BINS_PER_MM),
        t_ns=_counted(hits.t_ns + detector.time_sigma_ns * errors[2], TIME_BINS_PER_NS),
    )
    ordered = in_time_order(blurred)
    return ordered[
        _alive(ordered.pulse, ordered.x_mm, ordered.y_mm, ordered.t_ns, detector.dead_time_ns, detector.dead_radius_mm)
    ]


def _counted(values: F8, bins: int) -> F8:
    return np.asarray(np.round(values * bins) / bins)


@compiled
def _alive(pulse: I8, x: F8, y: F8, t: F8, dead_time: float, dead_radius: float) -> Bool:
    """Hits that no earlier recorded hit of their pulse has covered."""
    alive = np.ones(t.size, dtype=np.bool_)
    for i in range(t.size):
        j = i - 1
        while j >= 0 and pulse[j] == pulse[i] and t[i] - t[j] < dead_time:
            if alive[j] and (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2 < dead_radius**2:
                alive[i] = False
                break
            j -= 1
    return alive
