"""The security of a socket: keys where its address needs them, and who may come in."""

from collections.abc import Callable
from pathlib import Path

import zmq
from zmq.auth.thread import ThreadAuthenticator

from onlinecei.errors import AddressError
from onlinecei.stream.addresses import host_of, is_ipv6, needs_keys
from onlinecei.stream.keys import KeyRing, default_directory
from onlinecei.stream.log import get_logger

DOMAIN = b"onlinecei"
HANDSHAKE_MS = 5_000
"""A peer that says nothing sensible for this long is cut off, so that silent connections do not pile up."""
HEARTBEAT_MS, HEARTBEAT_TIMEOUT_MS = 5_000, 20_000
"""Over a network, a peer that is gone without a word, such as a laptop that was closed, is noticed by these."""
RECONNECT_MOST_MS = 2_000
MOST_NAMED = 100
"""Refused keys that are logged, each once: knocking does not fill the disk."""
log = get_logger(__name__)

Socket = zmq.Socket[bytes]


def ring_for(endpoint: str, keys: Path | None) -> KeyRing | None:
    """Give the keys that an address is used with: those that are said, the user's own where it needs some, or none."""
    needed = needs_keys(endpoint)
    wanted = keys is not None and endpoint.startswith("tcp:")
    return KeyRing(keys or default_directory()) if needed or wanted else None


def listen(socket: Socket, endpoint: str, ring: KeyRing | None) -> None:
    """Bind a socket; with keys, only those get in whom a `Doorkeeper` of its context lets in."""
    _common(socket, endpoint)
    if ring is not None:
        own = ring.own()
        socket.setsockopt(zmq.ZAP_DOMAIN, DOMAIN)
        socket.setsockopt(zmq.CURVE_SERVER, 1)
        socket.setsockopt(zmq.CURVE_PUBLICKEY, own.public)
        socket.setsockopt(zmq.CURVE_SECRETKEY, own.secret)
    _reach(socket.bind, endpoint)


def connect(socket: Socket, endpoint: str, ring: KeyRing | None) -> None:
    """Connect a socket; with keys, to nobody but the line whose key is known."""
    _common(socket, endpoint)
    if ring is not None:
        own = ring.own()
        socket.setsockopt(zmq.CURVE_SERVERKEY, ring.line_at(host_of(endpoint)))
        socket.setsockopt(zmq.CURVE_PUBLICKEY, own.public)
        socket.setsockopt(zmq.CURVE_SECRETKEY, own.secret)
    _reach(socket.connect, endpoint)


def _common(socket: Socket, endpoint: str) -> None:
    socket.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
    socket.setsockopt(zmq.IPV6, is_ipv6(endpoint))
    if endpoint.startswith("tcp:"):
        socket.setsockopt(zmq.HEARTBEAT_IVL, HEARTBEAT_MS)
        socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, RECONNECT_MOST_MS)


def _reach(action: Callable[[str], object], endpoint: str) -> None:
    try:
        action(endpoint)
    except zmq.ZMQError as error:
        raise AddressError(f"address '{endpoint}' cannot be used: {error.strerror}") from error


class Doorkeeper:
    """Lets those in whose public key is under ``clients``, looked up anew for each who knocks.

    A thread of its own answers, so that knocking never holds up a loop; without an answer nobody comes in.
    """

    def __init__(self, context: "zmq.Context[Socket]", ring: KeyRing) -> None:
        self._ring = ring
        self._refused: set[bytes] = set()
        self._thread = ThreadAuthenticator(context)
        self._thread.start()
        self._thread.configure_curve_callback(domain=DOMAIN.decode(), credentials_provider=self)

    def callback(self, _domain: str, key: bytes) -> bool:
        """Tell whether this key may come in."""
        known = self._ring.lets_in(key)
        if not known and key not in self._refused and len(self._refused) < MOST_NAMED:
            self._refused.add(key)
            log.warning("a client was refused: its public key is not known", key=key.decode("ascii", errors="replace"))
        return known

    def stop(self) -> None:
        """Answer no more; to be called before the context ends."""
        self._thread.stop()
