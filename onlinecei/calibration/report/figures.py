"""The figures of the report in their order, each with what a person looks for in it."""

from collections.abc import Iterator
from html import escape

from onlinecei.calibration.of_hits import HitCalibration
from onlinecei.calibration.record import Calibration
from onlinecei.calibration.report import captions, detector, flight, momenta
from onlinecei.calibration.report import lines as delay_lines
from onlinecei.calibration.words import channel_in_words
from onlinecei.detector.calibration import DelayLineCalibration


def figures(calibration: Calibration) -> Iterator[str]:
    """Every figure there are data for, under headings."""
    yield from _flight(calibration.hits)
    yield from _detector(calibration.hits, calibration.setup.detector.radius_mm)
    yield from _momenta(calibration.hits)
    yield from _drift(calibration.hits)
    if calibration.lines is not None:
        yield from _lines(calibration.lines)


def _figure(svg: str, words: str) -> str:
    return f"<figure>{svg}<figcaption>{escape(words)}</figcaption></figure>"


def _flight(hits: HitCalibration) -> Iterator[str]:
    if hits.spectrum is not None:
        yield "<h2>Flight times</h2>"
        yield _figure(flight.spectrum(hits.spectrum), captions.SPECTRUM)
    if hits.time_residuals is not None and hits.time_residuals.names:
        yield _figure(flight.residuals(hits.time_residuals), captions.RESIDUALS)


def _detector(hits: HitCalibration, radius_mm: float) -> Iterator[str]:
    if hits.images:
        yield "<h2>Where ions land</h2>"
        yield _figure(detector.images(hits.images, radius_mm), captions.IMAGES)
    if hits.landing is not None and hits.landing.names:
        yield _figure(detector.landing(hits.landing), captions.LANDING)


def _momenta(hits: HitCalibration) -> Iterator[str]:
    if not hits.momentum_sums:
        return
    yield f"<h2>Momentum sums</h2><p>{captions.SUMS}</p>"
    for found in hits.momentum_sums:
        yield f"<h3>{escape(channel_in_words(found.channel))}</h3>"
        said = captions.ONE_SUM.format(events=found.events, gate=found.gate_au, false=found.background_share)
        yield _figure(momenta.sums(found), said)
        yield _figure(momenta.maps(found), captions.SUM_MAPS)


def _drift(hits: HitCalibration) -> Iterator[str]:
    if hits.drifts is None:
        return
    found = hits.drifts
    said = captions.DRIFT.format(
        t0=found.change_t0_ns,
        t0_error=found.change_t0_error_ns,
        field=100 * found.change_field,
        field_error=100 * found.change_field_error,
    )
    yield "<h2>Drift through the run</h2>"
    yield _figure(flight.drift(found), said)


def _lines(lines: DelayLineCalibration) -> Iterator[str]:
    yield "<h2>Delay lines</h2>"
    yield _figure(delay_lines.time_sums(lines.time_sums), captions.TIME_SUMS)
    if lines.time_sum_maps:
        yield _figure(delay_lines.maps(lines.time_sum_maps), captions.TIME_SUM_MAPS)
    if lines.agreement is not None:
        yield _figure(delay_lines.agreement(lines.agreement), captions.AGREEMENT)
    if lines.image is not None:
        circle = "the rim of the plate, full circle" if lines.image.filled else "the circle that holds 99 % of them"
        yield _figure(delay_lines.image(lines.image), captions.IMAGE.format(hits=lines.hits, circle=circle))
    yield _figure(delay_lines.rates(lines.rates), captions.RATES)
    if any(each.drift_ns.size for each in lines.time_sums):
        yield _figure(delay_lines.drift(lines.time_sums), captions.LINE_DRIFT)
