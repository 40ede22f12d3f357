"""Tables of the errors: by set, by number of atoms, by the kind of answer, and of single molecules."""

from collections.abc import Iterator

import numpy as np

from onlinecei.molexa.evaluation import published
from onlinecei.molexa.evaluation.methods import median_of, one_of
from onlinecei.molexa.evaluation.run import SETS, Run
from onlinecei.molexa.evaluation.scores import Scores
from onlinecei.molexa.evaluation.table import Cell, Table

ERRORS = ("MAE [a.u.]", "mean DE [a.u.]", "max DE [a.u.]", "mean AE [deg]", "max AE [deg]")
COUNTS = ("molecules", "entries")
_PAPER = "paper: MOLEXA"


def counts(scores: Scores) -> tuple[int, int]:
    """Molecules and entries."""
    return scores.molecules, scores.entries


def by_set(run: Run) -> Table:
    """Every network on every set, beside the paper."""
    return Table(
        title="Accuracy",
        columns=("set", "network", *COUNTS, *ERRORS, "MAE over the paper's", "MAE, any frame [a.u.]"),
        rows=tuple(row for split in run.splits for row in _of_set(run, split)),
        note="One channel with all ions. Molecules of 2 to 7 atoms are at and around equilibrium (displacements of "
        "0.03 to 0.25 angstrom), larger ones at equilibrium. The paper's figures are of its own simulated test sets: "
        "other molecules, another simulation. Coordinates across the axes of the frame are small, there as here; the "
        "last column is what the MAE is on average over all orientations of the frame.",
    )


def _of_set(run: Run, split: str) -> Iterator[tuple[Cell, ...]]:
    paper = published.SPLITS.get(split)
    for name in run.networks:
        scores = run.scores(split, name)
        ratio = scores.means[0] / paper[0] if paper else None
        yield SETS[split], name, *counts(scores), *scores.means, ratio, scores.mean(scores.any_frame_mae_au)
    if paper:
        yield SETS[split], _PAPER, None, None, *paper, None, None


def by_atoms(run: Run) -> Table:
    """Every network by number of atoms."""
    rows: list[tuple[Cell, ...]] = []
    for split in run.splits:
        every = {name: run.scores(split, name) for name in run.networks}
        sizes = np.unique(every[run.first].atoms).tolist()
        of_size = [(name, each.where(each.atoms == size)) for size in sizes for name, each in every.items()]
        rows += [(SETS[split], int(own.atoms[0]), name, *counts(own), *own.means) for name, own in of_size]
    return Table(title="By number of atoms", columns=("set", "atoms", "network", *COUNTS, *ERRORS), rows=tuple(rows))


def by_answer(run: Run) -> Table:
    """The answer of the first network beside its draws."""
    rows: list[tuple[Cell, ...]] = []
    for split in run.splits:
        drawn, cases = run.drawn(split), run.cases(split)
        ways = {
            "answer": run.scores(split),
            "one draw": Scores.of(cases, [one_of(each) for each in drawn]),
            f"median of {run.draws} draws": Scores.of(cases, [median_of(each) for each in drawn]),
        }
        rows += [(SETS[split], name, *counts(own), *own.means) for name, own in ways.items()]
    return Table(
        title=f"Answer and draws of {run.first}",
        columns=("set", "geometry", *COUNTS, *ERRORS),
        rows=tuple(rows),
        note="The answer is the same every time; draws differ.",
    )


def of_molecules(run: Run) -> Table | None:
    """The three molecules that the paper measured; None where none of them is in the sets."""
    rows: list[tuple[Cell, ...]] = []
    for split in run.splits:
        scores = run.scores(split)
        for name, (spoken, figures) in published.MEASURED.items():
            own = scores.where(scores.molecule == name)
            if own.entries:
                rows.append((spoken, f"{run.first}, simulated momenta", own.entries, *own.means))
                rows.append((spoken, f"{_PAPER}, measured momenta", None, *figures))
    if not rows:
        return None
    return Table(
        title="Molecules that the paper measured",
        columns=("molecule", "network and momenta", "entries", *ERRORS),
        rows=tuple(rows),
        note="Ours: entries of the test sets, at and around equilibrium, without an instrument. The paper's: measured, "
        "through a real instrument. A replay of a simulated run goes through the whole instrument.",
    )
