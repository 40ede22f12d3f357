"""Inference: takes each new version, reconstructs every channel and delay, and gives the geometries to the reducer."""

from dataclasses import dataclass

from onlinecei.analysis import centroids, reconstruct_all
from onlinecei.records import Snapshot
from onlinecei.setup import Setup
from onlinecei.stream.ports import Outbox
from onlinecei.stream.snapshots import geometry_message


@dataclass(slots=True)
class Inference:
    """The logic of the inference process: the geometries depend on the version alone, never on those before."""

    setup: Setup
    reducer: Outbox

    def handle(self, snapshot: Snapshot) -> None:
        """Reconstruct one version."""
        geometries = reconstruct_all(centroids(snapshot.state, self.setup), self.setup)
        self.reducer.send(geometry_message(snapshot.state.version, geometries))
