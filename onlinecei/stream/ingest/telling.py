"""What ingest says of itself to the reducer."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from onlinecei.arrays import U8
from onlinecei.records import Facts
from onlinecei.records.left_out import REPEATED
from onlinecei.stream import ranges
from onlinecei.stream.facts import facts_buffers
from onlinecei.stream.revisions import revisions_buffers
from onlinecei.stream.wire import Kind, Message, Scalar

if TYPE_CHECKING:
    from onlinecei.stream.ingest.ingest import Ingest

LOST = "lost with the state"
LOST_WAITING = "lost with ingest"
NOT_SAVED = "batches are forgotten before they are on disk: {failed}; {trains:,} trains would be lost with the reducer"


def statement(ingest: "Ingest", kind: Kind) -> Message:
    """Give a HELLO, SAVE, FACTS or END."""
    info: dict[str, Scalar] = {"trains_expected": ingest.source.trains_expected}
    if kind is Kind.HELLO:
        info["fence"] = ingest.source.repeatable
        buffers = revisions_buffers(ingest.revisions.known)
    else:
        info["interrupted"] = ingest.interrupted
        buffers = facts_buffers(facts(ingest))
    return Message(
        kind=kind, incarnation=ingest.incarnation, sequence=ingest.ledger.number, run=ingest.source.run, info=info,
        buffers=buffers,
    )  # fmt: skip


def facts(ingest: "Ingest") -> Facts:
    """Give what ingest knows of how the line does; counts of an earlier incarnation are in them."""
    before, arrivals = ingest.before, ingest.intake.arrivals
    return Facts(
        mode=ingest.mode,
        newest_train=max(before.newest_train, _newest(arrivals.known)),
        trains_received=before.trains_received + arrivals.trains,
        pulses_received=before.pulses_received + arrivals.pulses,
        hits_received=before.hits_received + arrivals.rows,
        missing=_missing(ingest),
        messages_rejected={"ingest": ingest.rejected_messages()},
        queues={
            "waiting for a worker": len(arrivals) + len(ingest.ledger.waiting()),
            "not applied": len(ingest.ledger.open),
            "not safe on disk": len(ingest.ledger.entries),
            "not recorded": ingest.recording.pending,
        },
        degraded=tuple(_wrong(ingest)),
        errors=dict(ingest.errors),
        idle_s=None if arrivals.newest is None else max(ingest.clock() - arrivals.newest, 0.0),
    )


def _missing(ingest: "Ingest") -> Mapping[str, int]:
    """Trains that are not there, by reason. A file is read again from its start, and counts again."""
    own = {REPEATED: ingest.intake.arrivals.repeated, LOST: ingest.lost, LOST_WAITING: _lost_waiting(ingest)}
    counts = {**ingest.source.counts}
    before = {} if ingest.source.repeatable else ingest.before.missing
    earlier = {reason: count for reason, count in before.items() if reason != LOST_WAITING}
    for part in (own, earlier):
        for reason, count in part.items():
            counts[reason] = counts.get(reason, 0) + count
    return {reason: count for reason, count in counts.items() if count}


def _lost_waiting(ingest: "Ingest") -> int:
    """Trains of a live source that earlier incarnations told of, and that never came to the state."""
    before = ingest.before
    if ingest.source.repeatable or not before.newest_train:
        return 0
    arrived = ranges.count_up_to(ingest.earlier, before.newest_train)
    return max(before.trains_received - arrived - before.missing.get(LOST, 0), 0)


def _newest(known: U8) -> int:
    return min(int(known[-1, 1]), 2**63 - 1) if known.size else 0


def _wrong(ingest: "Ingest") -> list[str]:
    wrong = []
    if ingest.waived and ingest.standing.failed:
        wrong.append(NOT_SAVED.format(failed=ingest.standing.failed, trains=ingest.waived))
    if ingest.recording.not_recorded:
        wrong.append(f"the recorder is too slow: {ingest.recording.not_recorded:,} trains are not recorded")
    for name, seconds in ingest.handing.crew.silent(ingest.clock(), ingest.handing.patience_s):
        wrong.append(f"{name} has not spoken for {seconds:.0f} s, and holds trains")
    if ingest.suspects.unwritten:
        wrong.append(f"{len(ingest.suspects.unwritten)} trains cannot be set aside on disk")
    return wrong
