"""A geometry to compare with, from a file; one for the whole dashboard."""

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from ase.formula import Formula

from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei.geometry import Fit, fit
from onlinecei.ions import Channel


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    """One or several geometries of a molecule; several are told apart by their delay."""

    name: str
    frames: tuple[Atoms, ...]

    def at(self, delay_fs: tuple[float, float]) -> Atoms:
        """Give the frame whose delay is nearest to the middle of a bin; the first where delays are not said."""
        middle = sum(delay_fs) / 2
        if not math.isfinite(middle):
            return self.frames[0]
        return min(self.frames, key=lambda frame: abs(float(frame.info.get("delay_fs", math.inf)) - middle))

    def on(self, channel: Channel, positions: F8, delay_fs: tuple[float, float]) -> Fit:
        """Lay it onto positions (N, 3) in angstrom of the atoms of a channel; `CEIError` where it holds others."""
        frame, names = self.at(delay_fs), [ion.symbol for ion in channel.ions]
        own = [chemical_symbols[number] for number in frame.numbers]
        if Counter(own) != Counter(names):
            raise CEIError(f"the reference '{self.name}' is {_formula(own)}, not {_formula(names)}")
        order = [place for symbol in dict.fromkeys(names) for place, each in enumerate(own) if each == symbol]
        places = np.argsort([list(dict.fromkeys(names)).index(name) for name in names], kind="stable")
        sorted_own = np.empty_like(positions)
        sorted_own[places] = frame.positions[order]
        return fit(positions, sorted_own, names, channel.masses_au, mirror=True)


def _formula(names: list[str]) -> str:
    return str(Formula.from_list(names).format("hill"))


def read_reference(path: Path) -> Reference:
    """Read whatever ASE reads, such as xyz; a comment key ``delay_fs`` says which delay a frame is for.

    Raises
    ------
    CEIError
        The file cannot be read, or holds no atoms.
    """
    from ase.io import read  # noqa: PLC0415  the window is there sooner

    try:
        frames = read(path, index=":")
    except Exception as error:
        raise CEIError(f"the reference '{path}' cannot be read: {error or type(error).__name__}") from error
    if not frames or any(len(frame) == 0 or not np.isfinite(frame.positions).all() for frame in frames):
        raise CEIError(f"the reference '{path}' holds no atoms, or some that are nowhere")
    return Reference(name=Path(path).name, frames=tuple(frames))


now: Reference | None = None
"""The one in use."""


def choose(reference: Reference | None) -> None:
    """Take another one, or none."""
    global now  # noqa: PLW0603  one reference for all panels of the dashboard
    now = reference
