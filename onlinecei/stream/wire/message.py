"""The vocabulary of the line: what a message says, and what it carries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from onlinecei.arrays import AnyArray
from onlinecei.errors import WireError
from onlinecei.records import Batch, Delta

MAX_NAME = 64
"""Characters of a name, and entries of `info`."""
Scalar: TypeAlias = str | int | float | bool


class Kind(StrEnum):
    """What a message says."""

    READY = "ready"
    """Worker or recorder to ingest: what it holds and has finished; repeated. Reducer to ingest: it listens."""
    BATCH = "batch"
    """Ingest to worker: trains to analyse. Ingest to recorder: trains to write."""
    DELTA = "delta"
    """Worker to reducer: what a batch adds."""
    REJECTED = "rejected"
    """Worker to ingest: a batch cannot be analysed. Reducer to ingest: its Delta cannot be applied."""
    APPLIED = "applied"
    """Reducer to ingest: the batch of this sequence number is in the state."""
    RECORDED = "recorded"
    """Recorder to ingest: the batch of this sequence number needs no keeping for the recorder."""
    LEFT_OUT = "left out"
    """Ingest to reducer: trains that will not be analysed, for the `reason`; answered as a Delta is."""
    HELLO = "hello"
    """Ingest to reducer: it begins, and asks what is in the state."""
    STANDING = "standing"
    """Reducer to ingest: which trains are in the state, and which of them are safe on disk; repeated."""
    SAVE = "save"
    """Ingest to reducer: save the state now."""
    FACTS = "facts"
    """Any process to reducer: how it does. Reducer to reader that asks again: nothing newer, and the line is alive."""
    END = "end"
    """Ingest to reducer: the source has ended and every batch was applied. Back: the same, as acknowledgement."""
    ASK = "ask"
    """Reader to reducer: send the next version after `since`."""
    SNAPSHOT = "snapshot"
    """Reducer to reader: a version of the state, with the latest geometries."""
    GEOMETRY = "geometry"
    """Inference to reducer: reconstructions of a version."""
    REVISE = "revise"
    """Reader to reducer, and on to ingest: analyse with another setup from train `first_train` on."""
    REVISED = "revised"
    """Back the same way: revision `revision` takes effect at `first_train`."""
    REFUSED = "refused"
    """Back the same way: it does not, for the `reason`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Message:
    """One message, decoded."""

    kind: Kind
    incarnation: int = 0
    """Of the sender: a random number drawn at its start."""
    sequence: int = 0
    run: str = ""
    trains: tuple[int, int] = (0, 0)
    """First and last train ID."""
    info: Mapping[str, Scalar] = field(default_factory=dict)
    """Small facts by name."""
    buffers: Mapping[str, AnyArray] = field(default_factory=dict)


def fact(message: Message, name: str, default: int) -> int:
    """Give a whole number of a message's info; `WireError` where it is something else."""
    value = message.info.get(name, default)
    if not isinstance(value, int):
        raise WireError(f"info '{name}' is {str(value)[:MAX_NAME]!r}, expected a whole number")
    return int(value)


def simulated_info(record: Batch | Delta) -> dict[str, Scalar]:
    """Give the word that a record comes from a simulation; nothing where it does not."""
    return {"simulated": True} if record.simulated else {}


def is_simulated(message: Message) -> bool:
    """Tell whether what a message carries comes from a simulation."""
    return message.info.get("simulated") is True
