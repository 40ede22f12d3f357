"""Buffers that have to be there, of one type and size."""

from collections.abc import Mapping

import numpy as np

from onlinecei.arrays import AnyArray
from onlinecei.errors import WireError
from onlinecei.stream.wire.message import Kind, Message


def expect(message: Message, kind: Kind, columns: Mapping[str, str]) -> None:
    """Raise `WireError` where a message is of another kind, or lacks a buffer of a type."""
    if message.kind is not kind:
        raise WireError(f"a message of kind '{message.kind}', expected '{kind}'")
    for name, dtype in columns.items():
        if name not in message.buffers or message.buffers[name].dtype.str != dtype:
            raise WireError(f"'{kind}' needs a buffer '{name}' of type {dtype}")


def expect_size(columns: Mapping[str, AnyArray], name: str, size: int) -> None:
    """Raise `WireError` where a column is not (size,)."""
    if columns[name].shape != (size,):
        raise WireError(f"'{name}' has shape {columns[name].shape}, expected ({size},)")


def expect_offsets(columns: Mapping[str, AnyArray], name: str, rows: int, total: int) -> None:
    """Raise `WireError` where offsets (rows + 1,) do not rise from 0 to `total`."""
    expect_size(columns, name, rows + 1)
    offsets = columns[name]
    if int(offsets[0]) != 0 or int(offsets[-1]) != total or bool(np.any(offsets[1:] < offsets[:-1])):  # type: ignore[operator]
        raise WireError(f"'{name}' does not rise from 0 to {total}")
