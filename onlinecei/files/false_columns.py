"""False coincidences of histograms as plain columns, the form in which they travel and are stored."""

from collections.abc import Mapping

import numpy as np

from onlinecei.arrays import AnyArray
from onlinecei.centroids import Layout, check_false_counts
from onlinecei.errors import ResultError
from onlinecei.records import FalseCounts

COLUMNS = ("false_pulses", "false_counts")


def false_to_columns(found: FalseCounts | None) -> dict[str, AnyArray]:
    """Lay them out; nothing where there are none.

    The counts are square roots in half precision, with their sign: good to a thousandth up to 4 10^9, in a quarter of
    the room that the sums beside them take.
    """
    if found is None:
        return {}
    roots = np.copysign(np.sqrt(np.abs(found.counts)), found.counts)
    return {"false_pulses": found.pulses, "false_counts": roots.astype(np.float16)}


def false_from_columns(columns: Mapping[str, AnyArray], layout: Layout) -> FalseCounts | None:
    """Take the columns apart; `ResultError` where they do not fit the layout."""
    if not all(name in columns for name in COLUMNS):
        return None
    pulses, roots = (columns[name] for name in COLUMNS)
    if roots.dtype != np.float16 or pulses.dtype.kind not in "iu":
        raise ResultError(f"false coincidences of type {roots.dtype} in pulses of type {pulses.dtype}")
    wide = roots.astype(np.float32)
    found = FalseCounts(pulses=pulses.astype(np.int64), counts=np.copysign(wide * wide, wide))
    check_false_counts(found, layout)
    return found
