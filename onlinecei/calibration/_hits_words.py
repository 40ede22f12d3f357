"""What the calibration from hits has to say to the person."""

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.fitted import Remark
from onlinecei.setup import Setup
from onlinecei.spectrometer import Spectrometer
from onlinecei.spectrometer.calibration import (
    SIGNIFICANT,
    STEPS,
    STRETCH,
    Candidate,
    Conserved,
    Drift,
    Naming,
    Shells,
    candidates,
    slope,
)

UNEXPLAINED = 0.15
"""Share of the ions without a name from which the molecule is doubted."""
EVENTS = 100
"""True complete events below which a person should know that conservation says little."""
PLENTY = 1000
"""True complete events below which a longer run is worth its time."""
STRETCH_TOLERANCE, STRETCH_SIGMA = 0.01, 4.0
TENSION = 4.0
"""Mean squared disagreement, in errors, between single hits and momentum conservation."""
NO_PEAK = 30.0
"""Hits of all charges of an element below which there is no peak of it."""
DEAD_TIME_NS = 0.02
GIVEN = Remark(
    text="acceleration_mm, drift_mm and the jet's velocity along z are taken as given: flight times tell a length only "
    "together with the field, and that velocity only together with t0 and the field."
)


def nothing_found(hits: int) -> Remark:
    """No hits, or none above the background."""
    what = (
        "holds no hits that can be used"
        if not hits
        else f"has {hits} hits that can be used, none above an even background"
    )
    return Remark(text=f"The run {what}: nothing was calibrated from hits.", serious=True)


def unusable(hits: int, left: int) -> list[Remark]:
    """Hits that are not finite, before the trigger or outside of the detector."""
    if hits == 0 or left > 0.98 * hits:
        return []
    text = (
        f"{hits - left} of {hits} hits are not finite, before the trigger or outside of the detector's "
        "radius, and were left out."
    )
    return [Remark(text=text, serious=left < 0.5 * hits)]


def ambiguous(first: Naming, second: Naming, ions: tuple[Candidate, ...]) -> Remark:
    """Two ways to name the peaks that fit equally well."""
    return Remark(
        text=f"The peaks can be named in two ways that fit equally well, {_names(first, ions)} or "
        f"{_names(second, ions)}: "
        "nothing was changed.",
        serious=True,
    )


def one_peak(name: str) -> Remark:
    """A single kind of ion."""
    return Remark(
        text=f"Only one kind of ion was found, {name}: t0 and field cannot be told apart, nothing was changed.",
        serious=True,
    )


def undetermined(shells: Shells) -> Remark:
    """Ions that do not tell every number, such as gas alone."""
    names = ", ".join(ion.name for ion in shells.ions)
    return Remark(text=f"The ions found, {names}, do not tell centre and jet: nothing was changed.", serious=True)


def wrong_molecule(setup: Setup, share: float, naming: Naming | None, ions: tuple[Candidate, ...]) -> Remark:
    """Peaks that the molecule of the setup cannot give."""
    like = f"; they look like {_names(naming, ions)}" if naming is not None else ""
    return Remark(
        text=f"{100 * share:.0f} % of the ions fit no fragment of {setup.molecule.formula}{like}: the "
        "run seems to be of another "
        "molecule than the setup's formula, nothing was changed.",
        serious=True,
    )


def _names(naming: Naming, ions: tuple[Candidate, ...]) -> str:
    order = np.argsort(-naming.hits)[:4]
    least = 0.02 * naming.hits.sum()
    return ", ".join(ions[k].name for k in order if naming.hits[k] >= least)


def missing(setup: Setup, shells: Shells, spectrometer: Spectrometer) -> list[Remark]:
    """Elements of the molecule without a peak."""
    said = []
    line = slope(spectrometer) * np.sqrt(units.DALTON), spectrometer.t0
    for symbol in setup.molecule.molecule.atoms:
        own = [ion.name for ion in candidates(setup.molecule.molecule) if not ion.bound and ion.name.startswith(symbol)]
        own = [name for name in own if name.rstrip("+").rstrip("0123456789") == symbol]
        hits = sum(h for ion, h in zip(shells.ions, shells.hits, strict=True) if ion.name in own)
        if hits < NO_PEAK:
            ion = next(each for each in candidates(setup.molecule.molecule) if each.name == f"{symbol}+")
            t = (line[0] * ion.root_mass_per_charge + line[1]) / units.NANOSECOND
            said.append(
                Remark(
                    text=f"No peak of {symbol} was found in any charge state: {ion.name} was expected near {t:.0f} ns.",
                    serious=True,
                )
            )
    return said


def centre_outside(setup: Setup, spectrometer: Spectrometer) -> list[Remark]:
    """A centre that the detector does not see."""
    x, y = (value / units.MILLIMETRE for value in spectrometer.centre)
    radius = setup.detector.radius_mm
    if np.hypot(x, y) <= radius:
        return []
    text = (
        f"The centre of the ions lies at ({x:.1f}, {y:.1f}) mm, outside of the detector's radius of {radius:g} mm: "
        "nothing was changed."
    )
    return [Remark(text=text, serious=True)]


def cut_by_the_edge(setup: Setup, shells: Shells, spectrometer: Spectrometer) -> list[Remark]:
    """Spots that reach over the detector's edge."""
    x, y = (value / units.MILLIMETRE for value in spectrometer.centre)
    radius = setup.detector.radius_mm
    over = [ion.name for ion, reach in zip(shells.ions, _reach(shells, spectrometer), strict=True) if reach > radius]
    if not over:
        return []
    return [
        Remark(
            text=f"The detector's edge at {radius:g} mm cuts the spots of {', '.join(over)}: their "
            "middles, and with them centre "
            "and jet, may be off.",
            serious=bool(np.hypot(x, y) > 0.25 * radius),
        )
    ]


def _reach(shells: Shells, spectrometer: Spectrometer) -> list[float]:
    """How far from (0, 0) the bulk of each kind lands, in mm."""
    out, edges = [], shells.refined.kinds.largest
    readings, share = shells.refined.readings, shells.refined.mixture.share
    root = slope(spectrometer)
    for k, ion in enumerate(shells.ions):
        own = readings.kind == k
        weight, momentum = share[own], readings.momentum[own]
        mean = float(np.sqrt((weight @ momentum**2) / max(weight.sum(), 1e-9))) if weight.sum() > EVENTS else 0.0
        t = root * np.sqrt(ion.mass_au / ion.charge)
        middle = np.hypot(*(c + v * t for c, v in zip(spectrometer.centre, spectrometer.jet[:2], strict=True)))
        out.append(float((middle + min(mean, float(edges[k])) * t / ion.mass_au) / units.MILLIMETRE))
    return out


def of_the_fit(shells: Shells, conserved: Conserved, *, complete: bool) -> list[Remark]:
    """How far the result can be trusted."""
    said = []
    events = sum(peak.events for peak, used in zip(conserved.peaks, conserved.used, strict=True) if used)
    if events < EVENTS:
        which = f"only {events:.0f} complete events were found" if complete else "no complete channel has enough events"
        said.append(
            Remark(
                text=f"Momentum conservation was not used or says little, {which}: the result rests on "
                "flight times and spots, with larger errors."
            )
        )
    elif events < PLENTY:
        text = f"The run is short, {events:.0f} complete events: four times as many would halve the errors."
        said.append(Remark(text=text))
    if events >= EVENTS and conserved.tension > TENSION:
        said.append(
            Remark(
                text="Single hits and momentum conservation disagree by "
                f"{np.sqrt(conserved.tension):.1f} of their errors; the errors given are that much "
                "larger."
            )
        )
    stretch, error = shells.parameters[STRETCH], float(np.sqrt(shells.covariance[STRETCH, STRETCH])) * STEPS[STRETCH]
    if abs(stretch) > max(STRETCH_SIGMA * error, STRETCH_TOLERANCE):
        percent = 100 * np.expm1(-3 * stretch)
        said.append(
            Remark(
                text=f"Momenta across the flight are {percent:+.1f} % against those along it, where "
                "molecules at random give equal ones: the detector's scale or acceleration_mm is "
                "wrong by about that.",
                serious=True,
            )
        )
    shift = abs(shells.dead_time_effect[0]) / units.NANOSECOND
    if shift > DEAD_TIME_NS:
        said.append(
            Remark(text=f"Ions lost to dead time may have shifted t0 by {shift:.2f} ns; this is part of its error.")
        )
    if not shells.refined.settled:
        said.append(
            Remark(
                text="The fit of the single hits did not settle: look at the residuals before using it.", serious=True
            )
        )
    return said


def drifting(drift: Drift, field_v_per_mm: float) -> list[Remark]:
    """What moved through the run, with the amounts."""
    if drift.significance < SIGNIFICANT:
        return []
    t0, field = drift.change[0] / units.NANOSECOND, drift.change[1]
    t0_error = np.sqrt(drift.covariance[0, 0]) / units.NANOSECOND
    field_error = np.sqrt(drift.covariance[1, 1])
    return [
        Remark(
            text=f"The spectrometer drifts through the run ({drift.significance:.0f} standard "
            f"deviations): t0 by {t0:+.3f} +- {t0_error:.3f} ns and "
            f"the field by {100 * field:+.3f} +- {100 * field_error:.3f} % "
            f"({field * field_v_per_mm:+.4f} V/mm), from a straight line; the setup holds the "
            "middle of the run.",
            serious=False,
        )
    ]


def enough(covariance: F8) -> bool:
    """Whether all parameters are determined at all."""
    return bool(np.all(np.diag(covariance)[:STRETCH] > 0))
