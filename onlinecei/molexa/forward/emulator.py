"""The forward model: an effective classical explosion and what it lacks."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from ase.data import chemical_symbols
from torch import Tensor

from onlinecei.arrays import F8, I8
from onlinecei.errors import CEIError
from onlinecei.molexa.data.stage1 import ELEMENTS, neutral_masses_au
from onlinecei.molexa.forward.correction import Config, Correction
from onlinecei.molexa.forward.features import Explosion
from onlinecei.molexa.network.weights import read_tensors, write_tensors
from onlinecei.molexa.refine.forward import Classical
from onlinecei.molexa.shipped import shipped

FORMAT: Final = "onlinecei-forward"
VERSION: Final = 1
_AT_ONCE = 64
"""Molecules of one pass through the correction: more is no faster and takes memory."""


_ERROR_OF = {1: 1.39, 6: 4.23, 7: 4.89, 8: 2.80, 9: 3.10, 14: 6.02, 15: 4.23, 16: 3.08, 17: 2.74}
"""By atomic number: how far momenta of a mean charge of 2 are off, over the error of all."""
_ERROR_BY_CHARGE = -1.2
"""Exponent of the mean charge; both from the logarithms of the errors in 600 entries of the split `validation`."""


class Emulator:
    """Mean momenta of the Monte Carlo without the Monte Carlo: a `Forward` model.

    Parameters
    ----------
    correction
        With its weights.
    base
        The explosion that it corrects: the same that it was trained with.
    error
        Typical rms error of the momenta, over the rms momentum.
    """

    def __init__(self, correction: Correction, base: Classical | None = None, error: float = 0.0) -> None:
        self.correction = correction.eval().requires_grad_(requires_grad=False)
        self.base = base or Classical()
        self.error = error

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read a forward model; if no path is given, the one that comes with the program.

        Raises
        ------
        CEIError
            The file is missing, of another kind or version, or damaged.
        """
        path = path or shipped("forward")
        tensors, header = read_tensors(path)
        if (header.get("format"), header.get("version")) != (FORMAT, str(VERSION)):
            raise CEIError(
                f"'{path}' holds '{header.get('format')}' {header.get('version')}, expected '{FORMAT}' {VERSION}"
            )
        try:
            correction = Correction(Config(**json.loads(header["config"])))
            correction.load_state_dict(tensors)
            error, times = float(header["error"]), json.loads(header["tau_fs"])
        except (KeyError, TypeError, ValueError, RuntimeError) as wrong:
            raise CEIError(f"'{path}' has weights that do not fit its configuration: {wrong}") from wrong
        return cls(correction, Classical(tau_fs={int(number): time for number, time in times.items()}), error)

    def save(self, path: Path, **notes: str) -> None:
        """Write it, with notes on how it came about.

        Raises
        ------
        CEIError
            The file cannot be written.
        """
        own = {"format": FORMAT, "version": str(VERSION), "error": str(self.error)}
        sizes = {"config": json.dumps(asdict(self.correction.config)), "tau_fs": json.dumps(self.base.tau_fs)}
        write_tensors(path, self.correction.state_dict(), {**notes, **own, **sizes})

    def momenta(self, atomic_number: I8, charge: F8, position_au: F8) -> F8:
        """Give the mean momenta of one molecule.

        Parameters
        ----------
        atomic_number
            (N,)
        charge
            (C, N) of each channel.
        position_au
            (N, 3)

        Returns
        -------
        F8
            (C, N, 3) in a.u., with the sum zero; NaN where two atoms are in one place.

        Raises
        ------
        CEIError
            An element is not known, or a charge is not above zero.
        """
        return self.momenta_many(*_each_channel(atomic_number, charge, position_au))

    def momenta_many(self, atomic_number: I8, charge: F8, position_au: F8) -> F8:
        """Give the mean momenta (B, N, 3) of B molecules in one channel each.

        Atomic numbers (B, N) are 0 where there is no atom, charges (B, N) as well; positions (B, N, 3).
        """
        _check_elements(atomic_number)
        effective = self.base.momenta_many(atomic_number, charge, position_au)
        added = np.zeros(effective.shape)
        by_size = np.argsort((atomic_number > 0).sum(axis=1), kind="stable")
        for first in range(0, by_size.size, _AT_ONCE):
            own = by_size[first : first + _AT_ONCE]
            wide = np.s_[own, : int((atomic_number[own] > 0).sum(axis=1).max())]
            seen = self.explosion(atomic_number[wide], charge[wide], position_au[wide], effective[wide])
            with torch.inference_mode():
                added[wide] = self.correction(seen).double().cpu().numpy()
        return np.asarray(effective + added)

    def errors(self, atomic_number: I8, charge: F8) -> F8:
        """Give the expected rms errors (C, N) of the momenta, over the rms momentum of their channel."""
        of_element = np.array([_ERROR_OF[number] for number in atomic_number.tolist()])
        return np.asarray(self.error * of_element * (charge.mean(axis=1, keepdims=True) / 2) ** _ERROR_BY_CHARGE)

    def jacobian(self, atomic_number: I8, charge: F8, position_au: F8) -> F8:
        """Give the derivatives (C, 3 N, 3 N) of `momenta` with respect to the positions, in a.u. per bohr.

        That of the effective momenta is from the tangents of their explosion, that of the correction from differences
        along the positions and the effective momenta that go with them: twice as fast as to differentiate it.
        """
        _check_elements(atomic_number)
        effective = self.base.jacobian(atomic_number, charge, position_au)
        each = _each_channel(atomic_number, charge, position_au)
        momenta = self.base.momenta_many(*each)
        found = [self._slopes(*row) for row in zip(*each, momenta, effective, strict=True)]
        return np.asarray(effective + np.stack(found))

    def _slopes(self, number: I8, charge: F8, position: F8, momentum: F8, effective: F8) -> F8:
        """Derivatives (3 N, 3 N) of the correction in one channel; shifts of all atoms together change nothing."""
        step, size = self._step, position.size
        shifts = np.concatenate([np.zeros((1, size)), step * np.eye(size)[:-3]])
        many = len(shifts)
        shifted = (position + shifts.reshape(many, -1, 3), momentum + (shifts @ effective.T).reshape(many, -1, 3))
        seen = self.explosion(np.tile(number, (many, 1)), np.tile(charge, (many, 1)), *shifted)
        with torch.inference_mode():
            added = self.correction(seen).double().cpu().numpy().reshape(many, size)
        slopes = ((added[1:] - added[0]) / step).T
        return np.concatenate([slopes, -slopes.reshape(size, -1, 3).sum(axis=1)], axis=1)

    @property
    def _step(self) -> float:
        """Of differences, in bohr: rounding and curvature err by about a thousandth in single precision."""
        return float(4 * torch.finfo(self.correction.weights.weight.dtype).eps ** 0.5)

    def explosion(self, atomic_number: I8, charge: F8, position_au: F8, effective_au: F8) -> Explosion:
        """What the correction is asked about, as tensors; all of one width."""
        mass = np.nan_to_num(neutral_masses_au())[atomic_number] - charge

        def tensor(values: F8) -> Tensor:
            return torch.from_numpy(np.ascontiguousarray(values, np.float64)).to(self.correction.weights.weight)

        return Explosion(
            atomic_number=torch.from_numpy(atomic_number.astype(np.int64)).to(self.correction.weights.weight.device),
            charge=tensor(charge),
            mass_au=tensor(mass),
            position_au=tensor(position_au),
            momentum_au=tensor(effective_au),
        )


def _check_elements(atomic_number: I8) -> None:
    if unknown := sorted(set(atomic_number.ravel().tolist()) - {0, *ELEMENTS.tolist()}):
        symbols = ", ".join(chemical_symbols[each] for each in unknown)
        known = ", ".join(chemical_symbols[each] for each in ELEMENTS)
        raise CEIError(f"the forward model does not know {symbols}, expected elements of {known}")


def _each_channel(atomic_number: I8, charge: F8, position_au: F8) -> tuple[I8, F8, F8]:
    """One molecule as many, one for each of its channels."""
    channels = len(charge)
    return (
        np.tile(atomic_number, (channels, 1)),
        np.asarray(charge, dtype=np.float64),
        np.tile(position_au, (channels, 1, 1)),
    )
