"""What a method of reconstruction can do."""

from collections.abc import Iterable
from typing import Protocol

from onlinecei.arrays import F8
from onlinecei.ions import Channel
from onlinecei.records import Centroids, Reconstruction


class Reconstructor(Protocol):
    """Turns momenta into geometries."""

    @property
    def single_name(self) -> str:
        """How single events become geometries."""

    @property
    def most_events(self) -> int:
        """Single events of a channel and delay that it takes some seconds for."""

    def __call__(self, measured: Iterable[Centroids]) -> list[Reconstruction]:
        """Give each set of centroids a geometry, or a reason why it has none."""

    def single(self, channel: Channel, momentum_au: F8) -> F8:
        """Geometries (E, N, 3) about the centre of mass of single events (E, N, 3); NaN where one has none."""
