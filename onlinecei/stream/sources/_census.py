"""Counts what a source gives: each train once, gaps between them, and everything that was not to be had, by reason."""

from collections import Counter
from collections.abc import Mapping

from onlinecei.arrays import U8
from onlinecei.records.facts import LONGEST_NAME
from onlinecei.stream.log import get_logger
from onlinecei.stream.sources._given import Given

GAP = "gap in the source"
REPEATED = "repeated train id"
LONGEST_GAP = 10_000_000
"""A step of more trains than eleven days have is no gap: somebody has set a counter anew."""
log = get_logger(__name__)


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
        self._counts: Counter[str] = Counter()

    def __contains__(self, train_id: int) -> bool:
        return train_id in self._given

    @property
    def counts(self) -> Mapping[str, int]:
        """Trains that were not given or not given whole, by reason."""
        return {reason: count for reason, count in self._counts.items() if count > 0}

    def skip(self, trains: U8) -> None:
        """Take ranges (R, 2) of trains as given in an earlier life, which has counted what is between them."""
        self._given = Given(trains)

    def reject(self, reason: str, detail: str = "") -> None:
        """Count something, and put it into the log the first time."""
        reason = reason[:LONGEST_NAME]
        if not self._counts[reason]:
            log.warning(reason, detail=detail)
        self._counts[reason] += 1

    def note(self, train_id: int) -> bool:
        """Note a train that has come, and count what is missing before it; False: it came before.

        One that comes late after all closes its gap.
        """
        if train_id in self._given:
            self.reject(REPEATED)
            return False
        newest = self._given.newest
        if newest is not None:
            missing = (train_id - newest) // self._step - 1
            if missing > LONGEST_GAP:
                self.reject("train ids jumped", f"from {newest} to {train_id}")
            elif missing > 0:
                self._counts[GAP] += missing
            elif train_id < newest and self._counts[GAP]:
                self._counts[GAP] -= 1
        self._given.add(train_id)
        return True
