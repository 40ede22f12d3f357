"""The molecular frame of MOLEXA (Nat. Commun. 2026): x along the heaviest ion, y in the half-plane of a second one."""

import math

import numpy as np

from onlinecei.arrays import F8, Bool
from onlinecei.compiled import compiled

DEGENERATE = 1e-9
"""Sine below which the second ion does not define a direction of its own."""


@compiled
def molecular_frame(momentum: F8, out: F8) -> bool:
    """Rotate the momenta (N, 3) of one event into its molecular frame, into `out`; False where there is none.

    x lies along the first ion (the heaviest, by the order of a channel). y is the part of the second ion's momentum
    across x, by Gram-Schmidt. With two ions only, whose momenta are opposite but for noise, y is the laboratory axis
    farthest from x, so that noise does not pick a side.
    """
    events, framed = momentum.copy().reshape(momentum.shape[0], 3, 1), np.empty(1, np.bool_)
    to_molecular_frames(events, 1, framed)
    out[:] = events[:, :, 0]
    return bool(framed[0])


@compiled
def to_molecular_frames(momentum: F8, events: int, framed: Bool) -> None:
    """Rotate the first events of momenta (N, 3, M) in place, as `molecular_frame` does; those without frame become 0.

    Component by component, which lets the processor turn several events at once.
    """
    axes = np.empty((9, events))
    _fill_axes(momentum, axes, framed)
    for ion in range(momentum.shape[0]):
        for k in range(events):
            px, py, pz = momentum[ion, 0, k], momentum[ion, 1, k], momentum[ion, 2, k]
            for axis in range(3):
                turned = px * axes[3 * axis, k] + py * axes[3 * axis + 1, k] + pz * axes[3 * axis + 2, k]
                momentum[ion, axis, k] = turned if framed[k] else 0.0


@compiled
def _fill_axes(momentum: F8, axes: F8, framed: Bool) -> None:
    """Directions of the three axes (9, M), and whether they are defined."""
    pair = momentum.shape[0] == 2
    for k in range(axes.shape[1]):
        x, y, z = momentum[0, 0, k], momentum[0, 1, k], momentum[0, 2, k]
        length = math.sqrt(x**2 + y**2 + z**2)
        inverse = 1.0 / length
        xx, xy, xz = x * inverse, y * inverse, z * inverse
        sx, sy, sz = momentum[1, 0, k], momentum[1, 1, k], momentum[1, 2, k]
        if pair:
            ax, ay, az = abs(xx), abs(xy), abs(xz)
            sx = 1.0 if (ax <= ay) & (ax <= az) else 0.0
            sy = 1.0 if (ay < ax) & (ay <= az) else 0.0
            sz = 1.0 - sx - sy
        along = sx * xx + sy * xy + sz * xz
        yx, yy, yz = sx - along * xx, sy - along * xy, sz - along * xz
        across = math.sqrt(yx * yx + yy * yy + yz * yz)
        framed[k] = (length > 0.0) & (across > DEGENERATE * math.sqrt(sx * sx + sy * sy + sz * sz))
        inverse = 1.0 / across
        yx, yy, yz = yx * inverse, yy * inverse, yz * inverse
        axes[0, k], axes[1, k], axes[2, k] = xx, xy, xz
        axes[3, k], axes[4, k], axes[5, k] = yx, yy, yz
        axes[6, k], axes[7, k], axes[8, k] = xy * yz - xz * yy, xz * yx - xx * yz, xx * yy - xy * yx
