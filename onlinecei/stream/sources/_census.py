"""Counts what a source gives: each train once, gaps between them, and everything that was not to be had, by reason."""

from collections import Counter
from collections.abc import Mapping

from onlinecei.arrays import U8
from onlinecei.records.facts import LONGEST_NAME
from onlinecei.records.left_out import REPEATED
from onlinecei.stream import ranges
from onlinecei.stream.sources._given import Given
from onlinecei.stream.sources._spells import Spells

GAP = "gap in the source"
LONGEST_GAP = 10_000_000
"""A step of more trains than eleven days have is no gap: somebody has set a counter anew."""


class Census:
    """All trains of a source.

    Parameters
    ----------
    step
        How much the IDs of successive trains differ.
    """

    def __init__(self, step: int = 1) -> None:
        self._step = step
        self._given = Given()
        self._told = -1
        """Largest ID of which an earlier life told."""
        self._counts: Counter[str] = Counter()
        self._spells = Spells()

    def __contains__(self, train_id: int) -> bool:
        return train_id in self._given

    @property
    def counts(self) -> Mapping[str, int]:
        """Trains that were not given or not given whole, by reason."""
        return {reason: count for reason, count in self._counts.items() if count > 0}

    def skip(self, trains: U8, newest: int = -1) -> None:
        """Take ranges (R, 2) of trains as given in an earlier life.

        Parameters
        ----------
        trains
            All that are known; what is heard of some of them later closes the gap that they left.
        newest
            Largest ID that the earlier life told of: it has counted what is missing up to there. -1: up to the end.
        """
        before = self._newest
        if before is not None:
            late = ranges.difference(trains, self._given.ranges)
            closed = ranges.count(late[(late[:, 0] > self._told) & (late[:, 1] < before)])
            self._counts[GAP] -= min(closed, self._counts[GAP])
        elif newest >= 0:
            self._told = newest
            for first, last in trains[trains[:, 1] > newest].tolist():
                self._count_gap(newest, first)
                newest = last
        self._given = Given(ranges.union(self._given.ranges, trains))

    def look(self, now: float) -> None:
        """Take the time, seconds: what is in the log once a minute goes by it."""
        self._spells.look(now)

    def reject(self, reason: str, detail: str = "", train_id: int | None = None) -> None:
        """Count something, and say it in the log: the first, once a minute while it goes on, and when it is over."""
        reason = reason[:LONGEST_NAME]
        self._counts[reason] += 1
        self._spells.meet(reason, detail, train_id)

    def note(self, train_id: int) -> bool:
        """Note a train that has come, and count what is missing before it; False: it came before.

        One that comes late after all closes its gap.
        """
        if train_id in self._given:
            self.reject(REPEATED, train_id=train_id)
            return False
        newest = self._newest
        if newest is not None and train_id < newest:
            self._counts[GAP] -= self._counts[GAP] > 0
        elif newest is not None:
            self._count_gap(newest, train_id)
        self._given.add(train_id)
        return True

    @property
    def _newest(self) -> int | None:
        """The largest ID that this life or an earlier one has heard of."""
        heard = [each for each in (self._told, self._given.newest) if each is not None and each >= 0]
        return max(heard, default=None)

    def _count_gap(self, newest: int, train_id: int) -> None:
        missing = (train_id - newest) // self._step - 1
        if missing > LONGEST_GAP:
            self.reject("train ids jumped", f"from {newest} to {train_id}", train_id)
        elif missing > 0:
            self._counts[GAP] += missing
