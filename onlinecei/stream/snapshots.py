"""A version of the state as a message, and back; the saved state is such a message too."""

from collections.abc import Mapping
from dataclasses import replace

from onlinecei.arrays import AnyArray
from onlinecei.centroids import Layout
from onlinecei.errors import WireError
from onlinecei.files.columns import from_columns, to_columns
from onlinecei.files.false_columns import false_from_columns, false_to_columns
from onlinecei.records import Facts, FalseCounts, Reconstruction, Snapshot, State
from onlinecei.records.left_out import FOR_OTHER_REASONS
from onlinecei.stream import ranges
from onlinecei.stream.account import Account
from onlinecei.stream.facts import facts_buffers, facts_of
from onlinecei.stream.revisions import Revision, revisions_buffers, revisions_of
from onlinecei.stream.wire import MAX_NAME, Kind, Message, Scalar, delta_buffers, delta_info, delta_of, fact

MOST_REASONS = 16
"""Of a kind, by name in a message."""
MOST_COUNTED = 2**63 - 1
"""No line leaves out as many trains; what a process says of them, however senseless, still fits into a message."""


def message_of(
    account: Account, version: int, facts: Facts, geometry: Message | None = None, *, events: bool = True
) -> Message:
    """Put a version, with the latest geometries, into a message; what is kept only with `events`."""
    total = account.total if events else replace(account.total, kept=(), pulses=None)
    buffers: dict[str, AnyArray] = delta_buffers(total) | (dict(geometry.buffers) if geometry else {})
    info: dict[str, Scalar] = {
        **delta_info(total),
        "finished": account.finished,
        "trains_expected": account.trains_expected,
        "geometry": geometry.sequence if geometry else -1,
        **_counts("rejected", account.left_out),
    }
    message = Message(
        kind=Kind.SNAPSHOT, sequence=version, run=account.run, info=info, buffers=buffers | facts_buffers(facts)
    )
    return account.revision.on(message)


def snapshot_of(message: Message) -> Snapshot:
    """Read a snapshot from its message."""
    if message.kind is not Kind.SNAPSHOT:
        raise WireError(f"a message of kind '{message.kind}' is not a snapshot")
    state = State(
        total=delta_of(message),
        version=message.sequence,
        finished=bool(message.info.get("finished", False)),
        trains_expected=fact(message, "trains_expected", 0),
        rejected=_counted("rejected", message),
        facts=facts_of(message),
    )
    revision = Revision.of(message)
    return Snapshot(
        run=message.run,
        setup_text=revision.setup_text,
        state=state,
        reconstructions=from_columns(message.buffers) if "ions" in message.buffers else (),
        reconstructed_version=fact(message, "geometry", -1),
        false_counts=_false_counts(message, revision) if "false_counts" in message.buffers else None,
    )


def _false_counts(message: Message, revision: Revision) -> FalseCounts | None:
    return false_from_columns(message.buffers, Layout.of(revision.setup))


def saved_message(account: Account, version: int) -> Message:
    """Put all that the reducer has to know after a restart into a message: a snapshot with more in it.

    Geometries are not: they are made anew from the sums.
    """
    message = message_of(account, version, account.told)
    others = {name: value for name, value in message.info.items() if not name.startswith("rejected ")}
    kinds = {"own": account.rejected, "dropped": account.dropped, "quarantined": account.quarantined}
    counts = {name: value for kind, each in kinds.items() for name, value in _counts(kind, each).items()}
    more = {"seen": account.seen, **revisions_buffers(account.revisions)}
    return replace(message, info={**others, **counts}, buffers={**message.buffers, **more})


def restored(message: Message) -> Account:
    """Read what was saved."""
    return Account(
        revision=Revision.of(message),
        total=delta_of(message),
        revisions=revisions_of(message),
        seen=ranges.set_of(message, "seen"),
        run=message.run,
        trains_expected=fact(message, "trains_expected", 0),
        finished=bool(message.info.get("finished", False)),
        rejected=_counted("own", message),
        dropped=_counted("dropped", message),
        quarantined=_counted("quarantined", message),
        told=facts_of(message),
    )


def geometry_message(
    version: int, reconstructions: list[Reconstruction], false_counts: FalseCounts | None = None
) -> Message:
    """Put the geometries of a version, and the false coincidences in its histograms, into a message."""
    buffers = to_columns(reconstructions) | false_to_columns(false_counts)
    return Message(kind=Kind.GEOMETRY, sequence=version, buffers=buffers)


def _counts(kind: str, counts: Mapping[str, int]) -> dict[str, Scalar]:
    """Name counts in the info of a message; what does not fit is counted together."""
    named: dict[str, int] = {}
    for number, (reason, count) in enumerate(sorted(counts.items())):
        name = f"{kind} {reason if number < MOST_REASONS else FOR_OTHER_REASONS}"[:MAX_NAME]
        named[name] = min(max(named.get(name, 0) + count, 0), MOST_COUNTED)
    return dict(named)


def _counted(kind: str, message: Message) -> dict[str, int]:
    names = [name for name in message.info if name.startswith(f"{kind} ")]
    return {name.removeprefix(f"{kind} "): fact(message, name, 0) for name in names}
