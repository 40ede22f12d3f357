"""The evaluation as a whole."""

from collections.abc import Iterator

from onlinecei.molexa.evaluation import ablations, accuracy, bonds, conditions, honesty
from onlinecei.molexa.evaluation.run import Run
from onlinecei.molexa.evaluation.table import Table

READ = (
    "All momenta here are simulated: Monte Carlo explosions of molecules that are in no training data, each entry the "
    "mean over the trajectories that ended with the same charges. MAE: mean absolute error of the coordinates about "
    "the centre of mass, in the molecular frame of the momenta (x along the heaviest ion, y in the half-plane of the "
    "ion that flies most nearly across). Explosions are given turned at random, and the answers turned "
    "into that frame to count: in it some coordinates are zero, whatever is found. DE: errors of the distances of all "
    "pairs of atoms, their mean and their maximum in a molecule; AE: the same of the angles of all triplets. Every "
    "figure is a mean over the entries of a molecule, then over the molecules, so that no molecule counts more for "
    "having more entries. The atoms of the truth carry the labels of the momenta, equal atoms too: nothing is permuted."
)
"""How to read the tables."""


def tables(run: Run) -> Iterator[Table]:
    """Make one table after another."""
    yield accuracy.by_set(run)
    yield accuracy.by_atoms(run)
    for made in (accuracy.of_molecules(run), bonds.diatomics(run)):
        if made is not None:
            yield made
    yield bonds.inversion(run)
    yield conditions.missing_ions(run)
    yield conditions.channels_together(run)
    yield accuracy.by_answer(run)
    if run.forward is not None:
        yield honesty.refinement(run)
    yield honesty.coverage(run)
    yield honesty.by_uncertainty(run)
    if (variants := ablations.table()) is not None:
        yield variants


def markdown(made: list[Table], command: str, machine: str, day: str) -> str:
    """The tables as a page, with how they were made."""
    head = f"# Accuracy\n\nMade by `{command}` on {day}, {machine}.\n\n{READ}\n"
    return "\n".join([head, *(table.markdown() for table in made)])


def plain(made: list[Table], command: str, machine: str, day: str) -> dict[str, object]:
    """The same for JSON."""
    return {
        "command": command,
        "date": day,
        "machine": machine,
        "note": READ,
        "tables": [table.plain() for table in made],
    }
