"""A molecule in, a run file out."""

from pathlib import Path

from onlinecei.files.run import write_run
from onlinecei.setup import Setup
from onlinecei.twin.beamline import Progress, simulate
from onlinecei.twin.molecules import load_molecule
from onlinecei.twin.options import TwinOptions
from onlinecei.twin.setups import Kind, default_setup
from onlinecei.twin.truth import truth_path, write_truth


def make_run(
    molecule_text: str,
    out: Path,
    setup_text: str | None = None,
    options: TwinOptions | None = None,
    seed: int = 1,
    progress: Progress | None = None,
    *,
    detector: Kind = "hexanode",
) -> None:
    """Simulate a run and write it, with the truth about it in a file of its own.

    Parameters
    ----------
    molecule_text
        What `load_molecule` reads.
    out
        Run file; the truth goes to `NAME.truth.h5` beside it.
    setup_text
        TOML; omitted: `default_setup` of the molecule.
    options, seed, progress
        As for `simulate`.
    detector
        Kind of the delay lines of a setup that is made for a run of edges.
    """
    molecule, chosen = load_molecule(molecule_text), options or TwinOptions()
    text = default_setup(molecule, molecule_text, chosen, detector) if setup_text is None else setup_text
    batches, truth = simulate(molecule, Setup.from_toml(text), chosen, seed, progress)
    write_run(out, batches, text)
    write_truth(truth_path(out), truth)
