"""Deltas as messages, and back."""

from onlinecei.arrays import AnyArray
from onlinecei.errors import ResultError, WireError
from onlinecei.files.kept_columns import kept_from_columns, kept_to_columns
from onlinecei.files.pulse_columns import pulses_from_columns, pulses_to_columns
from onlinecei.records import Delta
from onlinecei.stream.wire.columns import expect
from onlinecei.stream.wire.frames import text
from onlinecei.stream.wire.message import Kind, Message, Scalar, fact, is_simulated, simulated_info

_OF_BATCH = ("trains_expected", "arrived")
"""Facts that a Delta takes over from its batch."""


def delta_message(delta: Delta, batch: Message) -> Message:
    """What a batch adds, as a DELTA message under the batch's own incarnation and sequence number."""
    return Message(
        kind=Kind.DELTA,
        incarnation=batch.incarnation,
        sequence=batch.sequence,
        run=batch.run,
        trains=batch.trains,
        info={**{name: batch.info[name] for name in _OF_BATCH if name in batch.info}, **delta_info(delta)},
        buffers=delta_buffers(delta),
    )


def delta_info(delta: Delta) -> dict[str, Scalar]:
    """Give the facts that a Delta travels with."""
    kept = {"kept_limit": delta.kept[0].limit} if delta.kept else {}
    pulses = {"pulses_limit": delta.pulses.limit} if delta.pulses is not None else {}
    return {"setup_hash": delta.setup_hash, **kept, **pulses, **simulated_info(delta)}


def delta_buffers(delta: Delta) -> dict[str, AnyArray]:
    """Give the columns of a Delta."""
    sums: dict[str, AnyArray] = {"values": delta.values, "trains": delta.trains}
    return sums | kept_to_columns(delta.kept) | pulses_to_columns(delta.pulses)


def delta_of(message: Message) -> Delta:
    """Read the Delta from a DELTA or SNAPSHOT message."""
    expect(message, message.kind, {"values": "<i8", "trains": "<u8"})
    trains = message.buffers["trains"]
    if trains.ndim != 2 or trains.shape[1] != 2 or message.buffers["values"].ndim != 1:
        raise WireError("a delta needs values (V,) and trains (R, 2)")
    try:
        kept = kept_from_columns(message.buffers, fact(message, "kept_limit", 0))
        pulses = pulses_from_columns(message.buffers, fact(message, "pulses_limit", 0))
    except ResultError as error:
        raise WireError(str(error)) from error
    return Delta(
        setup_hash=text(message.info.get("setup_hash"), "setup_hash"),
        values=message.buffers["values"],  # type: ignore[arg-type]
        trains=trains,  # type: ignore[arg-type]
        kept=kept,
        pulses=pulses,
        simulated=is_simulated(message),
    )
