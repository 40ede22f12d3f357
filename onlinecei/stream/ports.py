"""Sockets behind a small face, so that the logic of each process runs in a test without any."""

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import zmq

from onlinecei.closing import Closing
from onlinecei.errors import WireError
from onlinecei.stream.door import Doorkeeper, connect, listen, ring_for
from onlinecei.stream.share import Share
from onlinecei.stream.wire import MAX_BUFFER_BYTES, Frame, Message, decode, encode

HIGH_WATER = 64
"""Messages that may wait in a socket; credits keep the true number far lower."""
MOST_A_TURN = 64
"""Messages taken from a socket before the others have their turn, so that one who floods it holds up nobody else."""


class Outbox(Protocol):
    """Where a process sends messages; `to` names the receiver where there are several."""

    def send(self, message: Message, to: bytes = b"") -> bool:
        """Send without waiting; False where the receiver is gone or full."""
        ...


class End(NamedTuple):
    """What a socket is for."""

    endpoint: str
    bind: bool = False
    """Whether others come here: ROUTER. Otherwise it goes there: DEALER."""
    name: bytes = b""
    """Under which it goes there; empty: under any."""
    doors: Sequence[str] = ()
    """Further addresses where others may come."""
    keys: Path | None = None
    """Directory of keys for addresses that need some; None: the user's own."""
    known: Collection[bytes] | None = None
    """Names of those who are heard; None: everybody."""
    largest: int = MAX_BUFFER_BYTES
    """Most bytes of one frame that is let in: the sender of a larger one is cut off before memory is taken for it."""
    waiting: int = HIGH_WATER
    """Messages that may wait for each receiver."""
    per_second: float = math.inf
    """Messages that are heard each second; more of them wait, at last with their sender."""


class Port:
    """One ZeroMQ socket that speaks the wire protocol: ROUTER where it binds, DEALER where it connects.

    Raises
    ------
    AddressError
        An address cannot be used, or needs keys that are missing.
    """

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], end: End) -> None:
        self._router, self._known = end.bind, end.known
        self._share = Share(end.per_second)
        self.rejected = 0
        """Messages that did not follow the protocol, or came from somebody unknown."""
        self._door: Doorkeeper | None = None
        self.socket = context.socket(zmq.ROUTER if end.bind else zmq.DEALER)
        options = {zmq.LINGER: 0, zmq.SNDHWM: end.waiting, zmq.RCVHWM: HIGH_WATER, zmq.MAXMSGSIZE: end.largest}
        for option, value in options.items():
            self.socket.setsockopt(option, value)
        try:
            (self._listen if end.bind else self._connect)(end)
        except BaseException:
            self.close()
            raise

    def _listen(self, end: End) -> None:
        self.socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self.socket.setsockopt(zmq.ROUTER_HANDOVER, 1)
        # one without keys first: what a socket is told of keys holds for all that it does afterwards
        rings = {endpoint: ring_for(endpoint, end.keys) for endpoint in (end.endpoint, *end.doors)}
        for endpoint, ring in sorted(rings.items(), key=lambda pair: pair[1] is not None):
            if ring is not None and self._door is None:
                self._door = Doorkeeper(self.socket.context, ring)
            listen(self.socket, endpoint, ring)

    def _connect(self, end: End) -> None:
        if end.name:
            self.socket.setsockopt(zmq.IDENTITY, end.name)
        connect(self.socket, end.endpoint, ring_for(end.endpoint, end.keys))

    def send(self, message: Message, to: bytes = b"") -> bool:
        """Send without waiting; False where the receiver is gone or full."""
        return self.send_frames(encode(message), to)

    def send_frames(self, frames: Sequence[Frame], to: bytes = b"") -> bool:
        """Send what is encoded already, likewise."""
        try:
            self.socket.send_multipart([to, *frames] if self._router else frames, flags=zmq.NOBLOCK, copy=False)
        except zmq.ZMQError as error:
            if error.errno in {zmq.EAGAIN, zmq.EHOSTUNREACH}:
                return False
            raise
        return True

    def receive(self) -> Iterator[tuple[bytes, Message]]:
        """Give messages that have arrived, with the sender where there are several; bad ones are counted."""
        for _ in range(MOST_A_TURN):
            if not self._share.is_left:
                return
            try:
                frames = self.socket.recv_multipart(flags=zmq.NOBLOCK, copy=False)
            except zmq.Again:
                return
            self._share.use(1)
            sender = frames.pop(0).bytes if self._router else b""
            try:
                yield sender, self._checked(sender, frames)
            except WireError:
                self.rejected += 1

    @property
    def listens(self) -> bool:
        """Whether a message would be heard now."""
        return self._share.is_left

    def _checked(self, sender: bytes, frames: Sequence[Frame]) -> Message:
        if self._known is not None and sender not in self._known:
            raise WireError(f"a message from {sender[:64]!r}, who is not known here")
        return decode(frames)

    def deliver(self, action: Callable[[bytes, Message], None]) -> None:
        """Give each message that has arrived to an action; one that the action cannot use is counted too."""
        for sender, message in self.receive():
            try:
                action(sender, message)
            except WireError:
                self.rejected += 1

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()
        if self._door is not None:
            self._door.stop()


class Ports(Closing):
    """The sockets of a process by name, polled together."""

    def __init__(self, **ports: End) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._poller = zmq.Poller()
        self.by_name: dict[str, Port] = {}
        try:
            for name, end in ports.items():
                self.by_name[name] = Port(self._context, end)
        except BaseException:
            self.close()
            raise
        for port in self.by_name.values():
            self._poller.register(port.socket, zmq.POLLIN)

    def watch(self, ready: "zmq.Socket[Any] | int") -> None:
        """Wake up for a file descriptor or another socket too."""
        self._poller.register(ready, zmq.POLLIN)

    def wait(self, milliseconds: int, also: "Sequence[zmq.Socket[Any] | int]" = ()) -> set[object]:
        """Wait for any message that would be heard now, also at sockets that are others the next time."""
        for port in self.by_name.values():
            self._poller.modify(port.socket, zmq.POLLIN if port.listens else 0)
        for each in also:
            self._poller.register(each, zmq.POLLIN)
        try:
            return {ready for ready, _ in self._poller.poll(milliseconds)}
        finally:
            for each in also:
                self._poller.unregister(each)

    def __getitem__(self, name: str) -> Port:
        return self.by_name[name]

    def close(self) -> None:
        """Close all sockets."""
        for port in self.by_name.values():
            port.close()
        self._context.term()
