"""Tables of what is said about an answer: stated intervals, and what refinement does and flags."""

from collections.abc import Mapping

import numpy as np

from onlinecei.molexa.evaluation.accuracy import COUNTS, ERRORS, counts
from onlinecei.molexa.evaluation.methods import median_of
from onlinecei.molexa.evaluation.run import SETS, Run
from onlinecei.molexa.evaluation.scores import Scores, quartiles
from onlinecei.molexa.evaluation.table import Cell, Table
from onlinecei.molexa.network.base import LEVELS

FAILED_TIMES, FAILED_AU = 2.0, 0.5
"""Refinement has failed where the error is more than so many times that before, or more than so large."""


def stated(run: Run, split: str) -> dict[str, Scores]:
    """Errors by the ways that state intervals."""
    cases = run.cases(split)
    draws = Scores.of(cases, [median_of(each) for each in run.drawn(split)])
    ways = {run.first: run.scores(split), f"{run.first}, spread of {run.draws} draws": draws}
    if run.forward:
        ways[f"{run.first}, refined"] = run.refined(split)
    return {name: scores for name, scores in ways.items() if np.isfinite(scores.uncertainty_au).any()}


def coverage(run: Run) -> Table:
    """Share of the true coordinates inside of the stated intervals, by set and by number of atoms."""
    rows: list[tuple[Cell, ...]] = []
    for split in run.splits:
        for name, scores in stated(run, split).items():
            rows.append((SETS[split], "all", name, *counts(scores), *_shares(scores)))
            for size in np.unique(scores.atoms).tolist():
                own = scores.where(scores.atoms == size)
                rows.append((SETS[split], str(size), name, *counts(own), *_shares(own)))
    levels = tuple(f"inside of {100 * level:.4g} % [%]" for level in LEVELS)
    return Table(
        title="Coverage of the stated intervals",
        columns=("set", "atoms", "intervals of", *COUNTS, *levels),
        rows=tuple(rows),
        note="Share of the true coordinates inside of the interval; of an entry first, then of a molecule. Counted "
        "with every explosion turned at random: along the axes of the molecular frame some coordinates are zero and "
        "would always be inside.",
    )


def _shares(scores: Scores) -> tuple[float, ...]:
    return tuple(100 * share for share in scores.coverage)


def by_uncertainty(run: Run) -> Table:
    """Errors by quartile of the stated uncertainty."""
    rows: list[tuple[Cell, ...]] = []
    for split in run.splits:
        for name, scores in stated(run, split).items():
            for number, own in enumerate(quartiles(scores), start=1):
                about = float(own.uncertainty_au.min()), float(own.uncertainty_au.max())
                rows.append((SETS[split], name, number, *counts(own), *about, *own.means))
    return Table(
        title="Errors by stated uncertainty",
        columns=("set", "uncertainty of", "quarter", *COUNTS, "from [a.u.]", "to [a.u.]", *ERRORS),
        rows=tuple(rows),
        note="Entries of a set in four quarters by the mean half-width of their 68.27 % intervals, the surest first.",
    )


def refinement(run: Run) -> Table:
    """Errors before and after refinement, how often it fails, and how many of the failures it flags."""
    rows: list[tuple[Cell, ...]] = []
    for split in run.splits:
        before, after = run.unrefined(split), run.refined(split)
        failure = failures(before, after)
        rows.append((SETS[split], "before", *counts(before), *before.means, *(None,) * 4))
        rows.append((SETS[split], "after", *counts(after), *after.means, *failure.values()))
    return Table(
        title=f"Refinement of {run.first}",
        columns=("set", "refinement", *COUNTS, *ERRORS, *_FAILURE),
        rows=tuple(rows),
        note=f"A failure is an entry whose error after refinement is more than {FAILED_TIMES:g} times that before, or "
        f"more than {FAILED_AU} a.u. Flagged are entries on which momenta, model and prior agree less than on nearly "
        "all of the split validation, those on which the draws of the network do not agree, and those with odd "
        "momenta. The last columns are shares of entries.",
    )


_FAILURE = ("failed [%]", "of these flagged [%]", "flagged of all [%]", "MAE of those not flagged [a.u.]")


def failures(before: Scores, after: Scores) -> Mapping[str, float]:
    """Share of entries that failed, share of these that were flagged, share flagged at all, and the MAE of the rest."""
    failed = ~(after.mae_au <= np.minimum(FAILED_TIMES * before.mae_au, FAILED_AU))
    flagged = after.flagged
    caught = 100 * float(flagged[failed].mean()) if failed.any() else np.nan
    trusted = after.where(~flagged)
    values = 100 * float(failed.mean()), caught, 100 * float(flagged.mean()), trusted.mean(trusted.mae_au)
    return dict(zip(_FAILURE, values, strict=True))
