"""What is kept of a batch and of a run: sums that merge exactly, and samples of single events and pulses."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from onlinecei.arrays import F4, F8, I8, U4, U8, Bool
from onlinecei.records.facts import Facts
from onlinecei.records.left_out import incomplete, left_out


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptEvents:
    """Events of one channel kept one by one: those of the pulses whose numbers have the smallest hashes.

    Such a sample is fair, and does not depend on the order in which events come. The rows stand in the order of the
    hash.
    """

    limit: int
    """Most events that are kept."""
    train_id: U8
    """(E,)"""
    pulse: U4
    """(E,) place of the pulse in its train."""
    position: U4
    """(E,) place among the channel's events of this pulse."""
    delay_fs: F8
    """(E,) of the pulse; NaN where it is not known."""
    momentum_au: F4
    """(E, N, 3) laboratory momenta, in the canonical order of the channel."""

    @property
    def events(self) -> int:
        """How many are kept."""
        return int(self.train_id.size)

    def chosen(self, rows: slice | Bool) -> "KeptEvents":
        """Some of the events, in the same order."""
        return KeptEvents(
            limit=self.limit, train_id=self.train_id[rows], pulse=self.pulse[rows], position=self.position[rows],
            delay_fs=self.delay_fs[rows], momentum_au=self.momentum_au[rows],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptPulses:
    """Whole pulses with all their accepted hits, none included: a fair sample of a run, and a small run in itself.

    They are all pulses whose numbers have a hash below the ceiling, in the order of the hash. Pulses of more than
    `centroids.chosen_pulses.MOST_HITS` hits are never among them.
    """

    limit: int
    """Most that may be kept: each pulse counts for one, and each of its hits."""
    ceiling: int
    """The hash at which the limit was reached; 2^64 - 1 where it was not."""
    train_id: U8
    """(P,)"""
    pulse: U4
    """(P,) place of the pulse in its train."""
    delay_fs: F8
    """(P,) NaN where it is not known."""
    energy_uj: F4
    """(P,) NaN where it is not known."""
    first_hit: U8
    """(P + 1,) pulse p owns the hits first_hit[p] to first_hit[p + 1]."""
    x_mm: F4
    """(H,)"""
    y_mm: F4
    """(H,)"""
    t_ns: F4
    """(H,) in order within each pulse."""
    later: tuple["KeptPulses", ...] = ()
    """Samples that are still to be united with this one, which waits until there is enough of them: look at the
    columns after `centroids.kept_pulses.settled` only."""

    @property
    def pulses(self) -> int:
        """How many are kept."""
        return int(self.train_id.size)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Delta:
    """What a batch adds: integer sums and histograms in the order of `centroids.Layout`, and the trains they are from.

    Integers make merging exact, so that neither the number of workers nor the order of batches changes one bit.
    """

    setup_hash: str
    values: I8
    """(V,) every sum and every histogram, end to end."""
    trains: U8
    """(R, 2) ranges of train IDs, first and last inclusive, in order."""
    kept: tuple[KeptEvents, ...] = ()
    """Single events of the channels that `centroids.kept_channels` names, in that order; empty where they were left
    out on the way to a reader that does not need them."""
    pulses: KeptPulses | None = None
    """A sample of whole pulses; None where the setup keeps none, and where it was left out on the way."""
    simulated: bool = False
    """Whether some of its trains come from a simulation."""

    @property
    def train_count(self) -> int:
        """How many trains are in it."""
        return int((self.trains[:, 1] - self.trains[:, 0] + 1).sum()) if self.trains.size else 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """All that has been measured so far, as one version of the reducer's."""

    total: Delta
    version: int = 0
    """Grows by one with every publication."""
    finished: bool = False
    """Whether the run has ended and nothing more will come."""
    trains_expected: int = 0
    """Trains that the source announced; 0 where it cannot know."""
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Trains that could not be used, or lack something, by reason; of a line also most of what its facts name."""
    facts: Facts = field(default_factory=Facts)
    """How the line does that measured it."""

    @property
    def left_out(self) -> dict[str, int]:
        """Trains that are not in the sums, by reason, each counted once."""
        return left_out(self.rejected, self.facts)

    @property
    def incomplete(self) -> dict[str, int]:
        """Trains that are in the sums and lack something, by what it is."""
        return incomplete(self.rejected, self.facts)

    @property
    def trains_missing(self) -> int:
        """Trains that were announced and are neither in the sums nor counted as left out."""
        return max(self.trains_expected - self.total.train_count - sum(self.left_out.values()), 0)
