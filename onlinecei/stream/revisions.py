"""Revisions of the setup: each takes effect at a train, and everything that follows from a train says which it used.

A batch and what comes of it carry their setup with them, so that workers need no memory and no order of messages
matters. Sums of different setups do not add up: what earlier revisions gave is dropped and its trains are counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

import numpy as np
from pydantic import TypeAdapter, ValidationError

from onlinecei.arrays import U8, AnyArray
from onlinecei.errors import CEIError, SetupError, WireError
from onlinecei.molexa.shipped import digest_of, weights_at
from onlinecei.setup import Setup
from onlinecei.stream.wire import Kind, Message, fact

MAX_SETUP_BYTES = 2**20
"""Setup files are a few kilobytes long."""
MAX_REVISIONS_BYTES = 2**26
"""Of all revisions of a line: thousands of them."""
EARLIER = "analysed with an earlier setup"
"""Why trains are not part of the state after a revision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A setup, and the first train that it is for."""

    number: int
    """Counts from 0, the setup that the line was started with; of two that are for a train the later holds."""
    first_train: int
    setup_text: str

    def on(self, message: Message) -> Message:
        """Give a message with this revision in it."""
        text = np.frombuffer(self.setup_text.encode(), dtype=np.uint8)
        return replace(
            message,
            info={**message.info, "revision": self.number, "first_train": self.first_train},
            buffers={**message.buffers, "setup": text},
        )

    @classmethod
    def of(cls, message: Message) -> Self:
        """Read it from a message; `WireError` where there is none, or one that is no setup."""
        buffer = message.buffers.get("setup")
        if buffer is None or buffer.dtype != np.uint8 or buffer.nbytes > MAX_SETUP_BYTES:
            raise WireError(f"'{message.kind}' needs a buffer 'setup' of type |u1 and at most {MAX_SETUP_BYTES} bytes")
        text = buffer.tobytes().decode(errors="replace")
        return cls(number=fact(message, "revision", 0), first_train=fact(message, "first_train", 0), setup_text=text)

    @property
    def setup(self) -> Setup:
        """The parsed setup; `WireError` where it is none."""
        try:
            return parsed(self.setup_text)
        except SetupError as error:
            raise WireError(str(error)) from error

    def check(self) -> None:
        """Raise `WireError` where a reader asks for what is no setup, or names weights that are not on this machine.

        An empty text is the setup in use.
        """
        network = self.setup.reconstruction.network if self.setup_text else ""
        try:
            missing = bool(network) and not digest_of(weights_at(network))
        except CEIError as error:
            raise WireError(str(error)) from error
        if missing:
            raise WireError(f"'{network}' holds no weights of a network, or is not on the machine of the line")


@lru_cache(maxsize=8)
def parsed(text: str) -> Setup:
    """Parse a setup, the same one only once."""
    return Setup.from_toml(text)


class Revisions:
    """All revisions of a line, as ingest keeps them."""

    def __init__(self, setup_text: str, planned: tuple[tuple[int, str], ...] = ()) -> None:
        self._known = [Revision(number=0, first_train=0, setup_text=setup_text)]
        for first_train, text in planned:
            self.add(first_train, text)

    def add(self, first_train: int, setup_text: str) -> Revision:
        """Let trains from this one on be analysed with another setup; an empty text is the setup that they have now.

        The sums begin anew either way.
        """
        text = setup_text or self.of(first_train).setup_text
        revision = Revision(number=self._known[-1].number + 1, first_train=first_train, setup_text=text)
        self._known.append(revision)
        return revision

    def learn(self, others: Iterable[Revision]) -> None:
        """Take up those that are not known: what was agreed on before a restart holds after it."""
        numbers = {each.number for each in self._known}
        self._known += [each for each in others if each.number not in numbers]
        self._known.sort(key=lambda each: each.number)

    @property
    def known(self) -> tuple[Revision, ...]:
        """All of them, by number."""
        return tuple(self._known)

    def of(self, train_id: int) -> Revision:
        """Give the revision for a train."""
        return next(each for each in reversed(self._known) if each.first_train <= train_id)

    def leading(self, train_id: U8) -> tuple[Revision, int]:
        """Give the revision of the first train of several (T,), and how many from there on share it."""
        first = self.of(int(train_id[0]))
        count = next((k for k, train in enumerate(train_id) if self.of(int(train)) is not first), train_id.size)
        return first, count


_TABLE: TypeAdapter[list[tuple[int, int, str]]] = TypeAdapter(list[tuple[int, int, str]])


def revisions_buffers(revisions: Iterable[Revision]) -> dict[str, AnyArray]:
    """Give revisions as the buffer ``revisions`` of a message, |u1: JSON of number, first train and setup of each."""
    rows = [(each.number, each.first_train, each.setup_text) for each in revisions]
    return {"revisions": np.frombuffer(_TABLE.dump_json(rows), dtype=np.uint8)}


def revisions_of(message: Message) -> tuple[Revision, ...]:
    """Read the revisions of a message; none where it has none, `WireError` where they cannot be used."""
    buffer = message.buffers.get("revisions")
    if buffer is None:
        return ()
    if buffer.dtype != np.uint8 or buffer.nbytes > MAX_REVISIONS_BYTES:
        raise WireError(f"'revisions' is no buffer of type |u1 and at most {MAX_REVISIONS_BYTES} bytes")
    try:
        rows = _TABLE.validate_json(buffer.tobytes())
    except ValidationError as error:
        raise WireError(
            f"'revisions' is no list of numbers, trains and setups: {error.error_count()} mistakes"
        ) from error
    return tuple(Revision(number=number, first_train=first, setup_text=text) for number, first, text in rows)


def revise_message(setup_text: str | None, first_train: int = 0) -> Message:
    """Ask for another setup from a train on; 0: from the next train that is not under way yet.

    Without a setup only the sums begin anew.

    Raises
    ------
    CEIError
        The text is no valid setup, or too long, or the train is negative.
    """
    if setup_text is None:
        setup_text = ""
    else:
        Setup.from_toml(setup_text)
    if len(setup_text.encode()) > MAX_SETUP_BYTES:
        raise CEIError(f"the setup has {len(setup_text.encode()):,} bytes, at most {MAX_SETUP_BYTES:,} are taken")
    if first_train < 0:
        raise CEIError(f"first train {first_train}, expected a train ID, or 0 for the next one")
    return Revision(number=0, first_train=first_train, setup_text=setup_text).on(Message(kind=Kind.REVISE))
