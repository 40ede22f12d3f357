"""The X-ray pulse that a molecule meets."""

import math
from dataclasses import dataclass

from onlinecei import units
from onlinecei.errors import CEIError


@dataclass(frozen=True, slots=True, kw_only=True)
class Beam:
    """A Gaussian pulse in a round Gaussian focus; the defaults are those of MOLEXA."""

    photon_ev: float = 2000.0
    pulse_energy_uj: float = 1000.0
    duration_fs: float = 15.0
    """Full width at half maximum."""
    focus_um: float = 1.0
    """Full width at half maximum."""
    wings: float = 1e-3
    """Fluence where the sampled part of the focus ends, over the peak; 1: only the peak."""

    def __post_init__(self) -> None:
        for name in ("photon_ev", "pulse_energy_uj", "duration_fs", "focus_um", "wings"):
            value = getattr(self, name)
            if not 0 < value < math.inf:
                raise CEIError(f"beam: {name} is {value}, expected a number above zero")
        if self.wings > 1:
            raise CEIError(f"beam: wings is {self.wings}, expected at most 1, the peak")
        if not 100 <= self.photon_ev <= 20_000:
            raise CEIError(f"beam: photon_ev is {self.photon_ev}, the tables run from 100 to 20000")

    @property
    def photons(self) -> float:
        """Photons in the pulse."""
        return self.pulse_energy_uj * units.MICROJOULE / (self.photon_ev * units.ELECTRONVOLT)

    @property
    def peak_fluence_au(self) -> float:
        """Photons per bohr^2 in the middle of the focus: ``4 ln 2 N / (pi w^2)``."""
        return self.photons * 4 * math.log(2) / (math.pi * (self.focus_um * units.MICROMETRE) ** 2)

    @property
    def sigma_au(self) -> float:
        """Standard deviation of the pulse in time."""
        return self.duration_fs * units.FEMTOSECOND / math.sqrt(8 * math.log(2))
