"""From where a molecule is seen, without perspective: the same for whatever draws it."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8

TURN_PER_PIXEL = 0.01
"""Radians."""
UPRIGHT = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
"""Puts x of the molecular frame, where the heaviest ion flies, at the top."""
NEAREST, FARTHEST = 8.0, 0.2
"""Limits of the zoom."""
FILLED = 0.46
"""Radius of the molecule over the shorter side of the picture, at no zoom."""


def turned(rotation: F8, down: float, right: float) -> F8:
    """Turn a view by angles about the horizontal and the vertical axis of the screen."""
    about_x = np.array([[1, 0, 0], [0, np.cos(down), -np.sin(down)], [0, np.sin(down), np.cos(down)]])
    about_y = np.array([[np.cos(right), 0, np.sin(right)], [0, 1, 0], [-np.sin(right), 0, np.cos(right)]])
    return np.asarray(about_x @ about_y @ rotation)


class Camera:
    """Turn and zoom."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Go back to where it was at the beginning."""
        self.zoom, self.rotation = 1.0, turned(UPRIGHT, 0.25, 0.4)

    def drag(self, right: float, down: float) -> None:
        """Turn by a way of the mouse in pixels."""
        self.rotation = turned(self.rotation, down * TURN_PER_PIXEL, right * TURN_PER_PIXEL)

    def roll(self, steps: int) -> None:
        """Zoom by a turn of the wheel in eighths of a degree."""
        self.zoom = float(np.clip(self.zoom * 1.0015**steps, FARTHEST, NEAREST))

    def onto(self, width: int, height: int, reach: float) -> "Projection":
        """Give what puts a molecule of a reach in angstrom onto a picture of a size in pixels."""
        scale = self.zoom * FILLED * min(width, height) / reach
        return Projection(rotation=self.rotation, scale=scale, width=width, height=height)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Projection:
    """From angstrom to pixels: x to the right, y down, z towards the eye."""

    rotation: F8
    scale: float
    """Pixels of an angstrom."""
    width: int
    height: int

    def points(self, positions: F8) -> F8:
        """Put positions (..., 3) onto the picture."""
        return np.asarray(self.directions(positions) + np.array([self.width / 2, self.height / 2, 0.0]))

    def directions(self, vectors: F8) -> F8:
        """The same of vectors."""
        return np.asarray(vectors @ self.rotation.T * [1.0, -1.0, 1.0] * self.scale)
