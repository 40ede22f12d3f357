"""The molecular frame of MOLEXA (Nat. Commun. 2026): x along the heaviest ion, y in the half-plane of a second one."""

import math

from onlinecei.arrays import F8
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
    length = math.sqrt(momentum[0, 0] ** 2 + momentum[0, 1] ** 2 + momentum[0, 2] ** 2)
    if not length > 0.0:
        return False
    inverse = 1.0 / length
    xx, xy, xz = momentum[0, 0] * inverse, momentum[0, 1] * inverse, momentum[0, 2] * inverse
    if momentum.shape[0] == 2:
        ax, ay, az = abs(xx), abs(xy), abs(xz)
        sx = 1.0 if ax <= ay and ax <= az else 0.0
        sy = 1.0 if ay < ax and ay <= az else 0.0
        sz = 1.0 - sx - sy
    else:
        sx, sy, sz = momentum[1, 0], momentum[1, 1], momentum[1, 2]
    along = sx * xx + sy * xy + sz * xz
    yx, yy, yz = sx - along * xx, sy - along * xy, sz - along * xz
    across = math.sqrt(yx * yx + yy * yy + yz * yz)
    if not across > DEGENERATE * math.sqrt(sx * sx + sy * sy + sz * sz):
        return False
    inverse = 1.0 / across
    yx, yy, yz = yx * inverse, yy * inverse, yz * inverse
    zx, zy, zz = xy * yz - xz * yy, xz * yx - xx * yz, xx * yy - xy * yx
    for ion in range(momentum.shape[0]):
        px, py, pz = momentum[ion, 0], momentum[ion, 1], momentum[ion, 2]
        out[ion, 0] = px * xx + py * xy + pz * xz
        out[ion, 1] = px * yx + py * yy + pz * yz
        out[ion, 2] = px * zx + py * zy + pz * zz
    return True
