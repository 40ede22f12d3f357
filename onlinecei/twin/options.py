"""What a simulated run is like, apart from what the setup says."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from onlinecei.errors import CEIError


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinOptions:
    """Options of the instrument twin."""

    pulses: int = 100_000
    pulses_per_train: int = 500
    """A burst of European XFEL at 1.1 MHz holds about this many that a reaction microscope can use."""
    first_train: int = 1
    molecules_per_pulse: float = 1.0
    """Mean of a Poisson distribution, the same whatever the pulse energy."""
    background_per_pulse: float = 0.5
    """Mean number of hits that no molecule made, even in time and over the detector."""
    channels: tuple[tuple[str, float], ...] = ()
    """Complete channels and their weights; empty: those of the setup in equal shares, or all atoms singly
    charged."""
    efficiency: float = 0.5
    """Probability that an ion that hits the detector is seen."""
    time_sigma_ns: float = 0.25
    """Standard deviation of the measured time."""
    position_sigma_mm: float = 0.1
    """Standard deviation of each measured coordinate."""
    dead_time_ns: float = 15.0
    dead_radius_mm: float = 15.0
    """A hit that follows another within the dead time and this distance is lost."""
    temperature_k: float = 50.0
    """Of the vibrations; a supersonic jet is cold."""
    geometries: int = 20_000
    """How many geometries of each channel are exploded; molecules draw from them and each is turned anew."""
    delay_fs: float = 0.0
    energy_uj: float = 1000.0
    """Mean pulse energy."""
    energy_spread: float = 0.15
    """Relative standard deviation of the gamma-distributed pulse energy."""

    def __post_init__(self) -> None:
        for name in ("pulses", "pulses_per_train", "first_train", "geometries"):
            _require(name, getattr(self, name), getattr(self, name) >= 1, "1 or more")
        for name in ("energy_uj", "energy_spread"):
            _require(name, getattr(self, name), 0 < getattr(self, name) < math.inf, "a number above zero")
        for name in _NOT_NEGATIVE:
            _require(name, getattr(self, name), 0 <= getattr(self, name) < math.inf, "zero or more")
        _require("efficiency", self.efficiency, 0 <= self.efficiency <= 1, "between 0 and 1")
        for channel, weight in self.channels:
            _require(f"weight of channel {channel}", weight, 0 < weight < math.inf, "a number above zero")

    @property
    def trains(self) -> int:
        """Number of trains; the last may be shorter."""
        return -(-self.pulses // self.pulses_per_train)

    def as_mapping(self) -> Mapping[str, object]:
        """All options by name."""
        return asdict(self)


_NOT_NEGATIVE = (
    "molecules_per_pulse",
    "background_per_pulse",
    "time_sigma_ns",
    "position_sigma_mm",
    "dead_time_ns",
    "dead_radius_mm",
    "temperature_k",
)


def _require(name: str, value: object, fine: bool, right: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not fine:
        raise CEIError(f"option {name} is {value}, expected {right}")
