"""What the sorter knows about the delay lines, as tables: how signals follow from a hit, and the hit from signals."""

import numpy as np

from onlinecei.arrays import F8, I8, AnyArray
from onlinecei.detector.methods import NOT_MADE, method_of
from onlinecei.records import MCP
from onlinecei.setup import DelayLinesSection

CHANNELS = MCP + 1
SETS = 1 << CHANNELS
"""A set of channels is a number with one bit for each."""
TIME_SUM_DEVIATIONS = 6.0
"""Standard deviations of a time sum in the half-width that the setup gives; a window is usually set that wide."""


class Lines:
    """Geometry and resolution; times here are `straight`: half a time sum is off, and the offset of w is in them.

    A hit is (first place, second place, time) in mm, mm and ns: the places across the layers u and v.

    Compiled functions take it, as the memory of a pulse, as one NumPy record: a single pointer, where a tuple of
    arrays would cost more to hand on than most of these functions take.
    """

    layers: int
    scale: F8
    """(3,) mm per ns."""
    shift: F8
    """(7,) what to take off the time of each channel."""
    slope: F8
    curvature: F8
    offset: F8
    """(3,) mm, of the place across the wires."""
    bent: bool
    """Whether time sums depend on the place."""
    row: F8
    """(7, 3) time of a signal from (u, v, t)."""
    solve: F8
    """(128, 3, 7) least-squares (u, v, t) from the times of a set of channels."""
    checks: I8
    """(128,) signals of a set beyond the three that a hit needs; `NOT_MADE` where no hit is made of it."""
    method: I8
    """(128,)"""
    sigma: float
    """Standard deviation of one signal in ns."""
    half: float
    """Half-width of the time sums in ns."""
    radius: float
    """mm"""


LINES = np.dtype(
    [
        ("layers", "i8"), ("scale", "f8", 3), ("shift", "f8", CHANNELS), ("slope", "f8", 3), ("curvature", "f8", 3),
        ("offset", "f8", 3), ("bent", "u1"), ("row", "f8", (CHANNELS, 3)), ("solve", "f8", (SETS, 3, CHANNELS)),
        ("checks", "i8", SETS), ("method", "i8", SETS), ("sigma", "f8"), ("half", "f8"), ("radius", "f8"),
    ],
    align=True,
)  # fmt: skip


def lines_of(section: DelayLinesSection, radius_mm: float) -> AnyArray:
    """Lay the tables out, as an array of one record; all signals of a hit count the same."""
    layers, half = section.layers, section.time_sum_half_width_ns
    scale, offset = _padded(section.mm_per_ns, 1.0), np.array([0.0, 0.0, section.w_offset_mm])
    slope, curvature = (
        _padded(each, 0.0) for each in (section.time_sum_slope_ns_per_mm, section.time_sum_curvature_ns_per_mm2)
    )
    row = _rows(layers, scale)
    shift = np.zeros(CHANNELS)
    shift[: 2 * layers] = np.repeat(section.time_sum_ns, 2) / 2
    shift[:MCP] -= np.repeat(offset / scale, 2) * np.tile([1.0, -1.0], 3)
    method = np.array([method_of(channels, layers) for channels in range(SETS)])
    number = np.array([channels.bit_count() for channels in range(SETS)])
    values = {
        "layers": layers, "scale": scale, "shift": shift, "slope": slope, "curvature": curvature, "offset": offset,
        "bent": bool(np.any(slope) or np.any(curvature)), "row": row, "solve": _solutions(row, method),
        "checks": np.where(method == NOT_MADE, NOT_MADE, number - 3), "method": method,
        "sigma": half / TIME_SUM_DEVIATIONS / np.sqrt(6.0), "half": half, "radius": radius_mm,
    }  # fmt: skip
    lines = np.zeros(1, LINES)
    for name, value in values.items():
        lines[name] = value
    return lines


def _padded(values: tuple[float, ...], rest: float) -> F8:
    return np.array([*values, *[rest] * (3 - len(values))])


def _rows(layers: int, scale: F8) -> F8:
    """Both ends of each wire, u = u, v = v, w = u - v, then the plate."""
    places = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]]) / scale[:, None]
    rows = np.zeros((CHANNELS, 3))
    for layer in range(layers):
        rows[2 * layer] = [*places[layer], 1.0]
        rows[2 * layer + 1] = [*-places[layer], 1.0]
    rows[MCP, 2] = 1.0
    return rows


def _solutions(row: F8, method: I8) -> F8:
    solve = np.zeros((SETS, 3, CHANNELS))
    for channels in np.flatnonzero(method != NOT_MADE):
        there = [channel for channel in range(CHANNELS) if channels >> channel & 1]
        solve[channels][:, there] = np.linalg.pinv(row[there])
    return solve
