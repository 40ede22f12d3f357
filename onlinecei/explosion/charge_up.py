"""How the charge of an atom grows from zero to its final value during the pulse."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.compiled import compiled
from onlinecei.errors import CEIError
from onlinecei.setup import ExplosionSection

SUDDEN, ERF, EXPONENTIAL = 0, 1, 2
_CODES = {"sudden": SUDDEN, "erf": ERF, "exponential": EXPONENTIAL}
SETTLED = (0.0, 4.5, 24.0)
"""Times by law, in tau, after which less than 1e-10 of the charge is missing."""


@dataclass(frozen=True, slots=True)
class ChargeUp:
    """A charge-up law: at once, as erf(t / tau) (MOLEXA, with tau = 45 fs), or as 1 - exp(-t / tau)."""

    law: Literal["sudden", "erf", "exponential"] = "sudden"
    tau_fs: float | tuple[float, ...] = 0.0
    """One time for all atoms, or one for each."""

    @classmethod
    def of(cls, section: ExplosionSection, symbols: Sequence[str]) -> Self:
        """Turn the setup's section into the law for atoms (N,) of these elements, in this order.

        Raises
        ------
        CEIError
            The section has a time for each element, and lacks that of one of the atoms.
        """
        if not isinstance(section.tau_fs, tuple):
            return cls(section.charge_up, section.tau_fs or 0.0)
        times = dict(section.tau_fs)
        if missing := sorted(set(symbols) - set(times)):
            raise CEIError(
                f"tau_fs names {', '.join(times)} and no {', '.join(missing)}, expected every atom's element"
            )
        return cls(section.charge_up, tuple(times[symbol] for symbol in symbols))

    @property
    def code(self) -> int:
        """The law as the compiled kernels know it."""
        return _CODES[self.law]

    def times_au(self, atoms: int) -> F8:
        """Time constants (N,) in atomic units."""
        given = np.asarray(self.tau_fs, dtype=np.float64)
        if given.shape not in {(), (atoms,)}:
            raise CEIError(f"charge-up '{self.law}' has {given.size} times for {atoms} atoms, expected one or one each")
        times = np.broadcast_to(given, (atoms,)) * units.FEMTOSECOND
        if self.code != SUDDEN and not np.all(times > 0):
            raise CEIError(f"charge-up '{self.law}' with tau = {self.tau_fs} fs, expected times above zero")
        return np.ascontiguousarray(times)


@compiled
def charge_fraction(law: int, time: float, tau: float) -> float:
    """Share of its final charge that an atom carries at a time."""
    if law == ERF:
        return math.erf(time / tau)
    if law == EXPONENTIAL:
        return -math.expm1(-time / tau)
    return 1.0
