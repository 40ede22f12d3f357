"""A run through the server of the package `karabo-bridge`, as a facility would send it."""

import queue
import time
from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
import zmq
from karabo_bridge import ServerInThread
from zmq.utils.monitor import recv_monitor_message

from onlinecei.arrays import F8, U1
from onlinecei.closing import Closing
from onlinecei.errors import LineError
from onlinecei.facility import SIMULATED
from onlinecei.records import UNKNOWN_PUMP, Train
from onlinecei.stream.serving.section import DELAY, EDGES, HITS, PULSES

SERVER_SOCKETS = {"REQ": "REP", "SUB": "PUB", "PULL": "PUSH"}
"""What the server has where the client has the other."""
WAITING = 100
"""Trains that the server keeps for a slow client, or one that is just beginning: ten seconds."""
GRACE_S = 2.0
"""For the very last train: what is in the server's hand cannot be seen."""


def bridge_data(train: Train) -> dict[str, dict[str, Any]]:
    """Give a train as a bridge sends it: plain arrays by source and key."""
    pulses: dict[str, Any] = {"data.pulseId": train.pulse_id, "data.energy": train.energy_uj}
    delay: dict[str, Any] = {"data.delay": train.delay_fs}
    if train.pump is not None:
        pulses["data.pump"] = _said(train.pump)
    if train.timing_tool_fs is not None:
        delay["data.timingTool"] = train.timing_tool_fs
    source, signals = _signals(train)
    if train.simulated:
        signals[SIMULATED] = True
    return {source: signals, PULSES: pulses, DELAY: delay}


def _said(pump: U1) -> U1 | F8:
    """Give NaN where a facility would not know."""
    unknown = pump == UNKNOWN_PUMP
    return np.where(unknown, np.nan, pump) if unknown.any() else pump


def _signals(train: Train) -> tuple[str, dict[str, Any]]:
    if train.edges is None:
        counts = np.diff(train.first_hit)
        return HITS, {"data.x": train.x_mm, "data.y": train.y_mm, "data.t": train.t_ns, "data.count": counts}
    edges, counts = train.edges, np.diff(train.edges.first_edge)
    return EDGES, {"data.t": edges.t_ns, "data.channel": edges.channel, "data.count": counts}


class BridgeServer(Closing):
    """A Karabo bridge.

    Parameters
    ----------
    endpoint
        Where to listen.
    socket
        How clients ask: REQ, SUB or PULL.
    protocol
        Version of the bridge's protocol.

    Raises
    ------
    LineError
        The endpoint cannot be had.
    """

    def __init__(
        self,
        endpoint: str,
        socket: Literal["REQ", "SUB", "PULL"] = "REQ",
        protocol: Literal["2.2", "1.0"] = "2.2",
    ) -> None:
        _check(endpoint)
        self._server = ServerInThread(
            endpoint, SERVER_SOCKETS[socket], WAITING, protocol_version=protocol, dummy_timestamps=True
        )
        self._monitor = self._server.server_socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
        self.sent = 0
        self._ends: float | None = None

    @property
    def endpoint(self) -> str:
        """Where it listens, a port that was chosen included."""
        return str(self._server.endpoint)

    def somebody_listens(self, timeout_ms: int) -> bool:
        """Wait until a client has connected."""
        if not self._monitor.poll(timeout_ms):
            return False
        recv_monitor_message(self._monitor)
        return True

    def give(self, train: Train, wait_s: float) -> bool:
        """Hand a train over; False, and nothing done, where the clients have taken none for so long."""
        data = bridge_data(train)
        try:
            self._server.feed(data, _metadata(data, train.train_id), block=wait_s > 0, timeout=wait_s or None)
        except queue.Full:
            return False
        self.sent += 1
        return True

    @property
    def waiting(self) -> int:
        """Trains that no client has taken, but for one."""
        return int(self._server.buffer.qsize())

    def rest(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)

    def end(self, wait_s: float) -> bool:
        """Wait for the last trains to be taken; the protocol has no word for the end, nor for the very last train."""
        time.sleep(wait_s)
        if self._ends is None and not self.waiting:
            self._ends = time.monotonic() + GRACE_S
        return self._ends is not None and time.monotonic() >= self._ends

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def close(self) -> None:
        """Serve no longer."""
        self._monitor.close(linger=0)
        self._server.stop()


def _metadata(data: Mapping[str, object], train_id: int) -> dict[str, dict[str, Any]]:
    return {source: {"source": source, "timestamp.tid": train_id} for source in data}


def _check(endpoint: str) -> None:
    """Try the address; the package would leave a socket behind where it cannot be had."""
    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        try:
            socket.bind(endpoint)
        except zmq.ZMQError as error:
            raise LineError(f"endpoint '{endpoint}' cannot be had: {error}") from error
