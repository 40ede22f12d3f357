"""A fair part of a run: whole trains from all over it, so that a drift is seen."""

from collections.abc import Callable, Iterator
from itertools import islice, pairwise, takewhile

import numpy as np

from onlinecei.files.reader import TrainFile
from onlinecei.records import Batch, Train, rows_for

Tell = Callable[[str, float], None]
"""Told what is being done, and what share of it is done."""

PLACES = 100
"""Places of a large run that trains are taken from: many more than a drift is followed by."""
_UNEVEN = (5**0.5 - 1) / 2
"""Moves the beginnings within their parts, so that they do not keep step with a pattern of the machine, such as a pump
laser that fires on every other train; the golden ratio is the number that is farthest from keeping step with any."""
_BATCH, _PIECE = 100_000, 5_000
"""Hits read at once, of a whole run and of a part."""


def sample(run: TrainFile, hits: int, tell: Tell = lambda _what, _share: None) -> Batch:
    """Read the whole run, or whole trains from all over it.

    Parameters
    ----------
    run
        Open for reading.
    hits
        About how many hits to read at most, or seven times as many delay-line edges.
    tell
        Told the share that is read.

    Returns
    -------
    Batch
        In the order of the file. Trains that cannot be read are left out; ``run.skipped`` counts them.
    """
    wanted = _trains_wanted(run, hits)
    places = min(PLACES, wanted) if wanted < run.trains else 1
    bounds = np.linspace(0, run.trains, places + 1).astype(int).tolist()
    trains: list[Train] = []
    counts = np.diff(np.linspace(0, wanted, places + 1).astype(int)).tolist()
    for place, ((start, stop), count) in enumerate(zip(pairwise(bounds), counts, strict=True)):
        offset = int((place * _UNEVEN) % 1 * max(stop - start - count + 1, 0))
        trains.extend(_some(run, start + offset, stop, count))
        tell("reading the run", (place + 1) / places)
    return Batch.of(trains)


def _trains_wanted(run: TrainFile, hits: int) -> int:
    most = rows_for(hits, edges=run.holds_edges)
    rows = run.contents.get("delay-line edges" if run.holds_edges else "hits") or _about(run)
    return run.trains if rows <= most else max(int(run.trains * most / rows), 1)


def _about(run: TrainFile) -> float:
    """Say about how many rows a run has that does not know it itself: its first trains tell."""
    first = next(run.batches(_PIECE), None)
    return 0.0 if first is None else first.rows / first.train_id.size * run.trains


def _some(run: TrainFile, start: int, stop: int, count: int) -> Iterator[Train]:
    """Give so many trains from `start` on, fewer where the next part begins before."""
    part = set(run.train_id[start:stop].tolist())
    batches = run.batches(hits_per_batch=_BATCH if count == run.trains else _PIECE, start_train=start)
    trains = (train for batch in batches for train in batch.trains())
    return takewhile(lambda train: train.train_id in part, islice(trains, count))
