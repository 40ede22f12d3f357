"""The setup file: what was measured with what, as frozen and validated models.

Every number carries its unit in its name. An unknown key, a wrong type or an impossible value is a `SetupError` that
names the key, the value and what would be right.
"""

import hashlib
import math
import tomllib
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, ValidationError, model_validator
from pydantic_core import ErrorDetails

from onlinecei.errors import CEIError, SetupError
from onlinecei.ions import MAX_STATE, STATE_PATTERN, Channel, Ion, Molecule, name_with_state

Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Degrees = Annotated[float, Field(ge=0, le=180, allow_inf_nan=False)]
Bins = Annotated[int, Field(ge=10, le=20_000)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, strict=False)


class MoleculeSection(_Section):
    """What is in the jet."""

    formula: str
    """Sum formula, such as "H2O"."""

    @cached_property
    def molecule(self) -> Molecule:
        """The parsed formula."""
        return Molecule.parse(self.formula)

    @model_validator(mode="after")
    def _readable(self) -> Self:
        _ = self.molecule
        return self


class SpectrometerSection(_Section):
    """A homogeneous electric field, then an optional field-free drift."""

    acceleration_mm: Positive
    """From the interaction point to the end of the field."""
    field_v_per_mm: Annotated[float, Field(gt=0, le=10_000)]
    """Electric field, pulling positive ions to the detector."""
    drift_mm: NotNegative = 0.0
    """Field-free length after the field; 0: the detector stands at its end."""
    magnetic_field_gauss: Annotated[float, Field(ge=-1e5, le=1e5)] = 0.0
    """Along +z; 0: none."""
    t0_ns: Finite = 0.0
    """The `t_ns` that an infinitely fast ion would show."""


class DetectorSection(_Section):
    """Where ions land."""

    centre_mm: tuple[Finite, Finite] = (0.0, 0.0)
    """Where an ion without transverse momentum and without jet velocity lands."""
    radius_mm: Positive = 60.0
    """Hits farther than this from (0, 0) cannot come from the detector and are counted as such."""
    jet_velocity_m_per_s: tuple[Finite, Finite, Finite] = (0.0, 0.0, 0.0)
    """Velocity of the molecules before the pulse."""


class DelayLinesSection(_Section):
    """The wires behind the multi-channel plate; needed only for runs that hold edges instead of hits."""

    kind: Literal["hexanode", "quad"]
    """Three layers u, v, w at 60 degrees (u = x, v = (x - sqrt3 y)/2, w = (x + sqrt3 y)/2), or two: u = x, v = y."""
    mm_per_ns: tuple[Positive, ...]
    """One per layer: u = (u1 - u2) mm_per_ns / 2."""
    time_sum_ns: tuple[Positive, ...]
    """One per layer, in the middle of its wires: u1 + u2 - 2 mcp."""
    time_sum_slope_ns_per_mm: tuple[Finite, ...] = ()
    """One per layer: how the time sum changes with the place u across its wires; omitted: not at all."""
    time_sum_curvature_ns_per_mm2: tuple[Finite, ...] = ()
    """One per layer: time sum = time_sum_ns + slope u + curvature u^2; omitted: none."""
    time_sum_half_width_ns: Positive = 3.0
    """Largest distance of a pair of signals from the time sum of its layer."""
    w_offset_mm: Finite = 0.0
    """w = (w1 - w2) mm_per_ns / 2 + w_offset_mm; only with "hexanode"."""
    method_max: Annotated[int, Field(ge=0, le=20)] = 14
    """Hits that needed more rebuilding than this are left out: 0 has every signal, above 14 hardly any redundancy."""

    @property
    def layers(self) -> int:
        """Number of layers."""
        return 3 if self.kind == "hexanode" else 2

    @model_validator(mode="after")
    def _one_for_each_layer(self) -> Self:
        for name in ("mm_per_ns", "time_sum_ns", "time_sum_slope_ns_per_mm", "time_sum_curvature_ns_per_mm2"):
            values = getattr(self, name)
            if len(values) != self.layers and (values or type(self).model_fields[name].is_required()):
                raise ValueError(f"{name} is {list(values)}, expected {self.layers} numbers with kind '{self.kind}'")
        if self.kind == "quad" and self.w_offset_mm:
            raise ValueError(f"w_offset_mm is {self.w_offset_mm}, expected none: kind 'quad' has no layer w")
        return self


class IonSection(_Section):
    """An ion to look for."""

    name: str
    """Element symbol, then charge: "O+", "O2+"."""
    momentum_max_au: Annotated[float, Field(gt=0, le=10_000)]
    """Largest momentum along the time of flight; it sets the flight-time window."""

    @cached_property
    def ion(self) -> Ion:
        """The parsed name."""
        return Ion.parse(self.name)

    @model_validator(mode="after")
    def _readable(self) -> Self:
        _ = self.ion
        return self


class AngleSection(_Section):
    """A gate on the angle between the momenta of two ions of a channel."""

    between: tuple[str, str]
    """Their names; of identical ions any pair may fulfil it."""
    deg: tuple[Degrees, Degrees]
    """Smallest and largest angle."""

    @cached_property
    def ions(self) -> tuple[Ion, Ion]:
        """The parsed names."""
        one, other = (Ion.parse(name) for name in self.between)
        return one, other

    @model_validator(mode="after")
    def _readable(self) -> Self:
        _ = self.ions
        if self.deg[0] >= self.deg[1]:
            raise ValueError(f"deg runs from {self.deg[0]:g} to {self.deg[1]:g}, expected [smaller, larger]")
        return self


class ChannelSection(_Section):
    """Ions to find in coincidence."""

    ions: tuple[str, ...]
    """Names from the list of ions; the order does not matter."""
    momentum_sum_au: Positive | None = None
    """Largest sum of momenta per component; only where the channel holds every atom of the molecule."""
    missing_momentum_au: Positive | None = None
    """Largest sum of momenta per component of a channel that lacks atoms: what the missing ions may carry. It keeps
    crowded pulses from holding thousands of combinations; too small, it leaves out true ones and bends the means."""
    ker_ev: tuple[NotNegative, NotNegative] | None = None
    """Smallest and largest sum of kinetic energies; omitted: any."""
    angles: Annotated[tuple[AngleSection, ...], Field(max_length=16)] = ()
    """Gates on angles between ions, all of which an event must pass; omitted: none."""
    state: Annotated[str, Field(max_length=MAX_STATE, pattern=STATE_PATTERN)] = ""
    """Name of the state that these gates tell from others; the same ions may stand in the list once for each state."""
    map_max_au: Positive | None = None
    """Half-width of the momentum maps; omitted: the largest momentum of the channel's ions."""

    @cached_property
    def channel(self) -> Channel:
        """The channel in canonical order."""
        return Channel.of(self.ions)

    @property
    def sum_gate_au(self) -> float | None:
        """Largest sum of momenta per component, of either kind of channel; None: any."""
        return self.momentum_sum_au or self.missing_momentum_au

    @property
    def name(self) -> str:
        """What its sums and plots are called."""
        return name_with_state(self.channel, self.state)

    @model_validator(mode="after")
    def _readable(self) -> Self:
        _ = self.channel
        for gate in self.angles:
            if any(self.channel.ions.count(ion) < gate.ions.count(ion) for ion in gate.ions):
                raise ValueError(f"angles names {list(gate.between)}, which are no two ions of channel '{self.name}'")
        if self.ker_ev is not None and self.ker_ev[0] >= self.ker_ev[1]:
            raise ValueError(f"ker_ev runs from {self.ker_ev[0]} to {self.ker_ev[1]}, expected [smaller, larger]")
        return self


class DelaysSection(_Section):
    """Bins of pump-probe delay: by their edges, by the positions of a motor scan, or one for all."""

    edges_fs: tuple[Finite, ...] | None = None
    """Rising edges, one more than bins; omitted: one bin for all pulses."""
    positions_fs: Annotated[tuple[Finite, ...], Field(min_length=1)] | None = None
    """Rising positions of a motor scan, instead of edges: a bin for each."""
    tolerance_fs: Positive | None = None
    """A pulse belongs to a position that its delay is nearer to than this; omitted: half the smallest step."""
    unpumped: bool = False
    """Whether pulses without pump have a bin of their own, the last one."""
    timing_tool: Literal["ignore", "add", "require"] = "ignore"
    """Whether the jitter that a timing tool measured is added to the delay: never, where it is known, or always, where
    pulses of unknown jitter are in no bin."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        edges, positions = self.edges_fs, self.positions_fs
        if edges is not None and positions is not None:
            raise ValueError("edges_fs and positions_fs are both given, expected one of them")
        if edges is not None and (len(edges) < 2 or any(b <= a for a, b in pairwise(edges))):
            raise ValueError(f"edges_fs is {list(edges)}, expected two or more rising numbers")
        if positions is not None and any(b <= a for a, b in pairwise(positions)):
            raise ValueError(f"positions_fs is {list(positions)}, expected rising numbers")
        return self

    @model_validator(mode="after")
    def _near(self) -> Self:
        tolerance, positions = self.tolerance_fs, self.positions_fs or ()
        if tolerance is not None and not positions:
            raise ValueError(f"tolerance_fs is {tolerance}, expected none without positions_fs")
        if tolerance is None and len(positions) == 1:
            raise ValueError(f"positions_fs is {list(positions)}, expected tolerance_fs with a single position")
        if tolerance is not None and len(positions) > 1 and tolerance > self._half_step:
            raise ValueError(f"tolerance_fs is {tolerance}, expected at most half the smallest step, {self._half_step}")
        if self.timing_tool == "require" and self.edges_fs is None and not positions:
            raise ValueError("timing_tool is 'require', expected edges_fs or positions_fs with it")
        return self

    @property
    def _half_step(self) -> float:
        return min(b - a for a, b in pairwise(self.positions_fs or ())) / 2

    @property
    def reach_fs(self) -> float:
        """Distance from a position below which a delay belongs to it."""
        return self._half_step if self.tolerance_fs is None else self.tolerance_fs

    @property
    def bins(self) -> tuple[tuple[float, float], ...]:
        """Edges of each bin; NaN for that of the pulses without pump."""
        without_pump = ((math.nan, math.nan),) if self.unpumped else ()
        if self.positions_fs is not None:
            return tuple((each - self.reach_fs, each + self.reach_fs) for each in self.positions_fs) + without_pump
        if self.edges_fs is not None:
            return tuple(pairwise(self.edges_fs)) + without_pump
        return ((-math.inf, math.inf), *without_pump)

    @property
    def leaves_out_unpumped(self) -> bool:
        """Whether pulses without pump are in no bin."""
        return not self.unpumped and (self.edges_fs is not None or self.positions_fs is not None)

    @property
    def unpumped_bin(self) -> int | None:
        """Number of the bin of the pulses without pump; None: there is none."""
        return len(self.bins) - 1 if self.unpumped else None


class PulseEnergySection(_Section):
    """Sums by pulse energy, for the covariance that is left when the energy no longer fluctuates."""

    edges_uj: tuple[NotNegative, ...]
    """Rising edges, one more than bins; pulses outside, or of unknown energy, are left out and counted."""
    bins: Annotated[int, Field(ge=10, le=2000)] = 200
    """First against second flight time, per side and for each energy."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if len(self.edges_uj) < 2 or any(b <= a for a, b in pairwise(self.edges_uj)):
            raise ValueError(f"edges_uj is {list(self.edges_uj)}, expected two or more rising numbers")
        return self


class CumulantSection(_Section):
    """Three or four ions whose cumulant is kept as a map over the flight times of the first two."""

    ions: Annotated[tuple[str, ...], Field(min_length=3, max_length=4)]
    """Names from the list of ions; the first two are the axes of the map, the others are counted in their windows."""
    bins: Annotated[int, Field(ge=10, le=500)] = 100
    """Bins within each of the two windows."""

    @cached_property
    def parsed(self) -> tuple[Ion, ...]:
        """The ions in the order given."""
        return tuple(Ion.parse(name) for name in self.ions)

    @property
    def name(self) -> str:
        """What its sums are called."""
        return "/".join(ion.name for ion in self.parsed)

    @model_validator(mode="after")
    def _readable(self) -> Self:
        _ = self.parsed
        return self


def _time_constants(value: object) -> float | tuple[tuple[str, float], ...] | None:
    """One time, or one for each element; a table becomes pairs, since a setup is hashable."""
    if isinstance(value, dict):
        return tuple(sorted((str(symbol), _time_constant(time, f"of {symbol} ")) for symbol, time in value.items()))
    return None if value is None else _time_constant(value)


def _as_written(times: float | tuple[tuple[str, float], ...] | None) -> float | dict[str, float] | None:
    return dict(times) if isinstance(times, tuple) else times


def _time_constant(value: object, whose: str = "") -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ValueError(f"the time {whose}is {value!r}, expected a number of femtoseconds greater than 0")
    return float(value)


class ExplosionSection(_Section):
    """How the molecule is taken to charge up when momenta are turned into a geometry."""

    charge_up: Literal["sudden", "erf", "exponential"] = "sudden"
    """Sudden, or growing with time as erf(t / tau) or 1 - exp(-t / tau)."""
    tau_fs: Annotated[
        float | tuple[tuple[str, float], ...] | None, PlainValidator(_time_constants), PlainSerializer(_as_written)
    ] = None
    """Time constant of all atoms, or a table with one for each element, kept in the order of the symbols; only with
    "erf" and "exponential"."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.charge_up == "sudden") != (self.tau_fs is None):
            raise ValueError(
                f"charge_up is '{self.charge_up}' and tau_fs is {self.tau_fs}, expected tau_fs with 'erf' and "
                "'exponential' and none with 'sudden'"
            )
        return self


class ReconstructionSection(_Section):
    """How mean momenta are turned into a geometry."""

    method: Literal["auto", "classical", "network"] = "auto"
    """Least squares through the classical explosion of the section ``explosion``, or a network; auto: classical where
    the setup has that section, else the network."""
    network: str = "onlinecei"
    """Name of a network that comes with the program, or a file of weights, ``NAME.safetensors``."""
    refine: bool = True
    """Whether the network's answer is refined through the forward model."""
    per_event: bool = False
    """Whether the kept events of complete channels are also reconstructed one by one, and averaged in real space."""


class HistogramsSection(_Section):
    """How finely the spectra are kept; memory grows with it."""

    time_bins: Bins = 4000
    """Flight-time spectrum."""
    image_bins: Annotated[int, Field(ge=10, le=1000)] = 160
    """Detector images, per side."""
    pipico_bins: Annotated[int, Field(ge=10, le=2000)] = 400
    """First against second flight time, per side."""
    map_bins: Annotated[int, Field(ge=10, le=500)] = 100
    """Momentum maps, per side."""
    ker_bins: Bins = 200
    """Kinetic energy release."""
    ker_max_ev: Positive = 100.0
    """Upper end of the kinetic energy release; channels with a `ker_ev` window end a tenth above it."""


class LimitsSection(_Section):
    """What keeps a bad pulse from holding up the line."""

    combinations_per_pulse: Annotated[int, Field(ge=1, le=10_000_000)] = 20_000
    """Pulses with more combinations than this, tried or found, are left out of the channel and counted."""
    kept_events: Annotated[int, Field(ge=0, le=1_000_000)] = 20_000
    """Most events of a channel whose momenta are kept one by one, to tell identical ions apart; 0: none."""
    kept_hits: Annotated[int, Field(ge=0, le=2_000_000)] = 200_000
    """Size of the sample of whole pulses that false coincidences are found from: a pulse counts for one, and each of
    its hits; 0: none."""


class Setup(_Section):
    """All that the analysis needs to know."""

    molecule: MoleculeSection
    spectrometer: SpectrometerSection
    detector: DetectorSection = DetectorSection()
    delay_lines: DelayLinesSection | None = None
    ions: Annotated[tuple[IonSection, ...], Field(max_length=64)] = ()
    channels: Annotated[tuple[ChannelSection, ...], Field(max_length=64)] = ()
    delays: DelaysSection = DelaysSection()
    pulse_energy: PulseEnergySection | None = None
    cumulants: Annotated[tuple[CumulantSection, ...], Field(max_length=16)] = ()
    explosion: ExplosionSection = ExplosionSection()
    reconstruction: ReconstructionSection = ReconstructionSection()
    histograms: HistogramsSection = HistogramsSection()
    limits: LimitsSection = LimitsSection()

    @classmethod
    def from_toml(cls, text: str, origin: str = "setup") -> Self:
        """Read the text of a setup file; `origin` names it in errors."""
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SetupError(f"{origin} is not valid TOML: {error}") from error
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise SetupError(f"{origin}: {_sentence(error)}") from error
        except CEIError as error:
            raise SetupError(f"{origin}: {error}") from error

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a setup file."""
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise SetupError(f"setup file '{path}' does not exist") from error
        except (OSError, UnicodeDecodeError) as error:
            raise SetupError(f"setup file '{path}' cannot be read: {error}") from error
        return cls.from_toml(text, str(path))

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the content, whatever the spelling of the file."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def complete(self, section: ChannelSection) -> bool:
        """Whether a channel holds every atom of the molecule."""
        return section.channel.holds_every_atom_of(self.molecule.molecule)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        windows = [section.ion for section in self.ions]
        for ion in windows:
            if windows.count(ion) > 1:
                raise ValueError(f"ions names '{ion}' more than once, expected one window for each ion")
        names = [section.name for section in self.channels]
        for section in self.channels:
            self._check_channel(section, names)
        self._check_cumulants()
        self._check_time_constants()
        return self

    def _check_cumulants(self) -> None:
        names = [section.name for section in self.cumulants]
        for section in self.cumulants:
            if names.count(section.name) > 1:
                raise ValueError(f"cumulants names '{section.name}' more than once")
            for ion in section.parsed:
                if all(ion != window.ion for window in self.ions):
                    raise ValueError(
                        f"cumulants '{section.name}' needs '{ion}', which has no window: add [[ions]] name = \"{ion}\""
                    )
            if too_many := Channel.of(section.ions).exceeds(self.molecule.molecule):
                raise ValueError(
                    f"cumulants '{section.name}' has more {too_many} than the molecule {self.molecule.formula}"
                )

    def _check_time_constants(self) -> None:
        elements, times = set(self.molecule.molecule.atoms), self.explosion.tau_fs
        if isinstance(times, tuple) and (wrong := elements.symmetric_difference(dict(times))):
            symbol = min(wrong)
            said = "has no time for" if symbol in elements else "names"
            raise ValueError(f"explosion.tau_fs {said} '{symbol}', expected every element of {self.molecule.formula}")

    def _check_channel(self, section: ChannelSection, names: list[str]) -> None:
        name = section.name
        if names.count(name) > 1:
            raise ValueError(f"channels names '{name}' more than once: tell states apart with state = \"NAME\"")
        for ion in section.channel.species:
            if all(ion != window.ion for window in self.ions):
                raise ValueError(f"channel '{name}' needs '{ion}', which has no window: add [[ions]] name = \"{ion}\"")
        if too_many := section.channel.exceeds(self.molecule.molecule):
            raise ValueError(f"channel '{name}' has more {too_many} than the molecule {self.molecule.formula}")
        if section.momentum_sum_au is not None and not self.complete(section):
            raise ValueError(
                f"channel '{name}' has momentum_sum_au = {section.momentum_sum_au} but lacks atoms of "
                f"{self.molecule.formula}, whose momentum is then missing: leave it out, or say missing_momentum_au"
            )
        if section.missing_momentum_au is not None and self.complete(section):
            raise ValueError(
                f"channel '{name}' has missing_momentum_au = {section.missing_momentum_au} but holds every atom of "
                f"{self.molecule.formula}: say momentum_sum_au"
            )


def _sentence(error: ValidationError) -> str:
    """Say the first mistake in one sentence, with its key and value."""
    first = error.errors(include_url=False)[0]
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return _mistake(first) + more


def _mistake(details: ErrorDetails) -> str:
    key = ".".join(str(part) for part in details["loc"])
    where = f"key '{key}'" if key else "the file"
    match details["type"]:
        case "extra_forbidden":
            return f"{where} is not known; see the reference of setup keys for the names, units included"
        case "missing":
            return f"{where} is missing"
        case "value_error":
            return details["msg"].removeprefix("Value error, ") if not key else f"{where}: {_message(details)}"
        case _:
            return f"{where} is {details['input']!r}: {_message(details)}"


def _message(details: ErrorDetails) -> str:
    text = details["msg"].removeprefix("Value error, ")
    return text[0].lower() + text[1:]
