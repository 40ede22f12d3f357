"""Section of the setup on where live data come from: what a facility's sources call hits, delays and energies.

It says where data come from and not what is done with them, so it has no part in the hash of a setup.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from onlinecei.setup.partners import (
    DelayFrom,
    EnergyFrom,
    MachineFrom,
    PartnerName,
    PulsesFrom,
    PumpFrom,
    TimingToolFrom,
    ValueFrom,
)
from onlinecei.setup.section import Section
from onlinecei.setup.signals import EdgesFrom, HitsFrom

Endpoint = Annotated[str, Field(pattern=r"^(tcp|ipc)://\S+$", max_length=255)]


class SourceSection(Section):
    """Where live data come from, and which of them make up a train."""

    kind: Literal["karabo", "wire"] = "karabo"
    """A Karabo bridge, or a program that speaks the wire protocol of this one and needs no names."""
    endpoints: Annotated[tuple[Endpoint, ...], Field(max_length=16)] = ()
    """Where the bridges are; a train is put together from what all of them send. None: told on the command line."""
    socket: Literal["REQ", "SUB", "PULL"] = "REQ"
    """How the bridges are asked: one train for each request, all that is broadcast, or a share of what is pushed."""
    timeout_s: Annotated[float, Field(ge=0.1, le=3600)] = 5.0
    """A bridge that is silent for longer is connected to anew."""
    deadline_s: Annotated[float, Field(ge=0, le=600)] = 1.0
    """How long a train with hits waits for its partners, or for trains before it, of which there are none yet."""
    train_step: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """How much the IDs of successive trains differ; larger steps are gaps, and are counted."""
    needed: tuple[PartnerName, ...] = ()
    """Partners without which a train is left out; without the others it is analysed, as far as that goes."""
    hits: HitsFrom | None = None
    edges: EdgesFrom | None = None
    pulses: PulsesFrom | None = None
    delay: DelayFrom | None = None
    energy: EnergyFrom | None = None
    pump: PumpFrom | None = None
    timing_tool: TimingToolFrom | None = None
    machine: MachineFrom | None = None

    @property
    def signals(self) -> HitsFrom | EdgesFrom:
        """What a train cannot do without."""
        found = self.hits or self.edges
        if found is None:
            raise ValueError(f"kind '{self.kind}' names no hits or edges")
        return found

    @property
    def partners(self) -> dict[PartnerName, ValueFrom]:
        """What is joined to the hits or edges by train ID."""
        of_setup: dict[PartnerName, ValueFrom | None] = {
            "pulses": self.pulses if self.pulses is not None and self.pulses.source else None,
            "delay": self.delay,
            "energy": self.energy,
            "pump": self.pump,
            "timing_tool": self.timing_tool,
            "machine": self.machine,
        }
        return {name: each for name, each in of_setup.items() if each is not None}

    @property
    def keys(self) -> dict[str, frozenset[str]]:
        """Keys that are wanted of each source."""
        pairs = [(self.signals.source, key) for key in self.signals.keys]
        pairs += [(each.source, each.key) for each in self.partners.values()]
        return {source: frozenset(key for other, key in pairs if other == source) for source, _ in pairs}

    @model_validator(mode="after")
    def _either_hits_or_edges(self) -> Self:
        given = (self.hits is not None) + (self.edges is not None)
        if self.kind == "karabo" and given != 1:
            raise ValueError(f"source names {given or 'neither'} of hits and edges, expected one of the two")
        if self.kind == "wire" and (given or self.partners or self.needed):
            raise ValueError("kind 'wire' brings whole trains, expected no hits, edges or partners with it")
        return self

    @model_validator(mode="after")
    def _needed_are_there(self) -> Self:
        for name in self.needed:
            if name not in self.partners:
                raise ValueError(f"needed names '{name}', expected [source.{name}] with it")
        if self.kind == "karabo" and self.signals.divided == "index" and self.pulses is None:
            raise ValueError('divided = "index" does not tell how many pulses a train has: add [source.pulses]')
        return self
