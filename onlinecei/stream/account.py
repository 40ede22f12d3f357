"""The state of the reducer, as one frozen record: what a version shows, and what is saved."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from onlinecei.analysis import nothing
from onlinecei.arrays import U8
from onlinecei.centroids import merge
from onlinecei.errors import ResultError
from onlinecei.records import Delta, Facts
from onlinecei.stream import ranges
from onlinecei.stream.log import get_logger
from onlinecei.stream.revisions import EARLIER, Revision

NOT_MERGEABLE = "not mergeable"
log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Account:
    """Sums, and which trains they are of. Each change gives another record; the old one may be saved meanwhile."""

    revision: Revision
    """The setup of the sums."""
    total: Delta
    revisions: tuple[Revision, ...]
    """All that were agreed on, also those of trains to come."""
    seen: U8 = field(default_factory=ranges.none)
    """(R, 2) ranges of all trains that were applied or left out: none of them counts again."""
    run: str = ""
    trains_expected: int = 0
    finished: bool = False
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Trains that are not in the sums, by reason."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    quarantined: Mapping[str, int] = field(default_factory=dict)
    told: Facts = field(default_factory=Facts)
    """What ingest said last of how it does."""

    @classmethod
    def of(cls, revision: Revision) -> Self:
        """Begin with nothing."""
        return cls(revision=revision, total=nothing(revision.setup), revisions=(revision,))

    def with_delta(self, delta: Delta, revision: Revision, trains: U8) -> "Account":
        """Add a Delta; with one of a newer revision the sums begin anew."""
        account: Account = replace(self, seen=ranges.union(self.seen, trains))
        if revision.number > self.revision.number:
            account = _renewed(account, revision)
        if revision.number < self.revision.number:
            return _without(account, EARLIER, delta.train_count)
        return _merged(account, delta)

    def leaving_out(self, trains: U8, what: str, reason: str) -> Self:
        """Count trains that will not be analysed."""
        counts = dict(self.dropped if what == "dropped" else self.quarantined)
        counts[reason] = counts.get(reason, 0) + ranges.count(trains)
        account = replace(self, seen=ranges.union(self.seen, trains))
        return replace(account, dropped=counts) if what == "dropped" else replace(account, quarantined=counts)

    def knowing(self, revisions: tuple[Revision, ...]) -> Self:
        """Remember revisions."""
        known = {each.number: each for each in (*self.revisions, *revisions)}
        return replace(self, revisions=tuple(known[number] for number in sorted(known)))

    @property
    def left_out(self) -> dict[str, int]:
        """All trains that are not in the sums or lack something, by reason: also what never came to the reducer."""
        counts = {**self.rejected}
        for more in (self.told.missing, self.dropped, self.quarantined):
            for reason, count in more.items():
                counts[reason] = counts.get(reason, 0) + count
        return counts


def _merged(account: Account, delta: Delta) -> Account:
    try:
        _check_fit(delta, account.total)
        return replace(account, total=merge(account.total, delta))
    except ResultError as error:
        log.error("trains are left out", trains=delta.trains.tolist()[:4], reason=str(error))  # noqa: TRY400 - known
        return _without(account, NOT_MERGEABLE, delta.train_count)


def _without(account: Account, reason: str, trains: int) -> Account:
    if not trains:
        return account
    return replace(account, rejected={**account.rejected, reason: account.rejected.get(reason, 0) + trains})


def _renewed(account: Account, revision: Revision) -> Account:
    begun = nothing(revision.setup)
    return replace(_without(account, EARLIER, account.total.train_count), revision=revision, total=begun)


def _check_fit(delta: Delta, total: Delta) -> None:
    if delta.setup_hash == total.setup_hash and delta.values.shape != total.values.shape:
        raise ResultError(f"it holds {delta.values.size} sums, the setup lays out {total.values.size}")
