"""Metrics: a reader of the line that answers Prometheus over HTTP, on this machine only."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server

from onlinecei.errors import AddressError
from onlinecei.stream.figures import Figures, Seen
from onlinecei.stream.reader import Reader

HOST = "127.0.0.1"
"""HTTP has no keys: another machine comes by a tunnel."""
PORT = 9464
REST_S = 1.0
"""Between two versions that are asked for; Prometheus asks every fifteen seconds or so."""


class Metrics:
    """What the metrics process does in each turn."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.figures = Figures(Seen(snapshot=None, facts=reader.facts, silent_s=0.0))

    def turn(self, timeout_ms: int) -> None:
        """Listen to the line for a time."""
        snapshot = self._reader.poll(timeout_ms) or self.figures.seen.snapshot
        self.figures.seen = Seen(snapshot=snapshot, facts=self._reader.facts, silent_s=self._reader.silent_s)


@contextmanager
def answering(figures: Figures, port: int) -> Iterator[int]:
    """Answer HTTP at a port, any free one where it is 0, for as long as the context lasts; gives the port."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(figures)
    try:
        server, thread = start_http_server(port, addr=HOST, registry=registry)
    except OSError as error:
        raise AddressError(f"metrics cannot be given at {HOST}:{port}: {error.strerror}") from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
