"""Karabo bridges as a source: polled, never waited for, connected to anew when they fall silent."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

import zmq

from onlinecei.arrays import U8
from onlinecei.errors import LineError, WireError
from onlinecei.facility import SIMULATED
from onlinecei.records import Batch, Train
from onlinecei.setup import SourceSection
from onlinecei.stream.log import get_logger
from onlinecei.stream.sources.arrivals import Arrivals
from onlinecei.stream.sources.karabo_frames import MAX_BYTES, read_frames
from onlinecei.stream.sources.source import LeftOut, Watched

HIGH_WATER = 16
"""Messages that wait in a socket while ingest is busy: a second and a half of trains."""
MOST_AT_ONCE = 64
"""Messages that are read in one go, so that a fast bridge leaves time for everything else."""
log = get_logger(__name__)
SOCKETS = {"REQ": zmq.REQ, "SUB": zmq.SUB, "PULL": zmq.PULL}


class Bridge:
    """One connection.

    A request whose answer never comes leaves a REQ socket useless, and a connection that is gone without a word may
    leave any other so: after `timeout_s` without a message the socket is thrown away and another one is made.
    """

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", endpoint: str, kind: str, timeout_s: float) -> None:
        self._context, self._endpoint, self._kind, self._timeout_s = context, endpoint, kind, timeout_s
        self._heard: float | None = None
        self._asked = self._silent = False
        self.renewed = 0
        self.socket = self._connected()

    def receive(self, now: float) -> Iterator[list[zmq.Frame]]:
        """Give the messages that are there; `now` in seconds."""
        self._heard = now if self._heard is None else self._heard
        for _ in range(MOST_AT_ONCE):
            self._ask()
            try:
                frames = self.socket.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.ZMQError as error:
                if error.errno not in {zmq.EAGAIN, zmq.EFSM}:
                    raise
                break
            self._listen(silent=False)
            self._heard, self._asked = now, False
            yield frames
        if now - self._heard >= self._timeout_s:
            self._listen(silent=True)
            self.close()
            self.socket, self._heard, self._asked = self._connected(), now, False
            self.renewed += 1
            self._ask()

    def _listen(self, *, silent: bool) -> None:
        """Say in the log that it fell silent, or speaks again, once for each time."""
        if silent and not self._silent:
            log.warning("a bridge is silent, it is connected to anew", endpoint=self._endpoint, after_s=self._timeout_s)
        elif self._silent and not silent:
            log.info("a bridge speaks again", endpoint=self._endpoint)
        self._silent = silent

    def close(self) -> None:
        """Close the socket; what is under way in it is dropped."""
        self.socket.close(linger=0)

    def _ask(self) -> None:
        if self._kind != "REQ" or self._asked:
            return
        try:
            self.socket.send(b"next", zmq.NOBLOCK)
            self._asked = True
        except zmq.Again:
            pass  # nobody to ask yet

    def _connected(self) -> "zmq.Socket[bytes]":
        socket = self._context.socket(SOCKETS[self._kind])
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVHWM, HIGH_WATER)
        socket.setsockopt(zmq.MAXMSGSIZE, MAX_BYTES)
        if self._kind == "SUB":
            socket.setsockopt(zmq.SUBSCRIBE, b"")
        try:
            socket.connect(self._endpoint)
        except zmq.ZMQError as error:
            socket.close(linger=0)
            raise LineError(f"endpoint '{self._endpoint}' cannot be connected to: {error}") from error
        return socket


class BridgeSource:
    """Trains out of what one or several Karabo bridges send.

    Parameters
    ----------
    section
        What the sources are called, and how the bridges are asked.
    endpoints
        Where the bridges are.
    run
        What the run is called.
    clock
        Seconds, for deadlines.

    Raises
    ------
    LineError
        There is no endpoint, or one makes no sense.
    """

    repeatable = False
    ended = False
    trains_expected = 0

    def __init__(
        self,
        section: SourceSection,
        endpoints: Sequence[str],
        run: str = "live",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not endpoints:
            raise LineError('no endpoint of a Karabo bridge is known: say --source, or endpoints = ["tcp://..."]')
        self.run, self._clock = run, clock
        signals = section.signals.source
        self._wanted = section.keys | {signals: section.keys[signals] | {SIMULATED}}
        self._arrivals = Arrivals(section)
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._bridges: list[Bridge] = []
        try:
            for endpoint in endpoints:
                self._bridges.append(Bridge(self._context, endpoint, section.socket, section.timeout_s))
        except LineError:
            self.close()
            raise

    @property
    def counts(self) -> Mapping[str, int]:
        """Trains that were not given or not given whole, by reason."""
        return self._arrivals.census.counts

    @property
    def watched(self) -> Watched:
        """The sockets of now: a bridge that was silent for too long has another one."""
        return [bridge.socket for bridge in self._bridges]

    @property
    def renewed(self) -> int:
        """How often bridges were connected to anew."""
        return sum(bridge.renewed for bridge in self._bridges)

    @property
    def waited_s(self) -> float:
        """How long the trains that were given last had waited for partners: that which came first of them."""
        return self._arrivals.waited_s

    @property
    def left_out(self) -> Sequence[LeftOut]:
        """Trains that were ready just now and are not to be analysed; neighbours with the same reason together."""
        groups = groupby(self._arrivals.left_out, lambda pair: pair[1])
        return [LeftOut(Batch.of([train for train, _ in pairs]), reason) for reason, pairs in groups]

    def poll(self) -> Batch | None:
        """Give the trains that are ready."""
        now = self._clock()
        for bridge in self._bridges:
            for frames in bridge.receive(now):
                try:
                    found = read_frames(frames, self._wanted)
                except WireError as error:
                    self._arrivals.refuse(str(error), now)
                else:
                    self._arrivals.take(found, now)
        return _batch(self._arrivals.due(now))

    def rest(self) -> Batch | None:
        """Give the trains that wait for partners, as far as these have come."""
        return _batch(self._arrivals.due(self._clock(), all_of_them=True))

    def skip(self, trains: U8, newest: int = -1) -> None:
        """Leave out trains that were given in an earlier life."""
        self._arrivals.census.skip(trains, newest)

    def close(self) -> None:
        """Close all connections."""
        for bridge in self._bridges:
            bridge.close()
        self._context.term()


def _batch(trains: list[Train]) -> Batch | None:
    return Batch.of(trains) if trains else None
