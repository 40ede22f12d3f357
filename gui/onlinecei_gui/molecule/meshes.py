"""Balls, sticks and ellipsoids as triangles in pixels, lit as they are drawn: what OpenGL is given."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from PyQt6.QtGui import QColor

from onlinecei.arrays import F8, I8
from onlinecei_gui import theme
from onlinecei_gui.molecule.camera import Projection
from onlinecei_gui.molecule.model import Model, Scene

ROUND, HIGH = 32, 18
"""Corners of a sphere around and from pole to pole."""
LIGHT = np.array([-0.42, -0.48, 0.77])
"""Where light comes from, in pixels of the picture: from the upper left, and from the eye."""
AMBIENT, DIFFUSE, GLOSS, SHARP = 0.34, 0.72, 0.55, 22.0
VEILED = 0.34
"""Opacity of ellipsoids."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mesh:
    """Triangles."""

    points: F8
    """(P, 3) pixels."""
    faces: I8
    """(F, 3)"""
    colours: F8
    """(P, 4)"""


def solid(scene: Scene, projection: Projection) -> Mesh:
    """Give the molecule that is spoken of."""
    return _joined(list(_atoms_and_bonds(scene.first, projection)))


def veils(scene: Scene, projection: Projection) -> Mesh:
    """Give what is seen through, the farthest first: ellipsoids."""
    pieces = []
    for atom, position in enumerate(scene.first.positions):
        if (axes := scene.half_axes(atom)) is not None:
            colour = theme.element(scene.first.atomic_numbers[atom])
            pieces.append(_ball(projection.points(position), projection.directions(axes), colour, VEILED))
    return _joined(sorted(pieces, key=lambda piece: float(piece.points[:, 2].mean())))


def _atoms_and_bonds(model: Model, projection: Projection) -> Iterator[Mesh]:
    seen, scale = projection.points(model.positions), projection.scale
    colours = [theme.element(number) for number in model.atomic_numbers]
    for atom, centre in enumerate(seen):
        yield _ball(centre, model.radii[atom] * scale * np.eye(3), colours[atom], 1.0)
    for atom, *ends in model.sticks:
        start, end = projection.points(np.array(ends))
        yield _stick(start, end, model.stick * scale, colours[atom])


def _ball(centre: F8, axes: F8, colour: QColor, opacity: float) -> Mesh:
    """Give an ellipsoid of half axes (3, 3), rows in pixels."""
    corners, faces = _sphere()
    across = corners @ np.linalg.pinv(axes).T
    return Mesh(points=centre + corners @ axes, faces=faces, colours=_lit(across, colour, opacity))


def _stick(start: F8, end: F8, radius: float, colour: QColor) -> Mesh:
    along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-9)
    side = np.cross(along, np.eye(3)[int(np.argmin(np.abs(along)))])
    side /= np.linalg.norm(side)
    turn = np.linspace(0.0, 2.0 * np.pi, ROUND, endpoint=False)
    normals = np.outer(np.cos(turn), side) + np.outer(np.sin(turn), np.cross(along, side))
    points = np.concatenate([start + radius * normals, end + radius * normals])
    here, beside = np.arange(ROUND), (np.arange(ROUND) + 1) % ROUND
    lower, upper = np.stack([here, beside, here + ROUND], 1), np.stack([beside, beside + ROUND, here + ROUND], 1)
    faces = np.concatenate([lower, upper])
    return Mesh(points=points, faces=faces, colours=_lit(np.concatenate([normals, normals]), colour, 1.0))


@cache
def _sphere() -> tuple[F8, I8]:
    """Corners (P, 3) and triangles (F, 3) of the unit sphere."""
    down, turn = np.linspace(0.0, np.pi, HIGH), np.linspace(0.0, 2.0 * np.pi, ROUND, endpoint=False)
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    corners = np.concatenate([np.column_stack([np.sin(a) * ring, np.full(ROUND, np.cos(a))]) for a in down])
    row, column = (each.ravel() for each in np.meshgrid(np.arange(HIGH - 1), np.arange(ROUND), indexing="ij"))
    a, b = row * ROUND + column, row * ROUND + (column + 1) % ROUND
    return corners, np.concatenate([np.stack([a, b, a + ROUND], 1), np.stack([b, b + ROUND, a + ROUND], 1)])


def _lit(normals: F8, colour: QColor, opacity: float) -> F8:
    """Colours (P, 4) under `LIGHT`, after Blinn and Phong."""
    unit = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    light = LIGHT / np.linalg.norm(LIGHT)
    half = light + np.array([0.0, 0.0, 1.0])
    half /= np.linalg.norm(half)
    shade = AMBIENT + DIFFUSE * np.clip(unit @ light, 0.0, None)
    gloss = GLOSS * np.clip(unit @ half, 0.0, None) ** SHARP
    own = np.array([colour.redF(), colour.greenF(), colour.blueF()])
    lit = np.clip(np.outer(shade, own) + gloss[:, None], 0.0, 1.0)
    return np.column_stack([lit, np.full(len(lit), opacity)])


def _joined(pieces: list[Mesh]) -> Mesh:
    starts = np.cumsum([0, *(len(piece.points) for piece in pieces)])
    faces = [piece.faces + start for piece, start in zip(pieces, starts, strict=False)]
    return Mesh(
        points=np.concatenate([np.empty((0, 3)), *(piece.points for piece in pieces)]),
        faces=np.concatenate([np.empty((0, 3), np.int64), *faces]),
        colours=np.concatenate([np.empty((0, 4)), *(piece.colours for piece in pieces)]),
    )
