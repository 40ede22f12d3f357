"""Small turns of an event: what they do to momenta, and how well an event says which way it lies."""

import math

from onlinecei.arrays import F8
from onlinecei.compiled import compiled

DEGENERATE = 1e-6
"""Sine below which two momenta lie along one line."""


@compiled
def turn_by(rotations: F8, way: int, x: float, y: float, z: float) -> None:
    """Turn ``rotations[way]`` (3, 3), in place, further by the rotation vector (x, y, z): Rodrigues' formula."""
    angle = math.sqrt(x * x + y * y + z * z)
    if angle == 0.0:
        return
    x, y, z = x / angle, y / angle, z / angle
    c, s = math.cos(angle), math.sin(angle)
    for k in range(3):
        a, b, d = rotations[way, 0, k], rotations[way, 1, k], rotations[way, 2, k]
        along = (x * a + y * b + z * d) * (1.0 - c)
        rotations[way, 0, k] = a * c + (y * d - z * b) * s + x * along
        rotations[way, 1, k] = b * c + (z * a - x * d) * s + y * along
        rotations[way, 2, k] = d * c + (x * b - y * a) * s + z * along


@compiled
def invert_symmetric(h: F8, out: F8, k: int) -> float:
    """Write the inverse of a symmetric positive matrix (3, 3) to ``out[k]``; returns the determinant."""
    a = h[1, 1] * h[2, 2] - h[1, 2] * h[1, 2]
    b = h[0, 2] * h[1, 2] - h[0, 1] * h[2, 2]
    c = h[0, 1] * h[1, 2] - h[0, 2] * h[1, 1]
    determinant: float = h[0, 0] * a + h[0, 1] * b + h[0, 2] * c
    d = (h[0, 1] * h[0, 2] - h[0, 0] * h[1, 2]) / determinant
    out[k, 0, 0], out[k, 0, 1], out[k, 0, 2] = a / determinant, b / determinant, c / determinant
    out[k, 1, 0], out[k, 1, 1], out[k, 1, 2] = b / determinant, (h[0, 0] * h[2, 2] - h[0, 2] ** 2) / determinant, d
    out[k, 2, 0], out[k, 2, 1], out[k, 2, 2] = c / determinant, d, (h[0, 0] * h[1, 1] - h[0, 1] ** 2) / determinant
    return determinant


@compiled
def frame_of(vectors: F8, i: int, j: int, frames: F8, out: int) -> bool:
    """Axes as rows of ``frames[out]``: along vector i, across it towards vector j, and the third.

    False where the two lie along one line.
    """
    length = math.sqrt(vectors[i, 0] ** 2 + vectors[i, 1] ** 2 + vectors[i, 2] ** 2)
    size = math.sqrt(vectors[j, 0] ** 2 + vectors[j, 1] ** 2 + vectors[j, 2] ** 2)
    if not (length > 0.0 and size > 0.0):
        return False
    along = across = 0.0
    for k in range(3):
        frames[out, 0, k] = vectors[i, k] / length
        along += vectors[j, k] * frames[out, 0, k]
    for k in range(3):
        frames[out, 1, k] = vectors[j, k] - along * frames[out, 0, k]
        across += frames[out, 1, k] ** 2
    across = math.sqrt(across)
    if not across > DEGENERATE * size:
        return False
    for k in range(3):
        frames[out, 1, k] /= across
    for k in range(3):
        a, b = (k + 1) % 3, (k + 2) % 3
        frames[out, 2, k] = frames[out, 0, a] * frames[out, 1, b] - frames[out, 0, b] * frames[out, 1, a]
    return True
