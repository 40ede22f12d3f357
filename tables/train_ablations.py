"""Train variants of the networks for the same time each, and write what each comes to; goes on where it was stopped.

Hours on one core: python tables/train_ablations.py --minutes 40
"""  # noqa: INP001

import argparse
import math
from datetime import UTC, datetime
from pathlib import Path

import torch

from onlinecei.bench import machine
from onlinecei.cli._output import words
from onlinecei.cli._stopping import asked_to_stop
from onlinecei.molexa.data import SHIPPED, open_dataset
from onlinecei.molexa.evaluation import ablations


def main() -> None:
    """Read the options and train."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=40.0, help="of training for each variant")
    options.add_argument("--work", type=Path, default=Path("out/ablations"), help="directory of the trainings")
    options.add_argument("--out", type=Path, default=ablations.SHIPPED, help="JSON file of the figures")
    given = options.parse_args()
    torch.set_num_threads(1)
    with asked_to_stop(math.inf) as stop:
        rows = ablations.train_all(
            ablations.VARIANTS,
            given.minutes,
            given.work,
            given.out,
            open_dataset(SHIPPED),
            about=f"{machine()}, {datetime.now(UTC).date().isoformat()}",
            stop=stop,
            tell=words.print,
        )
    words.print(f"{len(rows)} of {len(ablations.VARIANTS)} variants are done: {given.out}")


if __name__ == "__main__":
    main()
