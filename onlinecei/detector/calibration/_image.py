"""The image of all hits, and the rim of the plate in it."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8

SECTORS = 12
NEAR = 0.15
"""The rim is looked for so far about the radius that the setup says."""
INSIDE, OUTSIDE = (0.88, 0.97), (1.03, 1.12)
"""Rings beside the rim, over its radius."""
EMPTY = 0.2
"""Density outside over that inside, at most: the image must end at the rim."""
SHARP_MM = 1.5
"""An image that fades within more than this is not cut off by the plate."""
FEWEST = 20
"""Hits in the inner ring of each sector."""
UNKNOWN = 0.003
"""Relative error of the radius that is always added: density need not be even up to the rim, nor wires straight."""
ROUNDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Rim:
    """Circle in which the image ends."""

    centre_mm: tuple[float, float]
    radius_mm: float
    centre_error_mm: float
    radius_error_mm: float


def places(halves: F8, mm_per_ns: F8, offset_mm: float) -> tuple[F8, F8]:
    """Place (x, y) of hits from half differences (2 or 3, N); NaN where fewer than two layers are complete.

    Of three layers that agree, the least squares; formulas as for the sorter.
    """
    layers = halves * mm_per_ns[:, None]
    if len(layers) == 2:
        return layers[0], layers[1]
    u, v, w, root3 = layers[0], layers[1], layers[2] + offset_mm, np.sqrt(3.0)
    x = np.where(np.isnan(u), v + w, np.where(np.isnan(v + w), u, (2 * u + v + w) / 3))
    y = np.where(np.isnan(v), (2 * w - u) / root3, np.where(np.isnan(w), (u - 2 * v) / root3, (w - v) / root3))
    return np.asarray(x), np.asarray(y)


def find_rim(x: F8, y: F8, expected_mm: float) -> Rim | None:
    """Find the circle in which the image ends; None where the image does not reach a rim all around."""
    radius, centre = expected_mm, np.array([_middle(x), _middle(y)])
    rim = None
    for turn in range(ROUNDS):
        r, angle = np.hypot(x - centre[0], y - centre[1]), np.arctan2(y - centre[1], x - centre[0])
        if turn == 0:
            radius = _steepest(r, expected_mm)
        rim = _circle(r, angle, centre, radius)
        if rim is None or abs(rim.radius_mm / expected_mm - 1) > NEAR:
            return None
        centre, radius = np.array(rim.centre_mm), rim.radius_mm
    r = np.hypot(x - centre[0], y - centre[1])
    return rim if _sharp(r, radius) else None


def _middle(values: F8) -> float:
    return float(np.quantile(values, [0.002, 0.998]).mean()) if values.size else 0.0


def _steepest(r: F8, expected: float) -> float:
    """Radius at which the density of hits falls by most, over all angles."""
    edges = expected * np.linspace(1 - NEAR - 0.05, 1 + NEAR + 0.05, 61)
    density = np.histogram(r, edges)[0] / np.diff(edges**2)
    inside = np.convolve(density, np.ones(5) / 5, "valid")
    return float(edges[5 + int(np.argmax(inside[:-5] - inside[5:]))])


def _circle(r: F8, angle: F8, centre: F8, radius: float) -> Rim | None:
    """Fit a circle to the rim of each sector: that radius within which the density inside gives all hits."""
    sector = ((angle + np.pi) * SECTORS / (2 * np.pi)).astype(np.int64) % SECTORS
    inside, outside, both = (
        np.bincount(sector[(r >= low * radius) & (r < high * radius)], minlength=SECTORS)
        for low, high in (INSIDE, OUTSIDE, (INSIDE[1], OUTSIDE[0]))
    )
    area, width = INSIDE[1] ** 2 - INSIDE[0] ** 2, OUTSIDE[0] ** 2 - INSIDE[1] ** 2
    # One more hit than counted: the mean of 1 / (n + 1) is that of 1 / expected.
    dense, sparse = (inside + 1) / area, outside / (OUTSIDE[1] ** 2 - OUTSIDE[0] ** 2)
    if inside.min() < FEWEST or np.any(sparse > EMPTY * dense):
        return None
    rim = np.sqrt(INSIDE[1] ** 2 + np.maximum(both - sparse * width, 0.0) / (dense - sparse))
    # The same error for all: errors from few hits each would prefer the sectors with too few.
    error = np.sqrt(both.mean() + (width / 2 / area) ** 2 * inside.mean()) / dense.mean() / 2
    middle = (np.arange(SECTORS) + 0.5) * 2 * np.pi / SECTORS - np.pi
    terms = np.column_stack([np.cos(middle), np.sin(middle), np.ones(SECTORS)])
    inverse = np.linalg.inv(terms.T @ terms)
    values = inverse @ (terms.T @ rim)
    worse = max(1.0, float(np.sum((rim - terms @ values) ** 2) / error**2 / (SECTORS - 3)))
    errors = radius * error * np.sqrt(worse * np.diag(inverse))
    return Rim(
        centre_mm=(float(centre[0] + radius * values[0]), float(centre[1] + radius * values[1])),
        radius_mm=float(radius * values[2]),
        centre_error_mm=float(errors[:2].max()),
        radius_error_mm=float(np.hypot(errors[2], UNKNOWN * radius)),
    )


def _sharp(r: F8, radius: float) -> bool:
    """Whether the density falls from inside to outside within `SHARP_MM` on either side."""
    width = 2 * SHARP_MM
    rings = [(radius - SHARP_MM - width, radius - SHARP_MM), (radius + SHARP_MM, radius + SHARP_MM + width)]
    inner, outer = (np.count_nonzero((r >= low) & (r < high)) / (high**2 - low**2) for low, high in rings)
    return bool(outer < EMPTY * inner)
