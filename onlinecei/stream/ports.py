"""Sockets behind a small face, so that the logic of each process runs in a test without any."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

import zmq

from onlinecei.errors import WireError
from onlinecei.stream.wire import Frame, Message, decode, encode

HIGH_WATER = 64
"""Messages that may wait in a socket; credits keep the true number far lower."""


class Outbox(Protocol):
    """Where a process sends messages; `to` names the receiver where there are several."""

    def send(self, message: Message, to: bytes = b"") -> bool:
        """Send without waiting; False where the receiver is gone or full."""
        ...


class Port:
    """One ZeroMQ socket that speaks the wire protocol: ROUTER where it binds, DEALER where it connects."""

    def __init__(
        self, context: zmq.Context[zmq.Socket[bytes]], endpoint: str, *, bind: bool, name: bytes = b""
    ) -> None:
        self._router = bind
        self.socket = context.socket(zmq.ROUTER if bind else zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SNDHWM, HIGH_WATER)
        self.socket.setsockopt(zmq.RCVHWM, HIGH_WATER)
        if name:
            self.socket.setsockopt(zmq.IDENTITY, name)
        if bind:
            self.socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
            self.socket.setsockopt(zmq.ROUTER_HANDOVER, 1)
            self.socket.bind(endpoint)
        else:
            self.socket.connect(endpoint)
        self.rejected = 0

    def send(self, message: Message, to: bytes = b"") -> bool:
        """Send without waiting; False where the receiver is gone or full."""
        frames: Sequence[Frame] = encode(message)
        try:
            self.socket.send_multipart([to, *frames] if self._router else frames, flags=zmq.NOBLOCK, copy=False)
        except zmq.ZMQError as error:
            if error.errno in {zmq.EAGAIN, zmq.EHOSTUNREACH}:
                return False
            raise
        return True

    def receive(self) -> Iterator[tuple[bytes, Message]]:
        """Give the messages that have arrived, with the sender where there are several; bad ones are counted."""
        while True:
            try:
                frames = self.socket.recv_multipart(flags=zmq.NOBLOCK, copy=False)
            except zmq.Again:
                return
            sender = frames.pop(0).bytes if self._router else b""
            try:
                yield sender, decode(frames)
            except WireError:
                self.rejected += 1

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


class Ports:
    """The sockets of a process by name, polled together."""

    def __init__(self, **ports: tuple[str, bool, bytes]) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._poller = zmq.Poller()
        self.by_name: Mapping[str, Port] = {
            name: Port(self._context, endpoint, bind=bind, name=identity)
            for name, (endpoint, bind, identity) in ports.items()
        }
        for port in self.by_name.values():
            self._poller.register(port.socket, zmq.POLLIN)

    def watch(self, more: "zmq.Socket[Any] | int") -> None:
        """Wake up for another socket or a file descriptor too."""
        self._poller.register(more, zmq.POLLIN)

    def wait(self, milliseconds: int) -> set[object]:
        """Wait for any message; returns the sockets and descriptors that are ready."""
        return {ready for ready, _ in self._poller.poll(milliseconds)}

    def __getitem__(self, name: str) -> Port:
        return self.by_name[name]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for port in self.by_name.values():
            port.close()
        self._context.term()
