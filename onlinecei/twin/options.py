"""What a simulated run is like, apart from what the setup says."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Literal, get_args

from onlinecei.errors import CEIError
from onlinecei.explosion.beam import Beam

Model = Literal["classical", "monte-carlo"]
Output = Literal["hits", "edges"]
Bunches = Literal["xfel", "lcls2"]
Order = Literal["random", "scan"]
LONGEST_TRAIN = 2700
"""Pulses in a train of European XFEL, of which there are ten a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """Errors of a run of hits, and losses to the dead time of whatever sorted its signals."""

    time_sigma_ns: float = 0.25
    """Standard deviation of the measured time."""
    position_sigma_mm: float = 0.1
    """Standard deviation of each measured coordinate."""
    dead_time_ns: float = 15.0
    dead_radius_mm: float = 15.0
    """A hit that follows another within the dead time and this distance is lost."""

    def __post_init__(self) -> None:
        _require_not_negative(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What happens to each signal in a run of edges; the resolution of a place follows from the jitter."""

    jitter_ns: float = 0.1
    """Standard deviation of the time of each signal."""
    lost_wire: float = 0.05
    """Probability that the signal at one end of a wire is lost."""
    lost_mcp: float = 0.02
    """Probability that the signal of the multi-channel plate is lost though the wires have theirs."""
    dead_wire_ns: float = 15.0
    """A signal that follows another in its channel within this time is lost."""
    dead_mcp_ns: float = 12.0
    """The same for the multi-channel plate."""
    noise_per_channel: float = 0.02
    """Mean number of edges per pulse and channel that no hit made, even in time."""

    def __post_init__(self) -> None:
        _require_not_negative(self)
        for name in ("lost_wire", "lost_mcp"):
            _require(name, getattr(self, name), getattr(self, name) <= 1, "between 0 and 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gas:
    """Residual gas in the focus."""

    ions_per_pulse: float = 0.0
    """Mean number of ions (H2O+, OH+, N2+, H+), before the detector's efficiency."""
    temperature_k: float = 300.0
    """Of the molecular ions, which keep the momenta of their molecules."""
    proton_ev: float = 3.0
    """Mean kinetic energy of H+, which dissociation drives out."""

    def __post_init__(self) -> None:
        _require_not_negative(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Slow changes, linear from the first train, which is as the setup says, to the last."""

    t0_ns: float = 0.0
    """Change of t0 over the run."""
    field: float = 0.0
    """Relative change of the electric field over the run."""

    def __post_init__(self) -> None:
        _require("t0_ns of the drift", self.t0_ns, math.isfinite(self.t0_ns), "a finite number")
        _require("field of the drift", self.field, -1 < self.field < math.inf, "a relative change above -1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Pump-probe delays."""

    file: Path | None = None
    """Extended xyz with `delay_fs` in each comment; the frames of one delay are its ensemble. None: no scan."""
    order: Order = "random"
    """Each pulse draws a delay, or each train has the next one."""
    jitter_fs: float = 0.0
    """Standard deviation of the delay that is written about the one that acted."""
    unpumped: float = 0.0
    """Share of the pulses without pump, whose molecules vibrate about the equilibrium."""

    def __post_init__(self) -> None:
        _require("order of delays", self.order, self.order in get_args(Order), _either(Order))
        _require("jitter_fs", self.jitter_fs, 0 <= self.jitter_fs < math.inf, "zero or more")
        _require("unpumped", self.unpumped, 0 <= self.unpumped < 1, "zero or more, and below one")
        _require("unpumped", self.unpumped, self.file is not None or not self.unpumped, "0 without a file of delays")


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinOptions:
    """Options of the instrument twin."""

    pulses: int = 100_000
    pulses_per_train: int = 500
    """A burst of European XFEL at 1.1 MHz holds about this many that a reaction microscope can use."""
    first_train: int = 1
    bunches: Bunches = "xfel"
    """Trains whose pulses are counted from 0 in each, or the pulses of LCLS-II in their even rhythm, counted through
    the run and cut into blocks."""
    molecules_per_pulse: float = 1.0
    """Mean of a Poisson distribution, the same whatever the pulse energy. Classical: molecules that explode. Monte
    Carlo: molecules in the sampled focus, of which many in its wings absorb nothing."""
    background_per_pulse: float = 0.5
    """Mean number of hits that no ion made, even in time and over the detector."""
    efficiency: float = 0.5
    """Probability that an ion that hits the detector is seen."""
    model: Model = "classical"
    """How molecules explode: into complete channels by the setup's charge-up law, or by photons one by one."""
    channels: tuple[tuple[str, float], ...] = ()
    """Classical only: complete channels and their weights; empty: those of the setup in equal shares, or all atoms
    singly charged."""
    temperature_k: float = 50.0
    """Of the vibrations; a supersonic jet is cold."""
    geometries: int = 20_000
    """How many geometries there are for molecules to draw from, shared out among the delays; each molecule is
    turned anew."""
    delay_fs: float = 0.0
    """Delay of all pulses where there is no scan."""
    energy_spread: float = 0.15
    """Relative standard deviation of the gamma-distributed pulse energy."""
    output: Output = "hits"
    beam: Beam = field(default_factory=Beam)
    """Its mean pulse energy is written whatever the model; the rest acts in the Monte Carlo model."""
    detector: Detector = field(default_factory=Detector)
    signals: Signals = field(default_factory=Signals)
    gas: Gas = field(default_factory=Gas)
    drift: Drift = field(default_factory=Drift)
    scan: Scan = field(default_factory=Scan)

    def __post_init__(self) -> None:
        for name in ("pulses", "pulses_per_train", "first_train", "geometries"):
            _require(name, getattr(self, name), getattr(self, name) >= 1, "1 or more")
        _require_not_negative(self, *_NOT_NEGATIVE)
        _require("efficiency", self.efficiency, self.efficiency <= 1, "between 0 and 1")
        for name, choices in (("model", Model), ("output", Output), ("bunches", Bunches)):
            _require(name, getattr(self, name), getattr(self, name) in get_args(choices), _either(choices))
        for channel, weight in self.channels:
            _require(f"weight of channel {channel}", weight, 0 < weight < math.inf, "a number above zero")
        self._require_a_train_that_exists()
        if self.channels and self.model != "classical":
            raise CEIError(f"option channels is {self.channels}, expected none: model {self.model} finds its own")

    def _require_a_train_that_exists(self) -> None:
        fine = self.bunches != "xfel" or self.pulses_per_train <= LONGEST_TRAIN
        _require("pulses_per_train", self.pulses_per_train, fine, f"at most {LONGEST_TRAIN} with bunches 'xfel'")

    @property
    def trains(self) -> int:
        """Number of trains; the last may be shorter."""
        return -(-self.pulses // self.pulses_per_train)

    def as_mapping(self) -> Mapping[str, object]:
        """All options by name; those of a group are a mapping of their own."""
        return asdict(self)


_NOT_NEGATIVE = (
    "molecules_per_pulse",
    "background_per_pulse",
    "efficiency",
    "temperature_k",
    "energy_spread",
)


def _either(choices: object) -> str:
    return " or ".join(f"'{choice}'" for choice in get_args(choices))


def _require_not_negative(options: "Detector | Signals | Gas | TwinOptions", *names: str) -> None:
    for name in names or [each.name for each in fields(options)]:
        _require(name, getattr(options, name), 0 <= getattr(options, name) < math.inf, "zero or more")


def _require(name: str, value: object, fine: bool, right: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not fine:
        raise CEIError(f"option {name} is {value}, expected {right}")
