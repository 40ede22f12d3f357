"""A setup for a molecule when the user has none."""

import math

import numpy as np
from ase import Atoms

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.explosion import explode
from onlinecei.ions import MAX_IONS, Ion
from onlinecei.twin.breakup import singly_charged
from onlinecei.twin.molecules import formula_of

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


def default_setup(atoms: Atoms, name: str) -> str:
    """Write a setup (TOML) for the molecule with every atom singly charged.

    With up to nine atoms the channel is complete; a larger molecule gets a partial one of its heaviest atoms,
    a hydrogen included if there is one.
    """
    ions = singly_charged(atoms)
    positions = atoms.positions[np.argsort(-atoms.numbers, kind="stable")] * units.ANGSTROM
    masses = np.array([ion.mass_au for ion in ions])
    momenta = np.linalg.norm(explode(positions, masses, np.ones(masses.size)), axis=1)
    field = _field(momenta, masses)
    channel = _channel(ions)
    windows = "\n".join(_window(ion, ions, momenta) for ion in dict.fromkeys(ions))
    gate = f"momentum_sum_au = {_sum_gate(masses, field):.1f}\n" if len(channel) == len(ions) else ""
    return f"""# A setup for {" ".join(name.split())}, made from its geometry: all ions of charge one.
[molecule]
formula = "{formula_of(atoms)}"

[spectrometer]
acceleration_mm = {ACCELERATION_MM}
field_v_per_mm = {field:.1f}

[detector]
radius_mm = {RADIUS_MM}
{windows}

[[channels]]
ions = [{", ".join(f'"{ion}"' for ion in channel)}]
{gate}"""


def _window(ion: Ion, ions: tuple[Ion, ...], momenta: F8) -> str:
    own = max(float(p) for p, other in zip(momenta, ions, strict=True) if other == ion)
    largest = MARGIN * max(own, CENTRAL * float(momenta.max()))
    return f'\n[[ions]]\nname = "{ion}"\nmomentum_max_au = {math.ceil(largest / 5) * 5:.1f}'


def _channel(ions: tuple[Ion, ...]) -> tuple[Ion, ...]:
    if len(ions) <= MAX_IONS:
        return ions
    heavy = tuple(ion for ion in ions if ion.symbol != "H")
    return (*heavy[: MAX_IONS - 1], ions[-1])


def _field(momenta: F8, masses: F8) -> float:
    """Field in V/mm that lands ions which start sideways on the detector; the radius falls with its root."""
    flight = _flight_au(masses, FIELD_V_PER_MM)
    radius_mm = float(np.max(momenta * flight / masses)) / units.MILLIMETRE
    return float(math.ceil(FIELD_V_PER_MM * max(1.0, (radius_mm / (USED_RADIUS * RADIUS_MM)) ** 2)))


def _sum_gate(masses: F8, field: float) -> float:
    """Six standard deviations of the momentum sum, or the usual gate."""
    along = field * units.VOLT_PER_MILLIMETRE * TIME_SIGMA_NS * units.NANOSECOND * math.sqrt(masses.size)
    across = float(np.linalg.norm(masses / _flight_au(masses, field))) * POSITION_SIGMA_MM * units.MILLIMETRE
    return max(MOMENTUM_SUM_AU, float(math.ceil(6 * max(along, across))))


def _flight_au(masses: F8, field: float) -> F8:
    length, pull = ACCELERATION_MM * units.MILLIMETRE, field * units.VOLT_PER_MILLIMETRE
    return np.asarray(np.sqrt(2 * masses * length / pull))
