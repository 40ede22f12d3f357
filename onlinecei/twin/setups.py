"""A setup for a molecule when the user has none."""

import math
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from ase import Atoms

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.ions import Ion
from onlinecei.twin.molecules import formula_of
from onlinecei.twin.options import Scan, TwinOptions
from onlinecei.twin.outlook import Outlook, outlook

Kind = Literal["hexanode", "quad"]

ACCELERATION_MM, FIELD_V_PER_MM, RADIUS_MM = 95.0, 22.0, 60.0
"""A usual reaction microscope; the field is raised until the ions fit on the detector."""
MARGIN = 1.6
"""Window over the largest momentum of the equilibrium geometry; vibration spreads momenta by a few tens of
per cent."""
CENTRAL = 0.5
"""An atom in the middle of a molecule, at rest by symmetry, gets momentum by vibration: window for at least
this share of the molecule's largest momentum."""
USED_RADIUS = 0.9 / 1.3
"""Share of the radius that the ions of the equilibrium geometry may fill, so that the spread of vibration
fits as well."""
MOMENTUM_SUM_AU = 15.0
"""Gate on the momentum sum; six standard deviations of it where that is more."""
TIME_SIGMA_NS, POSITION_SIGMA_MM = 0.25, 0.1
MM_PER_NS, TIME_SUM_NS = 0.7, 175.0
"""A signal along a delay line of the detector's width needs 2 x 60 mm / 0.7 mm/ns, and a little for the leads."""


def default_setup(atoms: Atoms, name: str, options: TwinOptions | None = None, detector: Kind = "hexanode") -> str:
    """Write a setup (TOML) for a molecule.

    Classical: every atom singly charged. With up to nine atoms the channel is complete; a larger molecule gets a
    partial one of its heaviest atoms, a hydrogen included if there is one. Monte Carlo: up to three complete
    channels, those that most of some trial trajectories end in.

    Parameters
    ----------
    atoms
        Equilibrium geometry, positions in angstrom.
    name
        What to call it in the first line.
    options
        Of the run: runs of edges need delay lines, those with a scan get a bin for each delay.
    detector
        Kind of the delay lines.
    """
    chosen = options or TwinOptions()
    found = outlook(atoms, chosen)
    field = _field(found.momentum_au)
    windows = "\n".join(_window(ion, found.momentum_au) for ion in found.momentum_au)
    channels = "\n".join(_channel(ions, len(atoms), field) for ions in found.channels)
    return f"""# A setup for {_short(name)}, made from its geometry: {found.description}.
[molecule]
formula = "{formula_of(atoms)}"

[spectrometer]
acceleration_mm = {ACCELERATION_MM}
field_v_per_mm = {field:.1f}

[detector]
radius_mm = {RADIUS_MM}
{_delay_lines(detector) if chosen.output == "edges" else ""}{windows}
{channels}{_bins(found, chosen.scan)}"""


def _short(name: str) -> str:
    """Give the name on one line; that of a file without the folders of this machine."""
    return " ".join((Path(name).name if name.endswith(".xyz") else name).split())


def _window(ion: Ion, momenta: dict[Ion, float]) -> str:
    largest = MARGIN * max(momenta[ion], CENTRAL * max(momenta.values()))
    return f'\n[[ions]]\nname = "{ion}"\nmomentum_max_au = {math.ceil(largest / 5) * 5:.1f}'


def _channel(ions: tuple[Ion, ...], atoms: int, field: float) -> str:
    gate = f"momentum_sum_au = {_sum_gate(ions, field):.1f}\n" if len(ions) == atoms else ""
    return f"""
[[channels]]
ions = [{", ".join(f'"{ion}"' for ion in ions)}]
{gate}"""


def _delay_lines(kind: Kind) -> str:
    layers = 3 if kind == "hexanode" else 2
    return f"""
[delay_lines]
kind = "{kind}"
mm_per_ns = {[MM_PER_NS] * layers}
time_sum_ns = {[TIME_SUM_NS] * layers}
"""


def _bins(found: Outlook, scan: Scan) -> str:
    """Give each of several delays a bin, with its edges in the middle between neighbours, and one to no pump."""
    without_pump = "unpumped = true\n" if scan.unpumped else ""
    delays = found.delay_fs
    if len(delays) < 2:
        return f"\n[delays]\n{without_pump}" if without_pump else ""
    middles = [(a + b) / 2 for a, b in pairwise(delays)]
    first, last = 2 * delays[0] - middles[0], 2 * delays[-1] - middles[-1]
    return f"\n[delays]\nedges_fs = {[first, *middles, last]}\n{without_pump}"


def _field(momenta: dict[Ion, float]) -> float:
    """Field in V/mm that lands ions which start sideways on the detector; the radius falls with its root."""
    ions = list(momenta)
    reach = np.array(list(momenta.values())) * _flight_au(ions, FIELD_V_PER_MM) / _masses(ions)
    radius_mm = float(np.max(reach)) / units.MILLIMETRE
    return float(math.ceil(FIELD_V_PER_MM * max(1.0, (radius_mm / (USED_RADIUS * RADIUS_MM)) ** 2)))


def _sum_gate(ions: tuple[Ion, ...], field: float) -> float:
    """Six standard deviations of the momentum sum, or the usual gate."""
    charges = np.array([ion.charge for ion in ions])
    along = field * units.VOLT_PER_MILLIMETRE * TIME_SIGMA_NS * units.NANOSECOND * float(np.linalg.norm(charges))
    across = float(np.linalg.norm(_masses(ions) / _flight_au(ions, field))) * POSITION_SIGMA_MM * units.MILLIMETRE
    return max(MOMENTUM_SUM_AU, float(math.ceil(6 * max(along, across))))


def _masses(ions: "list[Ion] | tuple[Ion, ...]") -> F8:
    return np.array([ion.mass_au for ion in ions])


def _flight_au(ions: "list[Ion] | tuple[Ion, ...]", field: float) -> F8:
    length, pull = ACCELERATION_MM * units.MILLIMETRE, field * units.VOLT_PER_MILLIMETRE
    charges = np.array([ion.charge for ion in ions])
    return np.asarray(np.sqrt(2 * _masses(ions) * length / (charges * pull)))
