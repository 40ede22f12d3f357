"""The columns of a run file, version 1, and how they are stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

FORMAT: Final = "onlinecei-run"
VERSION: Final = 1
SIMULATED: Final = "simulated"
"""Attribute of a file whose trains come from a simulation: 1; others lack it."""

TRAIN_COLUMNS: Final = {"train/train_id": "<u8", "train/first_pulse": "<u8"}
PULSE_COLUMNS: Final = {"pulse/pulse_id": "<u4", "pulse/delay_fs": "<f8", "pulse/energy_uj": "<f4"}
"""Those that every run may have."""
FURTHER_COLUMNS: Final = {"pulse/pump": "|u1", "pulse/timing_tool_fs": "<f8"}
"""Those of pulses that a run has only where they say something."""
OPTIONAL: Final = frozenset({*PULSE_COLUMNS, *FURTHER_COLUMNS})
OFFSETS: Final = frozenset({"train/first_pulse", "pulse/first_hit", "pulse/first_edge"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the pulses of a run own: hits or edges."""

    name: str
    offsets: str
    """Column of the pulses that says which rows are theirs."""
    rows: Mapping[str, str]
    """Columns of the rows, with their types."""

    @property
    def pulse_columns(self) -> Mapping[str, str]:
        """All columns of the pulses."""
        return {**PULSE_COLUMNS, self.offsets: "<u8"}

    @property
    def columns(self) -> Mapping[str, str]:
        """All columns of a run of this content."""
        return {**TRAIN_COLUMNS, **self.pulse_columns, **FURTHER_COLUMNS, **self.rows}


HITS: Final = Content(
    name="hits", offsets="pulse/first_hit", rows={"hit/x_mm": "<f4", "hit/y_mm": "<f4", "hit/t_ns": "<f4"}
)
EDGES: Final = Content(
    name="delay-line edges", offsets="pulse/first_edge", rows={"edge/channel": "|u1", "edge/t_ns": "<f8"}
)
