"""The wire protocol, version 1: the whole vocabulary of the line in one place."""

from onlinecei.stream.wire.batches import batch_message, batch_of, decode_batch, encode_batch
from onlinecei.stream.wire.deltas import delta_buffers, delta_info, delta_message, delta_of
from onlinecei.stream.wire.frames import (
    DTYPES,
    MAX_BUFFER_BYTES,
    MAX_BUFFERS,
    MAX_DIMENSIONS,
    MAX_HEADER_BYTES,
    MAX_TEXT,
    PROTOCOL,
    Frame,
    decode,
    encode,
)
from onlinecei.stream.wire.message import MAX_NAME, Kind, Message, Scalar, fact

__all__ = [
    "DTYPES",
    "MAX_BUFFERS",
    "MAX_BUFFER_BYTES",
    "MAX_DIMENSIONS",
    "MAX_HEADER_BYTES",
    "MAX_NAME",
    "MAX_TEXT",
    "PROTOCOL",
    "Frame",
    "Kind",
    "Message",
    "Scalar",
    "batch_message",
    "batch_of",
    "decode",
    "decode_batch",
    "delta_buffers",
    "delta_info",
    "delta_message",
    "delta_of",
    "encode",
    "encode_batch",
    "fact",
]
