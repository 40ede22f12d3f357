"""How a line does: what came in, what was left out and why, how late it is, and what is wrong."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from annotated_types import Ge, Lt, MaxLen

STALE_AFTER_S = 5.0
"""A machine gives ten trains a second; this long a silence is worth a walk to the rack."""
MOST_ENTRIES = 64
"""Of a map or list of facts."""
LONGEST_NAME = 100
WITHOUT = "analysed without"
"""Ends the reasons of trains that are in the result and lack something, such as a delay."""
LONGEST_WORDS = 500
LATENCY_BOUNDS_S = tuple(ms / 1000 for ms in (5, *range(10, 101, 10), 120, 150, 200, 300, 500, 1000, 3000))
"""Closest where it is asked whether a tenth of a second is kept."""

Count: TypeAlias = Annotated[int, Ge(0), Lt(2**63)]
Name: TypeAlias = Annotated[str, MaxLen(LONGEST_NAME)]
Words: TypeAlias = Annotated[str, MaxLen(LONGEST_WORDS)]
Seconds: TypeAlias = Annotated[float, Ge(0), Lt(math.inf)]
Counts: TypeAlias = Annotated[Mapping[Name, Count], MaxLen(MOST_ENTRIES)]


class Condition(StrEnum):
    """One word for how a line does."""

    LIVE = "LIVE"
    """Trains come from the facility."""
    REPLAY = "REPLAY"
    """Trains come from a file."""
    FINISHED = "FINISHED"
    """The source has ended and everything is in the state."""
    STALE = "STALE"
    """No train has come for a while, or the line does not answer."""
    DEGRADED = "DEGRADED"
    """It works, and something is wrong that a person has to look at."""

    @property
    def is_good(self) -> bool:
        """Whether nobody has to come."""
        return self not in {Condition.STALE, Condition.DEGRADED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a line says of itself with each version; all counts are since its start."""

    mode: Literal["live", "replay"] = "replay"
    """Where trains come from."""
    trains_received: Count = 0
    """Trains that the source gave."""
    newest_train: Count = 0
    """Largest ID of these."""
    pulses_received: Count = 0
    hits_received: Count = 0
    """Hits, or delay-line edges."""
    dropped: Counts = field(default_factory=dict)
    """Trains left out by policy, by reason."""
    quarantined: Counts = field(default_factory=dict)
    """Trains set aside on disk, by reason."""
    missing: Counts = field(default_factory=dict)
    """Trains that the source should have given and did not, or gave without something, by reason."""
    messages_rejected: Counts = field(default_factory=dict)
    """Messages that did not follow the protocol, by process."""
    restarts: Counts = field(default_factory=dict)
    """Restarts, by process."""
    queues: Counts = field(default_factory=dict)
    """What waits, by queue."""
    degraded: Annotated[tuple[Words, ...], MaxLen(MOST_ENTRIES)] = ()
    """What is wrong now, in plain words; empty where nothing is."""
    errors: Annotated[Mapping[Name, Words], MaxLen(MOST_ENTRIES)] = field(default_factory=dict)
    """Last error, by process."""
    idle_s: Seconds | None = None
    """Since the newest train came in; None where none has."""
    latency_p50_s: Seconds | None = None
    """From the arrival of a train to the version with it, median of the last thousand batches; None: not known."""
    latency_p99_s: Seconds | None = None
    """Likewise: one in a hundred is slower."""
    latency_counts: Annotated[tuple[Count, ...], MaxLen(len(LATENCY_BOUNDS_S) + 1)] = ()
    """Batches since the start, by latency: up to each of `LATENCY_BOUNDS_S` from the one before, then those beyond."""
    recording: Words = ""
    """What the recorder does, in plain words; empty where nothing is recorded."""
    trains_recorded: Count = 0


def condition(facts: Facts, *, finished: bool, silent_s: float = 0.0) -> Condition:
    """Give the one word for a line: the worst that is true of it.

    Parameters
    ----------
    facts
        What it said last.
    finished
        Whether its source has ended.
    silent_s
        For how long it has not answered, in seconds.
    """
    if silent_s > STALE_AFTER_S and not finished:
        return Condition.STALE
    if facts.degraded:
        return Condition.DEGRADED
    if finished:
        return Condition.FINISHED
    if (facts.idle_s or 0.0) + silent_s > STALE_AFTER_S:
        return Condition.STALE
    return Condition.LIVE if facts.mode == "live" else Condition.REPLAY
