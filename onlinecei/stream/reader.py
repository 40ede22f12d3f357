"""How anything looks at a line: it asks for the next version and gets the newest there is.

A reader holds nothing up. It has at most one question open, a slow one misses versions and nobody notices, and a line
that was killed and came back is found again.
"""

import time
from pathlib import Path

from onlinecei.errors import LineError, ResultError, WireError
from onlinecei.records import Facts, Snapshot
from onlinecei.stream.facts import facts_of
from onlinecei.stream.ports import End, Ports
from onlinecei.stream.revisions import revise_message
from onlinecei.stream.snapshots import snapshot_of
from onlinecei.stream.wire import Kind, Message, fact

ASK_AGAIN_SECONDS = 1.0
"""A question is repeated after this long: an answer says that the line is alive, even where nothing is newer."""


class Reader:
    """A client of the reducer.

    Kept events come with every version where `events` says so, otherwise with the final state alone. `keys` is a
    directory of keys, for an address that needs some; None: the user's own. `AddressError` where there are none.
    `rest_s` is the least time between two versions, for readers that need no more.
    """

    def __init__(self, endpoint: str, *, events: bool = False, keys: Path | None = None, rest_s: float = 0.0) -> None:
        self._events, self._rest_s = events, rest_s
        self.facts = Facts()
        """What the line said last of itself."""
        self.heard = time.monotonic()
        """When the line was heard last, by the clock that only goes on."""
        self._ports = Ports(line=End(endpoint, keys=keys))
        self._port = self._ports["line"]
        self._asks_at = 0.0
        self._version = self._geometry = -1

    def poll(self, timeout_ms: int) -> Snapshot | None:
        """Wait up to a time for a newer snapshot; None where there is none yet."""
        if time.monotonic() >= self._asks_at:
            self._ask()
        self._port.socket.poll(timeout_ms)
        newest: Snapshot | None = None
        for _, message in self._port.receive():
            try:
                newest = self._hear(message) or newest
            except (WireError, ResultError):
                self._port.rejected += 1
        return newest

    def _hear(self, message: Message) -> Snapshot | None:
        snapshot = None if message.kind is Kind.FACTS else snapshot_of(message)
        self.facts = facts_of(message) if snapshot is None else snapshot.state.facts
        if snapshot is not None:
            self._version, self._geometry = snapshot.state.version, snapshot.reconstructed_version
        self.heard = time.monotonic()
        self._asks_at = self.heard + (0.0 if snapshot is None else self._rest_s)
        if self._asks_at <= self.heard:
            self._ask()
        return snapshot

    @property
    def silent_s(self) -> float:
        """For how long the line has not been heard, in seconds."""
        return time.monotonic() - self.heard

    @property
    def rejected(self) -> int:
        """Messages that did not follow the protocol."""
        return self._port.rejected

    def close(self) -> None:
        """Close the connection."""
        self._ports.close()

    def _ask(self) -> None:
        self._asks_at = time.monotonic() + ASK_AGAIN_SECONDS
        since = {"since": self._version, "geometry": self._geometry, "events": int(self._events)}
        self._port.send(Message(kind=Kind.ASK, info=since))


def revise(
    endpoint: str, setup_text: str | None, first_train: int = 0, patience_s: float = 10.0, keys: Path | None = None
) -> tuple[int, int]:
    """Ask a line to analyse with another setup from a train on.

    Parameters
    ----------
    endpoint
        Where readers of the line connect.
    setup_text
        TOML of the whole setup; None: the one in use, with sums that begin anew.
    first_train
        The first train that it is for; 0: the next one that is not under way.
    patience_s
        How long to wait for the answer.
    keys
        Directory of keys, for an address that needs some; None: the user's own.

    Returns
    -------
    tuple[int, int]
        Number of the revision, and the first train that it is for.

    Raises
    ------
    CEIError
        The text is no setup, the line refuses and why, or does not answer.
    """
    question = revise_message(setup_text, first_train)
    with Ports(line=End(endpoint, keys=keys)) as ports:
        ports["line"].send(question)
        ports.wait(round(1000 * patience_s))
        for _, answer in ports["line"].receive():
            if answer.kind is Kind.REVISED:
                return fact(answer, "revision", 0), fact(answer, "first_train", 0)
            if answer.kind is Kind.REFUSED:
                raise LineError(f"the setup was not taken: {answer.info.get('reason', 'no reason given')}")
    raise LineError(f"no line answers at {endpoint} within {patience_s:g} s")
