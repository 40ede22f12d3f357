"""What the detector makes of the ions that reach it."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8, Bool
from onlinecei.compiled import compiled
from onlinecei.setup import Setup
from onlinecei.spectrometer import windows
from onlinecei.twin.options import TwinOptions

TIME_BINS_PER_NS = 64
POSITION_BINS_PER_MM = 128
"""A time-to-digital converter counts in bins, here well below the resolution; columns of its numbers also
compress, because the last bits of each float are zero."""
BACKGROUND_UNTIL = 1.15
"""End of the background in time, over that of the last flight-time window."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Landed:
    """Hits of a train, with what made them."""

    pulse: I8
    """(H,) pulse in the train."""
    molecule: I8
    """(H,) molecule, -1 for background."""
    ion: I8
    """(H,) ion of the molecule, -1 for background."""
    x_mm: F8
    y_mm: F8
    t_ns: F8

    def __getitem__(self, rows: I8 | Bool) -> "Landed":
        return Landed(**{name: getattr(self, name)[rows] for name in self.__slots__})

    @classmethod
    def joined(cls, parts: "list[Landed]") -> "Landed":
        """Put hits end to end."""
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__})


def background(pulses: int, setup: Setup, options: TwinOptions, rng: np.random.Generator) -> Landed:
    """Hits that no molecule made."""
    pulse = np.repeat(np.arange(pulses), rng.poisson(options.background_per_pulse, pulses))
    until = BACKGROUND_UNTIL * float(windows(setup)[:, 1].max())
    radius = setup.detector.radius_mm * np.sqrt(rng.random(pulse.size))
    angle = 2 * np.pi * rng.random(pulse.size)
    nothing = np.full(pulse.size, -1)
    return Landed(
        pulse=pulse,
        molecule=nothing,
        ion=nothing,
        x_mm=radius * np.cos(angle),
        y_mm=radius * np.sin(angle),
        t_ns=until * (1.0 - rng.random(pulse.size)),
    )


def seen(ions: Landed, setup: Setup, options: TwinOptions, rng: np.random.Generator) -> Landed:
    """Ions on the detector that are seen, with the resolution's error."""
    on_detector = np.hypot(ions.x_mm, ions.y_mm) <= setup.detector.radius_mm
    kept = ions[on_detector & (rng.random(ions.pulse.size) < options.efficiency)]
    errors = rng.normal(size=(3, kept.pulse.size))
    return Landed(
        pulse=kept.pulse,
        molecule=kept.molecule,
        ion=kept.ion,
        x_mm=kept.x_mm + options.position_sigma_mm * errors[0],
        y_mm=kept.y_mm + options.position_sigma_mm * errors[1],
        t_ns=kept.t_ns + options.time_sigma_ns * errors[2],
    )


def recorded(hits: Landed, options: TwinOptions) -> Landed:
    """Sort by pulse and time, lose hits to the dead time, and count in the converter's bins."""
    hits = hits[np.lexsort((hits.t_ns, hits.pulse))]
    alive = _alive(hits.pulse, hits.x_mm, hits.y_mm, hits.t_ns, options.dead_time_ns, options.dead_radius_mm)
    kept = hits[alive]
    return Landed(
        pulse=kept.pulse,
        molecule=kept.molecule,
        ion=kept.ion,
        x_mm=np.round(kept.x_mm * POSITION_BINS_PER_MM) / POSITION_BINS_PER_MM,
        y_mm=np.round(kept.y_mm * POSITION_BINS_PER_MM) / POSITION_BINS_PER_MM,
        t_ns=np.round(kept.t_ns * TIME_BINS_PER_NS) / TIME_BINS_PER_NS,
    )


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
