"""Set the intervals of refined geometries on the split `validation`: about a minute on one core.

Run it after any change of the weights of the network or of the forward model:
``python tables/calibrate_refinement.py [--weights FILE] [--limit N]``.
"""  # noqa: INP001

import argparse
from pathlib import Path

from rich.progress import Progress, TextColumn, TimeElapsedColumn

from onlinecei.cli._output import words
from onlinecei.molexa.data import SHIPPED, open_dataset
from onlinecei.molexa.evaluation.calibration import calibrate, write
from onlinecei.molexa.forward import Emulator
from onlinecei.molexa.network import load_network
from onlinecei.molexa.network.weights import shipped
from onlinecei.molexa.refine import intervals


def main() -> None:
    """Fit, print and write the factors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, help="of the network; omitted: those that come with the program")
    parser.add_argument("--limit", type=int, help="entries at most; omitted: all")
    chosen = parser.parse_args()
    network = load_network(chosen.weights or shipped("onlinecei"))
    done = 0
    with Progress(TextColumn("{task.completed:.0f} entries"), TimeElapsedColumn()) as progress:
        task = progress.add_task("", total=None)

        def tell(more: int) -> None:
            nonlocal done
            done += more
            progress.advance(task, more)

        found = calibrate(network, Emulator.load(), open_dataset(SHIPPED), chosen.limit, tell)
    about = f"{done} simulated entries of the split validation; by tables/calibrate_refinement.py"
    write(intervals.SHIPPED, found, about)
    words.print(f"{found} -> {intervals.SHIPPED}")


if __name__ == "__main__":
    main()
