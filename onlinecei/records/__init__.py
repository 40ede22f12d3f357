"""The vocabulary that stages share: what each of them takes and gives.

Columns are plain little-endian arrays; units are in the names. A record is frozen: a stage makes a new one.
"""

from onlinecei.records.data import (
    EDGES_PER_HIT,
    FURTHER_OF_PULSES,
    MCP,
    NO_PUMP_FS,
    UNKNOWN_PUMP,
    UNKNOWN_PUMP_FS,
    UNPUMPED,
    Batch,
    Edges,
    Train,
    rows_for,
    title_of,
)
from onlinecei.records.facts import Condition, Facts, condition
from onlinecei.records.geometries import Alternative, EventAverage, JointGeometry
from onlinecei.records.left_out import incomplete, left_out
from onlinecei.records.results import Centroids, FalseCounts, Reconstruction, Snapshot
from onlinecei.records.stages import Coincidences, Hits, Ions
from onlinecei.records.sums import Delta, KeptEvents, KeptPulses, State

__all__ = [
    "EDGES_PER_HIT",
    "FURTHER_OF_PULSES",
    "MCP",
    "NO_PUMP_FS",
    "UNKNOWN_PUMP",
    "UNKNOWN_PUMP_FS",
    "UNPUMPED",
    "Alternative",
    "Batch",
    "Centroids",
    "Coincidences",
    "Condition",
    "Delta",
    "Edges",
    "EventAverage",
    "Facts",
    "FalseCounts",
    "Hits",
    "Ions",
    "JointGeometry",
    "KeptEvents",
    "KeptPulses",
    "Reconstruction",
    "Snapshot",
    "State",
    "Train",
    "condition",
    "incomplete",
    "left_out",
    "rows_for",
    "title_of",
]
