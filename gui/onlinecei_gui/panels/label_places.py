"""Where names stand beside what they name, so that none lies on another or over the rim. All in pixels, y down."""

import numpy as np

from onlinecei.arrays import F8

GAPS = (1.0, 9.0)
"""Between a name and what it names: near it, or farther away where it is crowded there."""
HARD = 1e3
"""How much worse it is to lie on another name, or outside, than on a mark."""
WAYS = np.array([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y], dtype=np.float64)
"""Directions in which a name may stand."""


def places(named: F8, sizes: F8, room: F8, marks: F8 | None = None) -> F8:
    """Find a place for each name.

    Parameters
    ----------
    named
        (N, 4) left, top, right and bottom of what is named.
    sizes
        (N, 2) width and height of the names.
    room
        (4,) the box that they must stay in.
    marks
        (M, 4) boxes of what should be seen as well, without a name.

    Returns
    -------
    F8
        (N, 2) left and top of each name; NaN where there is no room for it.
    """
    found = np.full((len(named), 2), np.nan)
    if not len(named):
        return found
    middles = (named[:, :2] + named[:, 2:]) / 2
    out = middles - middles.mean(axis=0)
    seen = named if marks is None else np.vstack([named, marks])
    taken = np.empty((0, 4))
    for each in np.argsort(-np.hypot(*out.T), kind="stable"):
        boxes = _around(named[each], sizes[each])
        worse = HARD * (_overlaps(boxes, taken) + _outside(boxes, room)) + _overlaps(boxes, seen)
        inward = 1.0 - np.tile(WAYS @ out[each], len(GAPS)) / (np.hypot(*out[each]) * np.sqrt(2.0) + 1e-9)
        best = int(np.argmin(worse + inward + np.repeat([0.0, 5.0], len(WAYS))))
        if worse[best] < HARD:
            found[each] = boxes[best, :2]
            taken = np.vstack([taken, boxes[best]])
    return found


def _around(box: F8, size: F8) -> F8:
    """Give the boxes (2 * 8, 4) that a name may have around another box, the near ones first."""
    middle, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2
    centres = np.concatenate([middle + WAYS * (half + size / 2 + gap) for gap in GAPS])
    return np.concatenate([centres - size / 2, centres + size / 2], axis=1)


def _overlaps(boxes: F8, others: F8) -> F8:
    """Give the area (B,) that each box shares with the others (K, 4)."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    return np.asarray(np.clip(high - low, 0.0, None).prod(axis=2).sum(axis=1))


def _outside(boxes: F8, room: F8) -> F8:
    """Give how far (B,) each box reaches out of the room."""
    beyond = np.concatenate([room[:2] - boxes[:, :2], boxes[:, 2:] - room[2:]], axis=1)
    return np.asarray(np.clip(beyond, 0.0, None).sum(axis=1))
