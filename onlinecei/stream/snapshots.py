"""A version of the state as a message, and back."""

from dataclasses import replace
from typing import TYPE_CHECKING

from onlinecei.arrays import AnyArray
from onlinecei.centroids import Layout
from onlinecei.errors import WireError
from onlinecei.files.columns import from_columns, to_columns
from onlinecei.files.false_columns import false_from_columns, false_to_columns
from onlinecei.records import FalseCounts, Reconstruction, Snapshot, State
from onlinecei.stream.facts import facts_buffers, facts_of
from onlinecei.stream.revisions import Revision
from onlinecei.stream.wire import Kind, Message, delta_buffers, delta_info, delta_of, fact

if TYPE_CHECKING:
    from onlinecei.stream.reducer import Reducer


def message_of(reducer: "Reducer", *, events: bool = True) -> Message:
    """Put the present version, with the latest geometries, into a message; what is kept only with `events`."""
    geometry = reducer.geometry
    total = reducer.total if events else replace(reducer.total, kept=(), pulses=None)
    buffers: dict[str, AnyArray] = delta_buffers(total) | (dict(geometry.buffers) if geometry else {})
    buffers |= facts_buffers(reducer.facts)
    message = Message(
        kind=Kind.SNAPSHOT,
        sequence=reducer.version,
        run=reducer.run,
        info={
            **delta_info(total),
            "finished": reducer.finished,
            "trains_expected": reducer.trains_expected,
            "geometry": geometry.sequence if geometry else -1,
            **{f"rejected {reason}": count for reason, count in reducer.rejected.items()},
        },
        buffers=buffers,
    )
    return reducer.revision.on(message)


def facts_message(reducer: "Reducer") -> Message:
    """Put what the line says of itself into a message of its own."""
    return Message(kind=Kind.FACTS, sequence=reducer.version, run=reducer.run, buffers=facts_buffers(reducer.facts))


def snapshot_of(message: Message) -> Snapshot:
    """Read a snapshot from its message."""
    if message.kind is not Kind.SNAPSHOT:
        raise WireError(f"a message of kind '{message.kind}' is not a snapshot")
    state = State(
        total=delta_of(message),
        version=message.sequence,
        finished=bool(message.info.get("finished", False)),
        trains_expected=fact(message, "trains_expected", 0),
        rejected={
            name.removeprefix("rejected "): fact(message, name, 0)
            for name in message.info
            if name.startswith("rejected ")
        },
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


def geometry_message(
    version: int, reconstructions: list[Reconstruction], false_counts: FalseCounts | None = None
) -> Message:
    """Put the geometries of a version, and the false coincidences in its histograms, into a message."""
    buffers = to_columns(reconstructions) | false_to_columns(false_counts)
    return Message(kind=Kind.GEOMETRY, sequence=version, buffers=buffers)
