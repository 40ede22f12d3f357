"""Batches as messages, and back."""

from collections.abc import Sequence

from onlinecei.arrays import AnyArray
from onlinecei.errors import WireError
from onlinecei.records import Batch, Edges
from onlinecei.stream.wire.columns import expect, expect_offsets, expect_size
from onlinecei.stream.wire.frames import Frame, decode, encode
from onlinecei.stream.wire.message import Kind, Message, is_simulated, simulated_info

_BATCH_COLUMNS = {
    "train_id": "<u8",
    "first_pulse": "<u8",
    "pulse_id": "<u4",
    "delay_fs": "<f8",
    "energy_uj": "<f4",
    "first_hit": "<u8",
    "x_mm": "<f4",
    "y_mm": "<f4",
    "t_ns": "<f4",
}
_EDGE_COLUMNS = {"first_edge": "<u4", "edge_channel": "|u1", "edge_t_ns": "<f8"}
"""Only in a batch of edges, whose columns of hits are empty."""
_FURTHER_COLUMNS = {"pump": "|u1", "timing_tool_fs": "<f8"}
"""Of pulses; only where the run has them."""


def batch_message(
    batch: Batch, sequence: int, incarnation: int = 0, run: str = "", trains_expected: int = 0
) -> Message:
    """A batch as a BATCH message."""
    return Message(
        kind=Kind.BATCH,
        incarnation=incarnation,
        sequence=sequence,
        run=run,
        trains=(int(batch.train_id.min()), int(batch.train_id.max())),
        info={"trains_expected": trains_expected, **simulated_info(batch)},
        buffers={name: getattr(batch, name) for name in _BATCH_COLUMNS} | _further(batch) | _edge_buffers(batch.edges),
    )


def _further(batch: Batch) -> dict[str, AnyArray]:
    columns = {name: getattr(batch, name) for name in _FURTHER_COLUMNS}
    return {name: column for name, column in columns.items() if column is not None}


def _edge_buffers(edges: Edges | None) -> dict[str, AnyArray]:
    if edges is None:
        return {}
    return dict(zip(_EDGE_COLUMNS, (edges.first_edge, edges.channel, edges.t_ns), strict=True))


def encode_batch(batch: Batch, sequence: int) -> list[bytes | memoryview]:
    """Frames of a BATCH message."""
    return encode(batch_message(batch, sequence))


def decode_batch(frames: Sequence[Frame]) -> tuple[Batch, int]:
    """Read the batch and the sequence number from the frames of a BATCH message."""
    message = decode(frames)
    return batch_of(message), message.sequence


def batch_of(message: Message) -> Batch:
    """Check the columns of a BATCH message: after this no offset points outside."""
    expect(message, Kind.BATCH, _BATCH_COLUMNS)
    columns = message.buffers
    trains, pulses, hits = (columns[name].size for name in ("train_id", "pulse_id", "t_ns"))
    expect_size(columns, "train_id", trains)
    for name in ("pulse_id", "delay_fs", "energy_uj"):
        expect_size(columns, name, pulses)
    for name in ("x_mm", "y_mm", "t_ns"):
        expect_size(columns, name, hits)
    expect_offsets(columns, "first_pulse", trains, pulses)
    expect_offsets(columns, "first_hit", pulses, hits)
    further = {name: dtype for name, dtype in _FURTHER_COLUMNS.items() if name in columns}
    expect(message, Kind.BATCH, further)
    for name in further:
        expect_size(columns, name, pulses)
    edges = _edges_of(message, pulses)
    if edges is not None and hits:
        raise WireError(f"a batch of {hits} hits and {edges.t_ns.size} edges, expected one of the two")
    simulated = is_simulated(message)
    return Batch(edges=edges, simulated=simulated, **{name: columns[name] for name in (*_BATCH_COLUMNS, *further)})  # type: ignore[arg-type]


def _edges_of(message: Message, pulses: int) -> Edges | None:
    """Check the columns of edges; None where the batch has none of them."""
    columns = message.buffers
    if not any(name in columns for name in _EDGE_COLUMNS):
        return None
    expect(message, Kind.BATCH, _EDGE_COLUMNS)
    first, channel, t_ns = (columns[name] for name in _EDGE_COLUMNS)
    for name in ("edge_channel", "edge_t_ns"):
        expect_size(columns, name, t_ns.size)
    expect_offsets(columns, "first_edge", pulses, t_ns.size)
    return Edges(first_edge=first, channel=channel, t_ns=t_ns)  # type: ignore[arg-type]
