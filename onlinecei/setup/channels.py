"""Sections of the setup on what to look for: ions, channels with their gates, cumulants."""

from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from onlinecei.ions import MAX_STATE, STATE_PATTERN, Channel, Ion, name_with_state
from onlinecei.setup.section import Degrees, NotNegative, Positive, Section


class IonSection(Section):
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


class AngleSection(Section):
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


class ChannelSection(Section):
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


class CumulantSection(Section):
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
