"""The geometries of a channel at all delays, in one frame: each turned onto the one before."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei.geometry import fit
from onlinecei.records import Reconstruction
from onlinecei_gui.molecule.momenta import momenta_of
from onlinecei_gui.molecule.shown import Shown, all_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """The molecule at one delay."""

    delay_fs: tuple[float, float]
    """Edges of the bin."""
    found: Reconstruction
    shown: Shown
    """Like atoms in the order of the frame before, so that a name means the same atom at all delays."""

    @property
    def middle_fs(self) -> float:
        """Middle of the bin."""
        return sum(self.delay_fs) / 2


def frames_of(found: Sequence[Reconstruction]) -> list[Frame]:
    """Lay the geometries of one channel, those with pump and a geometry, onto each other, in the order of delays.

    Where no delay has a geometry, its mean momenta at each delay, which are in one frame as they are.
    """
    pumped = [each for each in found if math.isfinite(sum(each.centroids.delay_fs))]
    ordered = sorted(pumped, key=lambda one: one.centroids.delay_fs)
    usable = [each for each in ordered if each.found]
    if not usable:
        kept = ((each, momenta_of(each)) for each in ordered)
        return [Frame(delay_fs=each.centroids.delay_fs, found=each, shown=one) for each, one in kept if one]
    frames: list[Frame] = []
    for each in usable:
        shown = all_of(each)[0]
        laid = _laid(frames[-1].shown, shown) if frames else shown
        frames.append(Frame(delay_fs=each.centroids.delay_fs, found=each, shown=laid))
    return frames


def between(frames: Sequence[Frame], place: float) -> F8:
    """Give positions (N, 3) at a place among the frames, such as 2.5 half-way from the third to the fourth.

    Atoms go along straight lines, for the eye alone.
    """
    first = int(np.clip(math.floor(place), 0, len(frames) - 1))
    second = min(first + 1, len(frames) - 1)
    share = float(np.clip(place - first, 0.0, 1.0))
    return (1.0 - share) * frames[first].shown.positions + share * frames[second].shown.positions


def _laid(onto: Shown, shown: Shown) -> Shown:
    """Exchange like atoms and turn, the errors too."""
    names, masses = [ion.name for ion in shown.channel.ions], shown.channel.masses_au
    try:
        laid = fit(onto.positions, shown.positions, names, masses)
    except CEIError:
        return shown  # too many like atoms to try all their orders
    order = shown.positions[laid.order]
    rotation = _rotation(order - order.mean(axis=0), laid.positions - laid.positions.mean(axis=0))
    rows = (3 * laid.order[:, None] + np.arange(3)).ravel()
    turn = np.kron(np.eye(len(order)), rotation)
    square = {name: turn @ getattr(shown, name)[np.ix_(rows, rows)] @ turn.T for name in ("errors", "covariance")}
    return replace(shown, positions=laid.positions, **square)


def _rotation(before: F8, after: F8) -> F8:
    """The rotation that was applied, never a reflection; atoms in one plane leave one axis to that."""
    left, _, right = np.linalg.svd(after.T @ before)
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    return np.asarray(left @ flip @ right)
