"""A run by our own wire protocol: the server that a facility's program may be modelled on."""

import secrets
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import zmq

from onlinecei.closing import Closing
from onlinecei.errors import AddressError
from onlinecei.records import Batch, Train
from onlinecei.stream.ports import End, Outbox, Port
from onlinecei.stream.wire import Kind, Message, batch_message, fact

MOST_CREDITS = 64
WAITING_BYTES = 64 * 2**20
"""Of trains that are kept for a slow client: several seconds of the largest."""


@dataclass(slots=True)
class WireGiver:
    """The logic: gives the one client as many batches as it has credit for."""

    outbox: Outbox
    run: str
    incarnation: int = field(default_factory=lambda: secrets.randbits(62))
    queue: deque[Batch] = field(default_factory=deque)
    nbytes: int = 0
    """Of what waits."""
    sequence: int = 0
    ended: bool = False
    _client: bytes = b""
    _client_incarnation: int = -1
    _credits: int = 0
    _taken: int = 0

    def add(self, batch: Batch) -> None:
        """Have a batch wait for its turn."""
        self.queue.append(batch)
        self.nbytes += batch.nbytes

    def handle(self, sender: bytes, message: Message) -> None:
        """Take a READY: what it says replaces what was said before."""
        if message.kind is not Kind.READY:
            return
        new = message.incarnation != self._client_incarnation
        self._client, self._client_incarnation = sender, message.incarnation
        known = fact(message, "server", 0) == self.incarnation
        taken = fact(message, "taken", 0) if known else 0
        self._taken = self.sequence if new and not known else min(max(taken, self._taken), self.sequence)
        self._credits = min(max(fact(message, "credits", 0), 0), MOST_CREDITS)

    def step(self) -> None:
        """Send what may be sent, and the end after everything else."""
        while self.queue and self._client and self.sequence - self._taken < self._credits:
            batch = self.queue[0]
            message = batch_message(batch, self.sequence, self.incarnation, self.run)
            if not self.outbox.send(message, to=self._client):
                return
            self.nbytes -= self.queue.popleft().nbytes
            self.sequence += 1
        if self.ended and not self.queue and self._client:
            self.outbox.send(Message(kind=Kind.END, incarnation=self.incarnation, run=self.run), to=self._client)

    @property
    def done(self) -> bool:
        """Whether everything was given and taken."""
        return self.ended and not self.queue and self._taken == self.sequence

    @property
    def somebody_listens(self) -> bool:
        """Whether a client has said that it does."""
        return bool(self._client)


class WireServer(Closing):
    """A server of batches.

    Parameters
    ----------
    endpoint
        Where to listen.
    run
        What the run is called.
    keys
        Directory of keys, for clients on other machines; None: the user's own.
    waiting_bytes
        How much waits for a slow client at most.

    Raises
    ------
    AddressError
        The endpoint cannot be used, or needs keys that are missing.
    """

    def __init__(
        self, endpoint: str, run: str, *, keys: Path | None = None, waiting_bytes: int = WAITING_BYTES
    ) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        try:
            self._port = Port(self._context, End(endpoint, bind=True, keys=keys))
        except AddressError:
            self._context.term()
            raise
        self._giver = WireGiver(self._port, run)
        self._waiting_bytes = waiting_bytes
        self.sent = 0

    @property
    def endpoint(self) -> str:
        """Where it listens, a port that was chosen included."""
        return str(self._port.socket.getsockopt_string(zmq.LAST_ENDPOINT))

    def somebody_listens(self, timeout_ms: int) -> bool:
        """Wait until a client has said that batches are welcome."""
        self._turn(timeout_ms)
        return self._giver.somebody_listens

    def give(self, train: Train, wait_s: float) -> bool:
        """Hand a train over; False, and nothing done, where the client has taken none for so long."""
        if self._giver.nbytes >= self._waiting_bytes:
            self._turn(round(1000 * wait_s))
        if self._giver.nbytes >= self._waiting_bytes:
            return False
        self._giver.add(Batch.of([train]))
        self._turn(0)
        self.sent += 1
        return True

    def rest(self, seconds: float) -> None:
        """Let time pass, and look after the client."""
        self._turn(round(1000 * seconds))

    def end(self, wait_s: float) -> bool:
        """Say that nothing more comes; True once the client has everything."""
        self._giver.ended = True
        self._turn(round(1000 * wait_s))
        return self._giver.done

    def _turn(self, timeout_ms: int) -> None:
        if timeout_ms:
            self._port.socket.poll(timeout_ms)
        self._port.deliver(self._giver.handle)
        self._giver.step()

    def close(self) -> None:
        """Serve no longer."""
        self._port.close()
        self._context.term()
