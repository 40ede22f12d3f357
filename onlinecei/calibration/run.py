"""A run from its file to a calibrated setup: delay lines first, then the spectrometer."""

from dataclasses import replace
from datetime import UTC, datetime

from onlinecei.calibration._rounding import rounded
from onlinecei.calibration.of_hits import calibrate_hits
from onlinecei.calibration.record import Calibration
from onlinecei.calibration.sample import Tell, sample
from onlinecei.calibration.words import sentence
from onlinecei.detector import delay_lines_of, hits_of
from onlinecei.detector.calibration import DelayLineCalibration, calibrate_delay_lines
from onlinecei.errors import RunFileError
from onlinecei.files.reader import TrainFile
from onlinecei.fitted import Fitted
from onlinecei.records import Batch, Edges
from onlinecei.setup import Setup

MOST_HITS = 1_000_000
"""Enough for errors that are systematic, not statistical; read and fitted in less than a minute."""


def calibrate(
    run: TrainFile, setup: Setup, *, hits: int = MOST_HITS, tell: Tell = lambda _what, _share: None
) -> Calibration:
    """Find out from a run what its detector and its spectrometer are like.

    Parameters
    ----------
    run
        Open for reading.
    setup
        What is known: the molecule, the lengths, about the field; with ``[delay_lines]`` for a run of edges.
    hits
        About how many hits to look at most (edges: seven times as many), in whole trains spread evenly over the run.
    tell
        Told what is being done, and what share of it is done (NaN: not known).

    Returns
    -------
    Calibration
        With the setup as it was where nothing could be determined; its remarks say why.

    Raises
    ------
    RunFileError
        The run holds no hits or edges that can be read.
    SetupError
        The run holds edges and the setup no ``[delay_lines]``.
    """
    if run.holds_edges:
        delay_lines_of(setup)
    batch = sample(run, hits, tell)
    rows = batch.rows
    if not rows:
        raise RunFileError(f"run '{run.path}' holds no hits and no edges: there is nothing to calibrate on")
    lines, now = None, setup
    if batch.edges is not None:
        lines, now, batch = _of_edges(batch, batch.edges, setup, tell)
    tell("fitting the spectrometer", float("nan"))
    found = calibrate_hits(batch, now)
    fitted = (() if lines is None else lines.fitted) + found.fitted
    remarks = (() if lines is None else lines.remarks) + found.remarks
    after, fitted = rounded(found.setup, fitted)
    return Calibration(
        run=run.path.name,
        simulated=batch.simulated,
        created=datetime.now(UTC),
        trains=batch.train_id.size,
        trains_of_run=run.trains,
        pulses=batch.pulses,
        rows=rows,
        before=setup,
        setup=after,
        fitted=_in_order(fitted),
        remarks=tuple(replace(each, text=sentence(each.text)) for each in remarks),
        lines=lines,
        hits=found,
    )


def _of_edges(batch: Batch, edges: Edges, setup: Setup, tell: Tell) -> tuple[DelayLineCalibration, Setup, Batch]:
    """Calibrate the delay lines, and sort the edges into hits with what was found."""
    tell("fitting the delay lines", float("nan"))
    lines = calibrate_delay_lines(edges, setup)
    now = setup.model_copy(update={"delay_lines": lines.section})
    tell("sorting edges into hits", float("nan"))
    made = hits_of(lines.put_right(edges), now)
    hits = replace(batch, edges=None, first_hit=made.first_hit, x_mm=made.x_mm, y_mm=made.y_mm, t_ns=made.t_ns)
    return lines, now, hits


def _in_order(fitted: tuple[Fitted, ...]) -> tuple[Fitted, ...]:
    """Sort by section, as in the setup file; within a section as they come."""
    sections = list(Setup.model_fields)
    return tuple(sorted(fitted, key=lambda each: sections.index(each.name.partition(".")[0])))
