"""How anything looks at a line: it asks for the next version and gets the newest there is.

A reader holds nothing up. It has at most one question open, a slow one misses versions and nobody notices, and a line
that was killed and came back is found again.
"""

import time

import zmq

from onlinecei.errors import ResultError, WireError
from onlinecei.records import Snapshot
from onlinecei.stream.ports import Port
from onlinecei.stream.snapshots import snapshot_of
from onlinecei.stream.wire import Kind, Message

ASK_AGAIN_SECONDS = 2.0
"""A question is repeated after this long, in case the reducer that it was put to is gone."""


class Reader:
    """A client of the reducer.

    Kept events come with every version where `events` says so, otherwise with the final state alone.
    """

    def __init__(self, endpoint: str, *, events: bool = False) -> None:
        self._endpoint, self._events = endpoint, events
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._port = Port(self._context, endpoint, bind=False)
        self._asked = -ASK_AGAIN_SECONDS
        self._version = self._geometry = -1

    def poll(self, timeout_ms: int) -> Snapshot | None:
        """Wait up to a time for a newer snapshot; None where there is none yet."""
        if time.monotonic() - self._asked >= ASK_AGAIN_SECONDS:
            self._ask()
        self._port.socket.poll(timeout_ms)
        newest: Snapshot | None = None
        for _, message in self._port.receive():
            try:
                newest = snapshot_of(message)
            except (WireError, ResultError):
                self._port.rejected += 1
        if newest is not None:
            self._version, self._geometry = newest.state.version, newest.reconstructed_version
            self._ask()
        return newest

    @property
    def rejected(self) -> int:
        """Messages that did not follow the protocol."""
        return self._port.rejected

    def close(self) -> None:
        """Close the connection."""
        self._port.close()
        self._context.term()

    def _ask(self) -> None:
        self._asked = time.monotonic()
        since = {"since": self._version, "geometry": self._geometry, "events": int(self._events)}
        self._port.send(Message(kind=Kind.ASK, info=since))
