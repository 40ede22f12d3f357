"""What comes in: trains of pulses with their hits or delay-line edges, and batches of trains."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from onlinecei.arrays import F4, F8, U1, U4, U8, Bool
from onlinecei.errors import CEIError

MCP = 6
"""Channel of the multi-channel plate among edges; layer k of the delay lines has the channels 2 k and 2 k + 1."""
EDGES_PER_HIT = 7
"""Of a hexanode: both ends of three layers, and the plate."""
NO_PUMP_FS = -math.inf
"""Delay of a pulse without pump once it is settled: the X-rays come before a pump that never does."""
UNKNOWN_PUMP = 255
"""In place of 0 or 1 where nobody knows whether a pulse has the pump laser: it is in no bin that the pump decides."""
UNKNOWN_PUMP_FS = math.inf
"""Delay of such a pulse once it is settled: no bin reaches so far."""
UNPUMPED = "unpumped"
"""What the bin of the pulses without pump is called; its edges are NaN."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edges:
    """Signals of the delay-line detector as the digitiser times them, before they are sorted into hits."""

    first_edge: U4
    """(P + 1,) pulse p owns the edges first_edge[p] to first_edge[p + 1]; they need no order."""
    channel: U1
    """(E,) which wire end: u1, u2, v1, v2, w1, w2, mcp = 0..6."""
    t_ns: F8
    """(E,) time after the trigger of the pulse."""

    @classmethod
    def joined(cls, parts: Sequence["Edges"]) -> "Edges":
        """Lay edges end to end, in the order given."""
        ends = np.cumsum([0, *(part.t_ns.size for part in parts)], dtype=np.uint64)
        if ends[-1] > np.iinfo(np.uint32).max:
            raise CEIError(f"{ends[-1]} edges in one batch, at most {np.iinfo(np.uint32).max} can be counted")
        firsts = [part.first_edge[:-1] + start for part, start in zip(parts, ends[:-1].astype(np.uint32), strict=True)]
        return cls(
            first_edge=np.append(_joined(firsts, np.uint32), ends[-1].astype(np.uint32)),
            channel=_joined([part.channel for part in parts], np.uint8),
            t_ns=_joined([part.t_ns for part in parts], np.float64),
        )

    def of_pulses(self, pulses: slice) -> "Edges":
        """Edges of neighbouring pulses."""
        first = self.first_edge[pulses.start : pulses.stop + 1]
        rows = slice(int(first[0]), int(first[-1]))
        return Edges(first_edge=first - first[0], channel=self.channel[rows], t_ns=self.t_ns[rows])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Train:
    """One train of X-ray pulses with the hits of each, or with their delay-line edges."""

    train_id: int
    pulse_id: U4
    """(P,)"""
    delay_fs: F8
    """(P,) pump-probe delay; NaN where it is not known."""
    energy_uj: F4
    """(P,) pulse energy; NaN where it is not known."""
    first_hit: U4
    """(P + 1,) pulse p owns the hits first_hit[p] to first_hit[p + 1]."""
    x_mm: F4
    """(H,)"""
    y_mm: F4
    """(H,)"""
    t_ns: F4
    """(H,) time after the trigger of the pulse."""
    edges: Edges | None = None
    """Instead of hits: with edges the columns of hits are empty."""
    pump: U1 | None = None
    """(P,) 1 with the pump laser, 0 without, `UNKNOWN_PUMP` where that is not known; None: every pulse has it."""
    timing_tool_fs: F8 | None = None
    """(P,) measured jitter, to be added to the delay; NaN where it was not measured, None: nowhere."""
    simulated: bool = False
    """Whether it comes from a simulation; said wherever its result is shown."""

    def __post_init__(self) -> None:
        _check_content(self)

    @property
    def rows(self) -> int:
        """Number of hits, or of edges."""
        return _rows(self)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Several trains, end to end: what travels in one message and is analysed in one go."""

    train_id: U8
    """(T,)"""
    first_pulse: U8
    """(T + 1,)"""
    pulse_id: U4
    """(P,)"""
    delay_fs: F8
    """(P,)"""
    energy_uj: F4
    """(P,)"""
    first_hit: U8
    """(P + 1,)"""
    x_mm: F4
    """(H,)"""
    y_mm: F4
    """(H,)"""
    t_ns: F4
    """(H,)"""
    edges: Edges | None = None
    """Instead of hits: with edges the columns of hits are empty."""
    pump: U1 | None = None
    """(P,) 1 with the pump laser, 0 without, `UNKNOWN_PUMP` where that is not known; None: every pulse has it."""
    timing_tool_fs: F8 | None = None
    """(P,) measured jitter, to be added to the delay; NaN where it was not measured, None: nowhere."""
    simulated: bool = False
    """Whether some of it comes from a simulation; said wherever its result is shown."""

    def __post_init__(self) -> None:
        _check_content(self)

    @classmethod
    def of(cls, trains: Sequence[Train]) -> "Batch":
        """Join trains in the order given; `CEIError` where some hold hits and others edges."""
        return cls(
            train_id=np.array([train.train_id for train in trains], dtype=np.uint64),
            first_pulse=np.cumsum([0, *(train.pulse_id.size for train in trains)], dtype=np.uint64),
            **_joined_columns(trains),
        )

    @classmethod
    def joined(cls, batches: Sequence["Batch"]) -> "Batch":
        """Lay batches end to end, in the order given; `CEIError` where some hold hits and others edges."""
        if len(batches) == 1:
            return batches[0]
        return cls(
            train_id=_joined([batch.train_id for batch in batches], np.uint64),
            first_pulse=_joined_firsts([batch.first_pulse for batch in batches]),
            **_joined_columns(batches),
        )

    def joins(self, other: "Batch") -> bool:
        """Whether both hold hits, or both edges."""
        return (self.edges is None) == (other.edges is None)

    def where(self, wanted: Bool) -> "Batch | None":
        """Give the wanted trains (T,); None where there are none."""
        if wanted.all():
            return self
        trains = [train for train, each in zip(self.trains(), wanted, strict=True) if each]
        return Batch.of(trains) if trains else None

    def split(self, trains: int) -> tuple["Batch", "Batch | None"]:
        """Give the first trains and the others, if there are any."""
        if trains >= self.train_id.size:
            return self, None
        apart = list(self.trains())
        return Batch.of(apart[:trains]), Batch.of(apart[trains:])

    def of_pulses(self, pulses: slice) -> "Batch":
        """Give neighbouring pulses with their hits; trains may be cut, and those that have none of them stay."""
        first = self.first_hit[pulses.start : pulses.stop + 1]
        hits = slice(int(first[0]), int(first[-1]))
        return Batch(
            train_id=self.train_id,
            first_pulse=np.clip(self.first_pulse, pulses.start, pulses.stop) - np.uint64(pulses.start),
            pulse_id=self.pulse_id[pulses],
            delay_fs=self.delay_fs[pulses],
            energy_uj=self.energy_uj[pulses],
            first_hit=first - first[0],
            x_mm=self.x_mm[hits],
            y_mm=self.y_mm[hits],
            t_ns=self.t_ns[hits],
            edges=None if self.edges is None else self.edges.of_pulses(pulses),
            pump=None if self.pump is None else self.pump[pulses],
            timing_tool_fs=None if self.timing_tool_fs is None else self.timing_tool_fs[pulses],
            simulated=self.simulated,
        )

    def trains(self) -> Iterator[Train]:
        """Take the batch apart again."""
        for index, train_id in enumerate(self.train_id):
            pulses = slice(int(self.first_pulse[index]), int(self.first_pulse[index + 1]))
            first = self.first_hit[pulses.start : pulses.stop + 1]
            hits = slice(int(first[0]), int(first[-1]))
            yield Train(
                train_id=int(train_id),
                pulse_id=self.pulse_id[pulses],
                delay_fs=self.delay_fs[pulses],
                energy_uj=self.energy_uj[pulses],
                first_hit=(first - first[0]).astype(np.uint32),
                x_mm=self.x_mm[hits],
                y_mm=self.y_mm[hits],
                t_ns=self.t_ns[hits],
                edges=None if self.edges is None else self.edges.of_pulses(pulses),
                pump=None if self.pump is None else self.pump[pulses],
                timing_tool_fs=None if self.timing_tool_fs is None else self.timing_tool_fs[pulses],
                simulated=self.simulated,
            )

    @property
    def pulses(self) -> int:
        """Number of pulses."""
        return int(self.pulse_id.size)

    @property
    def hits(self) -> int:
        """Number of hits."""
        return int(self.t_ns.size)

    @property
    def rows(self) -> int:
        """Number of hits, or of edges."""
        return _rows(self)

    @property
    def nbytes(self) -> int:
        """Memory of all columns."""
        columns = [getattr(self, each.name) for each in fields(self)]
        edges = [] if self.edges is None else [self.edges.first_edge, self.edges.channel, self.edges.t_ns]
        return sum(column.nbytes for column in (*columns, *edges) if isinstance(column, np.ndarray))


def title_of(run: str, *, simulated: bool) -> str:
    """Give the name of a run as titles say it: with the word that it is simulated, where it is."""
    return f"{run} (simulated)" if simulated else run


def rows_for(hits: int, *, edges: bool) -> int:
    """Say how many rows about so many hits are, or their edges."""
    return hits * EDGES_PER_HIT if edges else hits


def _rows(record: Train | Batch) -> int:
    return int(record.t_ns.size if record.edges is None else record.edges.t_ns.size)


def _joined(columns: Sequence[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate([np.empty(0, dtype), *columns]).astype(dtype, copy=False)


def _joined_firsts(firsts: Sequence[np.ndarray]) -> U8:
    """Join the columns (N + 1,) that say where the rows of each item begin."""
    ends = np.cumsum([0, *(first[-1] for first in firsts)], dtype=np.uint64)
    starts = [first[:-1].astype(np.uint64) + end for first, end in zip(firsts, ends[:-1], strict=True)]
    return np.append(_joined(starts, np.uint64), ends[-1])


def _joined_columns(parts: Sequence["Train | Batch"]) -> dict[str, Any]:
    """Join the columns of pulses and hits."""
    return {
        "pulse_id": _joined([part.pulse_id for part in parts], np.uint32),
        "delay_fs": _joined([part.delay_fs for part in parts], np.float64),
        "energy_uj": _joined([part.energy_uj for part in parts], np.float32),
        "first_hit": _joined_firsts([part.first_hit for part in parts]),
        "x_mm": _joined([part.x_mm for part in parts], np.float32),
        "y_mm": _joined([part.y_mm for part in parts], np.float32),
        "t_ns": _joined([part.t_ns for part in parts], np.float32),
        "edges": _joined_edges(parts),
        **{name: _joined_further(parts, name) for name in FURTHER_OF_PULSES},
        "simulated": any(part.simulated for part in parts),
    }


FURTHER_OF_PULSES: Mapping[str, tuple[type, float]] = {"pump": (np.uint8, 1), "timing_tool_fs": (np.float64, math.nan)}
"""Columns of pulses that most runs lack: type, and what stands for a pulse that has none."""


def _joined_further(parts: Sequence["Train | Batch"], name: str) -> np.ndarray | None:
    """Join a column that some or all parts may lack; None where all do."""
    columns = [getattr(part, name) for part in parts]
    if all(column is None for column in columns):
        return None
    dtype, missing = FURTHER_OF_PULSES[name]
    pairs = zip(columns, parts, strict=True)
    return _joined([np.full(part.pulse_id.size, missing) if own is None else own for own, part in pairs], dtype)


def _joined_edges(parts: Sequence["Train | Batch"]) -> Edges | None:
    edges = [part.edges for part in parts if part.edges is not None]
    if not edges:
        return None
    if len(edges) != len(parts):
        raise CEIError(f"{len(edges)} of {len(parts)} trains hold edges and the others hits, expected all of one kind")
    return Edges.joined(edges)


def _check_content(record: Train | Batch) -> None:
    if record.edges is not None and record.t_ns.size:
        raise CEIError(f"{record.t_ns.size} hits beside {record.edges.t_ns.size} edges, expected either hits or edges")
