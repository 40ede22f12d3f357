"""What a facility's sources call the values that belong to hits: delay, energy, pump, jitter, state of the machine."""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from onlinecei.setup.section import Finite, Positive, Section

Name = Annotated[str, Field(min_length=1, max_length=200)]
PartnerName: TypeAlias = Literal["pulses", "delay", "energy", "pump", "timing_tool", "machine"]


class ValueFrom(Section):
    """A value of a source: one for a train, or one for each of its pulses."""

    source: Name
    """Name of the source, as the bridge gives it."""
    key: Name
    """Name of the value."""
    holds_trains: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """A value also holds for so many trains after its own, until a new one comes; 0: for its own train alone."""


class PulsesFrom(ValueFrom):
    """Which pulses a train has: their IDs from a source, or a number that is always the same."""

    source: Annotated[str, Field(max_length=200)] = ""
    """Name of the source; omitted: `number` is given."""
    key: Annotated[str, Field(max_length=200)] = ""
    """Pulse IDs, one for each pulse."""
    number: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Pulses of every train, with IDs from 0; omitted: a source says it."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.source) != bool(self.key) or bool(self.source) == (self.number is not None):
            raise ValueError(f"number is {self.number}, source '{self.source}', expected number, or source and key")
        return self


class DelayFrom(ValueFrom):
    """Pump-probe delay, of a motor or of each pulse: (value - zero) fs_per_unit."""

    fs_per_unit: Finite = 1.0
    """Femtoseconds for each unit of the value; 6671.28 for a stage in mm that light passes twice; may be negative."""
    zero: Finite = 0.0
    """The value at which both pulses arrive together, in its own unit."""


class EnergyFrom(ValueFrom):
    """Energy of the X-ray pulses."""

    uj_per_unit: Positive = 1.0
    """Microjoules for each unit of the value."""


class PumpFrom(ValueFrom):
    """Whether pulses have the pump laser: those whose value is not 0."""


class TimingToolFrom(ValueFrom):
    """Jitter that is to be added to the delay: (value - zero) fs_per_unit."""

    fs_per_unit: Finite = 1.0
    """Femtoseconds for each unit of the value; may be negative."""
    zero: Finite = 0.0
    """The value without jitter, in its own unit."""


class MachineFrom(ValueFrom):
    """Whether trains are worth anything: a shutter, a state of the machine."""

    good: Annotated[tuple[int | str, ...], Field(min_length=1, max_length=64)]
    """Values with which trains are analysed; others are left out and counted."""
