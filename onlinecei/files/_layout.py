"""The columns of a run file, version 1, and how they are stored."""

from typing import Final

FORMAT: Final = "onlinecei-run"
VERSION: Final = 1

TRAIN_COLUMNS: Final = {"train/train_id": "<u8", "train/first_pulse": "<u8"}
PULSE_COLUMNS: Final = {
    "pulse/pulse_id": "<u4",
    "pulse/delay_fs": "<f8",
    "pulse/energy_uj": "<f4",
    "pulse/first_hit": "<u8",
}
HIT_COLUMNS: Final = {"hit/x_mm": "<f4", "hit/y_mm": "<f4", "hit/t_ns": "<f4"}
OPTIONAL: Final = frozenset({"pulse/pulse_id", "pulse/delay_fs", "pulse/energy_uj"})
OFFSETS: Final = frozenset({"train/first_pulse", "pulse/first_hit"})
