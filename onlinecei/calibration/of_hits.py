"""From the hits of a run to a calibrated setup.

First every hit by itself: the peaks of the flight-time spectrum are named, and centre, jet, t0 and field follow from
the symmetry of explosions of molecules that lie at random. Then complete events: their momenta must add up to zero.
"""

from dataclasses import replace

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.calibration import _hits_plots as plots
from onlinecei.calibration import _hits_words as words
from onlinecei.calibration._hits_channels import Used, use_channels
from onlinecei.calibration._hits_names import named_peaks
from onlinecei.calibration._hits_records import (
    Drifts,
    HitCalibration,
    LandingLine,
    MomentumSums,
    NamedSpectrum,
    SpeciesImage,
    TimeResiduals,
)
from onlinecei.calibration._hits_setup import fitted_numbers, with_channels, with_ions, with_numbers
from onlinecei.detector import accept
from onlinecei.fitted import Remark
from onlinecei.records import Batch, Hits
from onlinecei.setup import Setup
from onlinecei.spectrometer import Spectrometer
from onlinecei.spectrometer.calibration import (
    SIGNIFICANT,
    T0,
    Drift,
    Fixed,
    Sample,
    Shells,
    at,
    fit_shells,
    fixed,
    steadied,
    vector,
    without_drift,
)

__all__ = [
    "Drifts",
    "HitCalibration",
    "LandingLine",
    "MomentumSums",
    "NamedSpectrum",
    "SpeciesImage",
    "TimeResiduals",
    "calibrate_hits",
]

SLICES = 12
"""Of the run, in which drift is followed."""
FEWEST_PER_SLICE = 1500
"""Hits; shorter runs have fewer slices."""


def calibrate_hits(batch: Batch, setup: Setup) -> HitCalibration:
    """Calibrate spectrometer, detector, ions and channels from the hits of a run.

    Parameters
    ----------
    batch
        The run, or as much of it as there is; hits, not edges.
    setup
        Formula, lengths, detector radius and magnetic field are taken as given. The field may be wrong by a tenth,
        t0 by 50 ns; centre and jet need not be known. Ions and channels of the setup are kept; where it has none,
        those that the run shows are put in.

    Returns
    -------
    HitCalibration
        With the setup as it was, and a remark that says why, where nothing could be determined.
    """
    hits = accept(batch, setup)
    remarks = words.unusable(batch.hits, hits.t_ns.size)
    sample, given = _sample(hits, setup), fixed(Spectrometer.of(setup))
    named = named_peaks(hits, sample, setup)
    if named.failure is not None or sample is None:
        return HitCalibration(setup=setup, remarks=(*remarks, *named.failures))
    shells = fit_shells(sample, named.ions, named.parameters, given)
    if len(shells.ions) < 2:
        only = shells.ions[0].name if shells.ions else "none"
        return HitCalibration(setup=setup, remarks=(*remarks, words.one_peak(only)))
    if not words.enough(shells.covariance):
        return HitCalibration(setup=setup, remarks=(*remarks, words.undetermined(shells)))
    if outside := words.centre_outside(setup, at(shells.parameters, Spectrometer.of(setup))):
        return HitCalibration(setup=setup, remarks=(*remarks, *outside))
    return _finished(batch, hits, setup, shells, remarks)


def _sample(hits: Hits, setup: Setup) -> Sample | None:
    if not hits.t_ns.size:
        return None
    area = np.pi * (setup.detector.radius_mm * units.MILLIMETRE) ** 2
    return Sample(
        x=hits.x_mm * units.MILLIMETRE,
        y=hits.y_mm * units.MILLIMETRE,
        t=hits.t_ns * units.NANOSECOND,
        background=1.0 / (area * float(hits.t_ns.max()) * units.NANOSECOND),
    )


def _finished(batch: Batch, hits: Hits, setup: Setup, shells: Shells, remarks: list[Remark]) -> HitCalibration:
    before = Spectrometer.of(setup)
    given = fixed(before)
    shells, drift, trains = _steady(batch, hits, shells, given)
    rough = with_ions(with_numbers(setup, fitted_numbers(shells.parameters, shells.covariance, setup, "")), shells)
    used = use_channels(_steady_hits(batch, hits, drift, shells), rough, shells, given)
    conserved = used.conserved
    covariance = conserved.covariance * max(conserved.tension, 1.0)
    fitted = fitted_numbers(conserved.parameters, covariance, setup, _how(shells, used))
    if drift is not None and drift.significance >= SIGNIFICANT:
        used = use_channels(hits, rough, shells, given)  # gates and plots are those of the run as it is
    calibrated, after = with_channels(with_numbers(rough, fitted), used.sections), at(conserved.parameters, before)
    return HitCalibration(
        setup=calibrated,
        fitted=fitted,
        remarks=(
            *remarks,
            *words.missing(setup, shells, after),
            *words.cut_by_the_edge(setup, shells, after),
            *words.of_the_fit(shells, conserved, complete=used.tried),
            *(words.drifting(drift, calibrated.spectrometer.field_v_per_mm) if drift is not None else ()),
            words.GIVEN,
        ),
        spectrum=plots.spectrum(hits, shells, after, hits.t_ns.size / shells.sample.t.size),
        images=plots.images(hits, calibrated, after),
        momentum_sums=tuple(
            plots.momentum_sums(events, vector(before), conserved.parameters, given, gate)
            for events, gate in used.shown
        ),
        time_residuals=plots.residuals(shells, after),
        landing=plots.landing_line(shells, after),
        drifts=plots.drifts(drift, trains, after) if drift is not None else None,
    )


def _steady(batch: Batch, hits: Hits, shells: Shells, given: Fixed) -> tuple[Shells, Drift | None, F8]:
    """Follow t0 and field in slices of trains, and take their drift out; None for runs too short."""
    trains = batch.train_id.size
    slices = min(SLICES, trains, int(shells.hits.sum() // FEWEST_PER_SLICE))
    if slices < 3:
        return shells, None, np.empty(0)
    step = max(hits.t_ns.size // shells.sample.t.size, 1)
    place = _place_of_hits(batch, hits)[::step][: shells.sample.t.size]
    shells, drift = without_drift(shells, place, slices, given)
    middle = np.minimum(((np.arange(slices) + 0.5) * trains / slices).astype(np.int64), trains - 1)
    return shells, drift, batch.train_id[middle].astype(np.float64)


def _steady_hits(batch: Batch, hits: Hits, drift: Drift | None, shells: Shells) -> Hits:
    if drift is None or drift.significance < SIGNIFICANT:
        return hits
    t0 = float(shells.parameters[T0])
    t = steadied(hits.t_ns * units.NANOSECOND, _place_of_hits(batch, hits), drift.change, t0)
    return replace(hits, t_ns=t / units.NANOSECOND)


def _place_of_hits(batch: Batch, hits: Hits) -> F8:
    """Where in the run each hit is, by trains, from -1/2 to 1/2."""
    pulse = np.repeat(np.arange(batch.pulses), np.diff(hits.first_hit))
    train = np.searchsorted(batch.first_pulse.astype(np.int64), pulse, side="right") - 1
    return np.asarray((train + 0.5) / batch.train_id.size - 0.5)


def _how(shells: Shells, used: Used) -> str:
    """From what the numbers come."""
    known = [k for k, hits in enumerate(shells.hits) if hits >= plots.PLAIN_HITS]
    events = sum(peak.events for peak in used.conserved.peaks)
    text = f"symmetry of {shells.hits.sum():.0f} hits of {len(known)} ions"
    if events < 1:
        return text
    return f"{text}, and momentum conservation of {events:.0f} complete events"
