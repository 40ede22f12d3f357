"""Atomic rates for Monte Carlo explosions in X-ray pulses, from the shipped table ``rates.json``.

`tables/build_rates.py` writes the table; `origin` says where every column comes from. Reading it needs NumPy only.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8, I8
from onlinecei.errors import CEIError, MoleculeError

ELEMENTS = ("H", "C", "N", "O", "F", "Ne", "Si", "P", "S", "Cl", "Ar", "Br", "I")
"""Symbols of the elements in the table."""

_BARN = 1e-8 * units.ANGSTROM**2
_Column = TypeVar("_Column", F8, I8)

FLUORESCENCE = -1
"""Stands for the second subshell of a decay that sends out a photon."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Element:
    """Subshells of one element: energies in eV, rates of the neutral atom with full subshells; arrays are read-only."""

    symbol: str
    number: int
    shells: tuple[str, ...]
    """Names of the S occupied subshells, ``1s`` first."""
    electrons: I8
    """(S,) electrons of the neutral ground state."""
    edge_ev: F8
    """(S,) binding energies in the neutral atom."""
    ionisation_ev: F8
    """(number,) energy that takes the next electron from charge 0, 1, ..."""
    width_ev: F8
    """(S,) natural width of one hole; 0 where it does not decay."""
    decays: I8
    """(D, 3) subshells: the hole, the electron that fills it and the one that leaves, or `FLUORESCENCE`."""
    decay_share: F8
    """(D,) part of a hole's decays that goes this way; those of a hole add up to one."""
    log_photon_ev: F8
    """(E,) natural logarithm of the photon energies of the table."""
    log_sigma_barn: F8
    """(S, E) natural logarithm of the cross sections, continued smoothly below the edges."""

    def cross_sections_au(self, photon_ev: float) -> F8:
        """Photoionisation cross sections (S,) of the full subshells in bohr^2, 0 below the edge.

        Between the tabulated energies both scales are logarithmic. `CEIError` for an energy outside the table.
        """
        lowest, highest = np.exp(self.log_photon_ev[[0, -1]]).round(3)
        if not lowest <= photon_ev <= highest:
            raise CEIError(f"photon energy is {photon_ev} eV, the table of rates has {lowest:g} to {highest:g} eV")
        logs = [np.interp(np.log(photon_ev), self.log_photon_ev, row) for row in self.log_sigma_barn]
        return np.where(photon_ev < self.edge_ev, 0.0, np.exp(logs) * _BARN)


@cache
def element(symbol: str) -> Element:
    """Rates of an element; `MoleculeError` names those that the table has."""
    if symbol not in ELEMENTS:
        raise MoleculeError(f"element '{symbol}' has no atomic rates, the table has {', '.join(ELEMENTS)}")
    row = _table()["elements"][symbol]
    shells = tuple(row["shells"])
    index = {name: i for i, name in enumerate(shells)} | {"": FLUORESCENCE}
    decays = [[index[name] for name in names] for *names, _ in row["decays"]]
    return Element(
        symbol=symbol,
        number=row["number"],
        shells=shells,
        electrons=_fixed(np.array(row["electrons"], dtype=np.int64)),
        edge_ev=_fixed(np.array(row["edge_ev"])),
        ionisation_ev=_fixed(np.array(row["ionisation_ev"])),
        width_ev=_fixed(np.array(row["width_ev"])),
        decays=_fixed(np.array(decays, dtype=np.int64).reshape(-1, 3)),
        decay_share=_fixed(np.array([decay[-1] for decay in row["decays"]], dtype=np.float64)),
        log_photon_ev=_fixed(np.log(_table()["photon_ev"])),
        log_sigma_barn=_fixed(np.log(row["sigma_barn"])),
    )


def origin() -> str:
    """Packages, date, meaning and references of the table, to print."""
    told = _table()["origin"]
    packages = ", ".join(f"{name} {version}" for name, version in told["packages"].items())
    columns = [f"{name}: {text}" for name, text in told["columns"].items()]
    return "\n".join([f"Built {told['date']} with {packages}.", *columns, *told["references"]])


@cache
def _table() -> dict[str, Any]:
    text = files("onlinecei.explosion").joinpath("rates.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def _fixed(column: _Column) -> _Column:
    column.flags.writeable = False
    return column
