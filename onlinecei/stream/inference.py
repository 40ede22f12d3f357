"""Inference: takes each new version, reconstructs every channel and delay, and gives the geometries to the reducer."""

from dataclasses import dataclass

from onlinecei.analysis import centroids, reconstruct_all
from onlinecei.records import Snapshot
from onlinecei.stream.ports import Outbox
from onlinecei.stream.revisions import parsed
from onlinecei.stream.snapshots import geometry_message


@dataclass(slots=True)
class Inference:
    """The logic of the inference process: the geometries depend on the version alone, never on those before."""

    reducer: Outbox

    def handle(self, snapshot: Snapshot) -> None:
        """Reconstruct one version with the setup that it was made with."""
        setup = parsed(snapshot.setup_text)
        geometries = reconstruct_all(centroids(snapshot.state, setup), setup)
        self.reducer.send(geometry_message(snapshot.state.version, geometries))
