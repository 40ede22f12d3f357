"""Sections of the setup on how things are done: explosion, reconstruction, histograms, limits."""

import math
from typing import Annotated, Literal, Self

from pydantic import Field, PlainSerializer, PlainValidator, model_validator

from onlinecei.setup.section import Bins, Positive, Section


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


class ExplosionSection(Section):
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


class ReconstructionSection(Section):
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


class HistogramsSection(Section):
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


class LimitsSection(Section):
    """What keeps a bad pulse from holding up the line."""

    combinations_per_pulse: Annotated[int, Field(ge=1, le=10_000_000)] = 20_000
    """Pulses with more combinations than this, tried or found, are left out of the channel and counted."""
    kept_events: Annotated[int, Field(ge=0, le=1_000_000)] = 20_000
    """Most events of a channel whose momenta are kept one by one, to tell identical ions apart; 0: none."""
    kept_hits: Annotated[int, Field(ge=0, le=2_000_000)] = 200_000
    """Size of the sample of whole pulses that false coincidences are found from: a pulse counts for one, and each of
    its hits; 0: none."""
