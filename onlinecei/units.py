"""Atomic units and the laboratory's, in one place; nothing else in the package converts.

Each constant is the value of one laboratory unit in atomic units: multiply to go in, divide to come out, as in
``length_au = length_mm * units.MILLIMETRE``. Values from CODATA through `scipy.constants`.
"""

from scipy import constants as _si

_codata = _si.physical_constants
_LENGTH = _codata["atomic unit of length"][0]
_TIME = _codata["atomic unit of time"][0]
_VELOCITY = _codata["atomic unit of velocity"][0]
_FIELD = _codata["atomic unit of electric field"][0]
_MAGNETIC = _codata["atomic unit of mag. flux density"][0]
_ENERGY = _codata["atomic unit of energy"][0]

ANGSTROM: float = 1e-10 / _LENGTH
MICROMETRE: float = 1e-6 / _LENGTH
MILLIMETRE: float = 1e-3 / _LENGTH
NANOSECOND: float = 1e-9 / _TIME
FEMTOSECOND: float = 1e-15 / _TIME
METRE_PER_SECOND: float = 1.0 / _VELOCITY
ELECTRONVOLT: float = _si.e / _ENERGY
MICROJOULE: float = 1e-6 / _ENERGY
VOLT_PER_MILLIMETRE: float = 1e3 / _FIELD
GAUSS: float = 1e-4 / _MAGNETIC
DALTON: float = _si.atomic_mass / _si.m_e
KELVIN: float = _si.k / _ENERGY

MOMENTUM_SI: float = _codata["atomic unit of momentum"][0]
"""One atomic unit of momentum in kg m/s."""
