"""Arrays for the plots of a calibration from hits."""

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8, I8
from onlinecei.calibration._hits_records import (
    Drifts,
    LandingLine,
    MomentumSums,
    NamedSpectrum,
    SpeciesImage,
    TimeResiduals,
)
from onlinecei.records import Hits
from onlinecei.setup import Setup
from onlinecei.spectrometer import Spectrometer, windows
from onlinecei.spectrometer.calibration import Drift, Events, Fixed, Peak, Shells, find_peak, slope, sums

TIME_BINS, IMAGE_BINS, SUM_BINS = 2000, 120, 160
SEEN = 0.98
"""Share of the combinations that the histograms of momentum sums must hold, before and after."""
WIDE = 2.5
"""Times the gate that they hold at least."""
PLAIN_HITS = 100.0
"""Hits of a kind that is worth a point in the plots of residuals."""


def spectrum(hits: Hits, shells: Shells, spectrometer: Spectrometer, scale: float) -> NamedSpectrum:
    """Flight-time spectrum with names; `scale` is the run's hits over those of the sample that was fitted."""
    counts, edges = np.histogram(hits.t_ns, TIME_BINS)
    return NamedSpectrum(
        edges_ns=edges,
        counts=counts.astype(np.int64),
        names=tuple(ion.name for ion in shells.ions),
        positions_ns=_at_rest_ns(shells, spectrometer) + spectrometer.t0 / units.NANOSECOND,
        hits=shells.hits * scale,
        gas=tuple(ion.bound for ion in shells.ions),
    )


def _at_rest_ns(shells: Shells, spectrometer: Spectrometer) -> F8:
    roots = np.array([ion.root_mass_per_charge for ion in shells.ions])
    return np.asarray(slope(spectrometer) * np.sqrt(units.DALTON) * roots / units.NANOSECOND)


def images(hits: Hits, setup: Setup, spectrometer: Spectrometer) -> tuple[SpeciesImage, ...]:
    """Where the hits in each ion's window landed."""
    if not setup.ions:
        return ()
    edges = np.linspace(-setup.detector.radius_mm, setup.detector.radius_mm, IMAGE_BINS + 1)
    made = []
    for section, (first, last) in zip(setup.ions, windows(setup), strict=True):
        rows = (hits.t_ns >= first) & (hits.t_ns <= last)
        counts, _, _ = np.histogram2d(hits.x_mm[rows], hits.y_mm[rows], bins=(edges, edges))
        t = spectrometer.flight_time_au(0.0, section.ion.mass_au, float(section.ion.charge))
        x, y = (c + v * t for c, v in zip(spectrometer.centre, spectrometer.jet[:2], strict=True))
        made.append(
            SpeciesImage(
                name=section.name,
                edges_mm=edges,
                counts=counts.astype(np.int64),
                centre_mm=(x / units.MILLIMETRE, y / units.MILLIMETRE),
            )
        )
    return tuple(made)


def residuals(shells: Shells, spectrometer: Spectrometer) -> TimeResiduals:
    """Flight times of ions at rest against the line through all; of the kinds with hits enough."""
    kept = shells.hits >= PLAIN_HITS
    line = slope(spectrometer) * np.sqrt(units.DALTON) / units.NANOSECOND
    t0 = spectrometer.t0 / units.NANOSECOND
    shift = shells.shifts[kept, 0] / units.NANOSECOND
    roots = np.array([ion.root_mass_per_charge for ion in shells.ions])[kept]
    return TimeResiduals(
        names=tuple(ion.name for ion, keep in zip(shells.ions, kept, strict=True) if keep),
        root_mass_per_charge=roots,
        t_ns=line * roots + t0 + shift,
        error_ns=shells.shift_errors[kept, 0] / units.NANOSECOND,
        residual_ns=shift,
        slope_ns=float(line),
        t0_ns=t0,
    )


def landing_line(shells: Shells, spectrometer: Spectrometer) -> LandingLine:
    """Middles of the spots of moving kinds against flight time, with the line of the calibration."""
    kept = (shells.hits >= PLAIN_HITS) & np.array([not ion.bound for ion in shells.ions])
    t = _at_rest_ns(shells, spectrometer)[kept]
    centre = np.array(spectrometer.centre) / units.MILLIMETRE
    velocity = np.array(spectrometer.jet[:2]) / (units.MILLIMETRE / units.NANOSECOND)
    return LandingLine(
        names=tuple(ion.name for ion, keep in zip(shells.ions, kept, strict=True) if keep),
        t_ns=t,
        place_mm=centre + t[:, None] * velocity + shells.shifts[kept, 1:] / units.MILLIMETRE,
        error_mm=shells.shift_errors[kept, 1:] / units.MILLIMETRE,
        centre_mm=(float(centre[0]), float(centre[1])),
        velocity_mm_per_ns=(float(velocity[0]), float(velocity[1])),
    )


def momentum_sums(events: Events, before: F8, after: F8, fixed: Fixed, gate_au: float) -> MomentumSums:
    """Momentum sums of the same combinations with the setup before and after; `before` and `after` are parameters."""
    first, last = sums(events, before, fixed), sums(events, after, fixed)
    peak = find_peak(last, events.window, turns=20)
    inside = (np.abs(last) <= gate_au).all(axis=1)
    reach = max(WIDE * gate_au, *(float(np.quantile(np.abs(rows), SEEN)) for rows in (first, last)))
    edges = np.linspace(-reach, reach, SUM_BINS + 1)
    mean, width = _robust(first, peak)
    return MomentumSums(
        channel=events.name,
        edges_au=edges,
        before=_components(first, edges),
        after=_components(last, edges),
        xy_before=_map(first, edges),
        xy_after=_map(last, edges),
        events=int(inside.sum()),
        background_share=float(1.0 - peak.probability[inside].mean()) if inside.any() else 1.0,
        width_before_au=width,
        width_after_au=_three(peak.width),
        mean_before_au=mean,
        mean_after_au=_three(peak.probability @ last / max(peak.events, 1e-9)),
        gate_au=gate_au,
    )


def _robust(rows: F8, peak: Peak) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Mean and standard deviation of the true events under the setup before."""
    weight = peak.probability / max(peak.events, 1e-9)
    mean = weight @ rows
    return _three(mean), _three(np.sqrt(weight @ (rows - mean) ** 2))


def _three(values: F8) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


def _components(rows: F8, edges: F8) -> I8:
    return np.stack([np.histogram(rows[:, axis], edges)[0] for axis in range(3)]).astype(np.int64)


def _map(rows: F8, edges: F8) -> I8:
    return np.histogram2d(rows[:, 0], rows[:, 1], bins=(edges, edges))[0].astype(np.int64)


def drifts(drift: Drift, train_id: F8, spectrometer: Spectrometer) -> Drifts:
    """Put what moved into the units of a setup."""
    field = spectrometer.field / units.VOLT_PER_MILLIMETRE
    return Drifts(
        train_id=train_id,
        t0_ns=(spectrometer.t0 + drift.alone[:, 0]) / units.NANOSECOND,
        t0_error_ns=drift.alone_error[:, 0] / units.NANOSECOND,
        field_v_per_mm=field * (1.0 + drift.alone[:, 1]),
        field_error_v_per_mm=field * drift.alone_error[:, 1],
        change_t0_ns=float(drift.change[0]) / units.NANOSECOND,
        change_t0_error_ns=float(np.sqrt(drift.covariance[0, 0])) / units.NANOSECOND,
        change_field=float(drift.change[1]),
        change_field_error=float(np.sqrt(drift.covariance[1, 1])),
    )
