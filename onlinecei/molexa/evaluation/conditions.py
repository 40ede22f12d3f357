"""Tables of explosions that are seen in part, or more than once."""

from onlinecei.molexa.evaluation.accuracy import COUNTS, ERRORS, counts
from onlinecei.molexa.evaluation.cases import can_miss, cases_together, in_channels, without_ions
from onlinecei.molexa.evaluation.run import SETS, Run
from onlinecei.molexa.evaluation.scores import Scores
from onlinecei.molexa.evaluation.table import Cell, Table

_MOST_CHANNELS = 3


def missing_ions(run: Run) -> Table:
    """One and two ions missing, beside the same entries with all ions."""
    rows: list[tuple[Cell, ...]] = []
    for split in run.splits:
        for ions in (1, 2):
            rows += _missing(run, split, ions)
    return Table(
        title=f"Missing ions, {run.first}",
        columns=("set", "ions missing", *COUNTS, *ERRORS, "MAE over complete"),
        rows=tuple(rows),
        note="The formula and all charges are known, the momenta of the missing ions are not; which ones is drawn from "
        "a fixed seed. Two ions stay at least, of a diatomic molecule one. Each row stands below that of the same "
        "entries with all ions.",
    )


def _missing(run: Run, split: str, ions: int) -> list[tuple[Cell, ...]]:
    usable = [number for number, case in enumerate(run.cases(split)) if can_miss(case, ions)]
    if not usable:
        return []
    cases = [run.cases(split)[number] for number in usable]
    whole = Scores.of(cases, [run.found(split)[number] for number in usable])
    part = run.scores_of(f"{ions} missing: {SETS[split]}", without_ions(cases, ions))
    ratio = part.means[0] / whole.means[0]
    return [
        (SETS[split], f"none, where {ions} can be", *counts(whole), *whole.means, None),
        (SETS[split], f"{ions}", *counts(part), *part.means, ratio),
    ]


def channels_together(run: Run) -> Table:
    """One, two and three channels of the same geometries."""
    rows: list[tuple[Cell, ...]] = []
    for split in run.splits:
        cases = cases_together(run.dataset, split, _MOST_CHANNELS, run.limit)
        one = 0.0
        for channels in range(1, _MOST_CHANNELS + 1) if cases else ():
            seen = [in_channels(case, channels) for case in cases]
            scores = run.scores_of(f"{channels} channels: {SETS[split]}", seen)
            one = one or scores.means[0]
            rows.append((SETS[split], channels, *counts(scores), *scores.means, scores.means[0] / one))
    return Table(
        title=f"Several channels together, {run.first}",
        columns=("set", "channels", "molecules", "geometries", *ERRORS, "MAE over one channel"),
        rows=tuple(rows),
        note="Each channel beyond the first is given in a frame of its own. Geometries with three entries or more, "
        "each once.",
    )
