"""Tables of ways that need no network, beside the networks."""

from collections.abc import Iterator

from onlinecei.molexa.evaluation import published
from onlinecei.molexa.evaluation.accuracy import COUNTS, ERRORS, counts
from onlinecei.molexa.evaluation.baselines import fitted_factor, from_energy, inverted
from onlinecei.molexa.evaluation.cases import Case, cases_of
from onlinecei.molexa.evaluation.methods import Found, answering
from onlinecei.molexa.evaluation.run import SETS, Run
from onlinecei.molexa.evaluation.scores import Scores
from onlinecei.molexa.evaluation.table import Cell, Table


def diatomics(run: Run) -> Table | None:
    """Bond lengths beside those from the kinetic energy alone; None where no set has diatomic molecules."""
    sets = {split: cases_of(run.dataset, split, run.limit, atoms=2) for split in (*run.splits, "validation")}
    if not any(sets.values()):
        return None
    factor = fitted_factor(cases_of(run.dataset, "train", atoms=2))
    rows = [row for split, cases in sets.items() if cases for row in _of_diatomics(run, split, cases, factor)]
    paper: list[tuple[Cell, ...]] = [
        ("the paper's test set", f"paper: {name}", None, None, error) for name, error in published.BONDS.items()
    ]
    return Table(
        title="Bond lengths of diatomic molecules",
        columns=("set", "from", *COUNTS, "mean error [a.u.]"),
        rows=(*rows, *paper),
        note="1/KER is q1 q2 / KER in atomic units: charges that appear at once. The c of c/KER is fitted on the "
        "diatomic molecules of the train split, to the least mean absolute error; the paper fitted its 0.797 on its "
        "test set. Test has few diatomic molecules, hence those of validation too, which no weights are fitted to.",
    )


def _of_diatomics(run: Run, split: str, cases: list[Case], fitted: float) -> Iterator[tuple[Cell, ...]]:
    for name, network in run.networks.items():
        found = run.through(f"{name}: diatomic molecules", answering(network), cases)
        yield _bond_row(split, name, cases, found)
    for name, factor in (("1/KER", 1.0), ("fitted", fitted), ("of the paper", published.FACTOR)):
        label = name if factor == 1 else f"{factor:.3f}/KER, {name}"
        yield _bond_row(split, label, cases, [from_energy(case, factor) for case in cases])


def _bond_row(split: str, name: str, cases: list[Case], found: list[Found]) -> tuple[Cell, ...]:
    scores = Scores.of(cases, found)
    return SETS[split], name, *counts(scores), scores.mean(scores.mean_de_au)


def inversion(run: Run) -> Table:
    """Classical inversion alone, on some entries, beside the first network on the same."""
    rows: list[tuple[Cell, ...]] = []
    for split in run.splits:
        cases = run.few_cases(split)
        found = run.slowly(f"classical inversion: {SETS[split]}", inverted, cases)
        there = [each for each, own in zip(cases, found, strict=True) if not own.missing]
        ways = {
            "classical inversion alone": Scores.of(cases, found),
            f"{run.first}, the same entries": run.scores_of(f"{run.first}: {SETS[split]}, some", there),
        }
        rows += [(SETS[split], name, len(cases), *counts(own), *own.means) for name, own in ways.items()]
    return Table(
        title="Classical inversion alone",
        columns=("set", "way", "tried", *COUNTS, *ERRORS),
        rows=tuple(rows),
        note="Least squares through the classical explosion with one effective charge-up, from four starts, without a "
        "network; the entries are those for which it ends in a geometry.",
    )
