"""Reading msgpack of a stranger: only what was asked for is built, and never more than its bytes allow.

A few bytes of msgpack can ask for gigabytes of Python objects (an empty map takes one byte there and 64 here), so
containers are walked, what nobody wants is stepped over, and only numbers, texts, lists of numbers and arrays are made.
"""

import math
from collections.abc import Iterator

import msgpack
import numpy as np

from onlinecei.arrays import AnyArray
from onlinecei.errors import WireError
from onlinecei.facility import Value

MAX_ENTRIES = 100_000
"""Of one map: keys of a source, sources of a message."""
MAX_LIST = 1_000_000
"""Numbers of a plain list."""
MAX_SHAPE = 8
"""Dimensions of an array."""
MAX_STRING = 65_536
KINDS = "biuf"
"""Types of numbers that are taken: no objects, which numpy would unpickle, and no structures."""


class Walk:
    """A position in packed bytes that only moves on."""

    def __init__(self, blob: memoryview) -> None:
        self._blob = blob
        self._at = msgpack.Unpacker(
            max_buffer_size=max(blob.nbytes, 1),
            raw=False,
            strict_map_key=False,
            unicode_errors="replace",
            max_str_len=MAX_STRING,
            max_bin_len=blob.nbytes,
            max_array_len=MAX_LIST,
            max_map_len=MAX_ENTRIES,
            max_ext_len=0,
        )
        self._at.feed(blob)

    @property
    def is_map(self) -> bool:
        """Whether a map comes next."""
        return self._code in range(0x80, 0x90) or self._code in {0xDE, 0xDF}

    @property
    def is_list(self) -> bool:
        """Whether a list comes next."""
        return self._code in range(0x90, 0xA0) or self._code in {0xDC, 0xDD}

    @property
    def _code(self) -> int:
        position = self._at.tell()
        if position >= self._blob.nbytes:
            raise WireError("msgpack that ends too soon")
        return int(self._blob[position])

    def keys(self) -> Iterator[str]:
        """Go through a map; what belongs to a key is read or skipped before the next."""
        if not self.is_map:
            raise WireError("msgpack without the map that was expected")
        for _ in range(_bounded(self._at.read_map_header(), MAX_ENTRIES)):
            key = self._scalar()
            yield key.decode(errors="replace") if isinstance(key, bytes) else str(key)

    def skip(self) -> None:
        """Step over what comes next, whatever it is."""
        self._at.skip()

    def value(self) -> Value:
        """Read a number, a text, a list of numbers or an array; None where it is something else."""
        if self.is_map:
            return self._array()
        if self.is_list:
            return self._list()
        value = self._scalar()
        return value if isinstance(value, int | float | str) else None

    def whole_numbers(self) -> list[int]:
        """Read a short list of whole numbers: a shape."""
        if not self.is_list:
            raise WireError("msgpack without the list that was expected")
        return shape_of([self._scalar() for _ in range(_bounded(self._at.read_array_header(), MAX_SHAPE))])

    def _scalar(self) -> object:
        if self.is_map or self.is_list:
            raise WireError("msgpack with a container where a value was expected")
        return self._at.unpack()

    def _list(self) -> AnyArray | None:
        numbers, count = [], _bounded(self._at.read_array_header(), MAX_LIST)
        for _ in range(count):
            if self.is_map or self.is_list:
                self.skip()
                continue
            each = self._scalar()
            if isinstance(each, int | float):
                numbers.append(float(each))
        return np.array(numbers) if len(numbers) == count else None

    def _array(self) -> AnyArray | None:
        """Read a map as `msgpack_numpy` writes arrays, without its decoder, which unpickles arrays of objects."""
        dtype, shape, data = "", None, b""
        for key in self.keys():
            if key == "shape" and self.is_list:
                shape = self.whole_numbers()
            elif key in {"type", "data"} and not self.is_map and not self.is_list:
                said = self._scalar()
                dtype = str(said) if key == "type" else dtype
                data = said if key == "data" and isinstance(said, bytes) else data
            else:
                self.skip()
        found = array_of(memoryview(data), dtype, shape or [])
        return found if shape is not None or found is None else found.reshape(-1)


def shape_of(said: object) -> list[int]:
    """Give the shape of an array; `WireError` where it is none."""
    if not isinstance(said, list) or len(said) > MAX_SHAPE:
        raise WireError(f"a shape of {str(said)[:64]}, expected a list of at most {MAX_SHAPE} whole numbers")
    if not all(isinstance(each, int) and not isinstance(each, bool) and 0 <= each < 2**40 for each in said):
        raise WireError(f"a shape of {str(said)[:64]}, expected whole numbers")
    return said


def array_of(data: memoryview, dtype: str, shape: list[int]) -> AnyArray | None:
    """View bytes as an array; None where the type is not of plain numbers, `WireError` where the bytes do not fit."""
    try:
        kind = np.dtype(dtype) if len(dtype) <= 16 and "," not in dtype and "O" not in dtype else None
    except (TypeError, ValueError):
        kind = None
    if kind is None or kind.kind not in KINDS or kind.subdtype is not None or kind.itemsize > 8:
        return None
    if math.prod(shape) * kind.itemsize != data.nbytes:
        raise WireError(f"an array of {data.nbytes} bytes, its type {dtype} and shape {shape} do not fit")
    return np.frombuffer(data, dtype=kind).reshape(shape)


def _bounded(count: int, limit: int) -> int:
    if count > limit:
        raise WireError(f"msgpack with {count} entries in one place, at most {limit} are read")
    return count
