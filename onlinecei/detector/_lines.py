"""What the sorter knows about the delay lines, as tables: how signals follow from a hit, and the hit from signals."""

from functools import lru_cache

import numpy as np

from onlinecei.arrays import F8, I8, AnyArray
from onlinecei.detector._sets import CHANNELS, NUMBER, SETS
from onlinecei.detector.methods import NOT_MADE, method_of
from onlinecei.records import MCP
from onlinecei.setup import DelayLinesSection

SUMS = 8
"""Sums of the times of a hit's signals: three for the hit, four checks, and none, as processors take eight at once."""
TIME_SUM_DEVIATIONS = 6.0
"""Standard deviations of a time sum in the half-width that the setup gives; a window is usually set that wide."""


CHI2_MAX = 36.0
"""Signals that fit worse are of different hits: a time sum six standard deviations off alone is as much."""
CHI2_OF_ONE_CHECK = 8.0
"""The same where a single check stands against chance."""
CHECK_GAIN = 8.0
"""Logarithm of how much likelier a check is met by signals of one hit than by chance. Between 4 and 8 little changes
in simulated pulses; 8 is above three times the next, so that a lone hit of four signals is still made."""


UNCHECKED_COST = 2.25
"""Off a hexanode's hit with a single check where dead times explain losses: in crowded pulses chance makes many."""


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
    sums: F8
    """(128, 7, 8) weights of the times of a set of channels in eight sums: the least-squares (u, v, t), up to four
    that are zero for any hit, over sigma, so that chi2 is their sum of squares, and nothing."""
    checks: I8
    """(128,) signals of a set beyond the three that a hit needs; `NOT_MADE` where no hit is made of it."""
    method: I8
    """(128,)"""
    missing: I8
    """(128,) channels of the detector that a set lacks."""
    most: F8
    """(128,) largest chi2 of a hit."""
    gain: float
    """What a check adds to the score."""
    unchecked: float
    """What is taken off the score of a hit with a single check, unless all its losses count already."""
    sigma: float
    """Standard deviation of one signal in ns."""
    half: float
    """Half-width of the time sums in ns."""
    radius: float
    """mm"""


LINES = np.dtype(
    [
        ("layers", "i8"), ("scale", "f8", 3), ("shift", "f8", CHANNELS), ("slope", "f8", 3), ("curvature", "f8", 3),
        ("offset", "f8", 3), ("bent", "u1"), ("row", "f8", (CHANNELS, 3)), ("sums", "f8", (SETS, CHANNELS, SUMS)),
        ("checks", "i8", SETS), ("method", "i8", SETS), ("missing", "i8", SETS), ("most", "f8", SETS),
        ("gain", "f8"), ("unchecked", "f8"),
        ("sigma", "f8"), ("half", "f8"), ("radius", "f8"),
    ],
    align=True,
)  # fmt: skip


@lru_cache(maxsize=8)
def lines_of(section: DelayLinesSection, radius_mm: float) -> AnyArray:
    """Lay the tables out, as an array of one record that is only read; all signals of a hit count the same."""
    layers, half = section.layers, section.time_sum_half_width_ns
    scale, offset = _padded(section.mm_per_ns, 1.0), np.array([0.0, 0.0, section.w_offset_mm])
    slope, curvature = (
        _padded(each, 0.0) for each in (section.time_sum_slope_ns_per_mm, section.time_sum_curvature_ns_per_mm2)
    )
    row, sigma = _rows(layers, scale), half / TIME_SUM_DEVIATIONS / np.sqrt(6.0)
    shift = np.zeros(CHANNELS)
    shift[: 2 * layers] = np.repeat(section.time_sum_ns, 2) / 2
    shift[:MCP] -= np.repeat(offset / scale, 2) * np.tile([1.0, -1.0], 3)
    method = np.array([method_of(channels, layers) for channels in range(SETS)])
    every = (1 << 2 * layers) - 1 | 1 << MCP
    values = {
        "layers": layers, "scale": scale, "shift": shift, "slope": slope, "curvature": curvature, "offset": offset,
        "bent": bool(np.any(slope) or np.any(curvature)), "row": row, "sums": _sums(row, method, sigma),
        "checks": np.where(method == NOT_MADE, NOT_MADE, NUMBER - 3), "method": method,
        "missing": every & ~np.arange(SETS),
        "most": np.where(NUMBER > 4, CHI2_MAX, CHI2_OF_ONE_CHECK), "gain": CHECK_GAIN,
        "unchecked": UNCHECKED_COST if layers == 3 else 0.0,
        "sigma": sigma, "half": half, "radius": radius_mm,
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


def _sums(row: F8, method: I8, sigma: float) -> F8:
    sums = np.zeros((SETS, CHANNELS, SUMS))
    for channels in np.flatnonzero(method != NOT_MADE):
        there = [channel for channel in range(CHANNELS) if channels >> channel & 1]
        sums[channels][there, :3] = np.linalg.pinv(row[there]).T
        left = np.linalg.svd(row[there])[0]
        sums[channels][there, 3 : len(there)] = left[:, 3:] / sigma
    return sums
