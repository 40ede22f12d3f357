"""Inference: takes each new version, reconstructs every channel and delay, and gives the geometries to the reducer."""

from dataclasses import dataclass

from onlinecei.analysis import centroids, false_counts, reconstruct_all, single_events
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
        measured, events = centroids(snapshot.state, setup), single_events(snapshot.state, setup)
        geometries = reconstruct_all(measured, setup, events)
        false = false_counts(snapshot.state, setup)
        self.reducer.send(geometry_message(snapshot.state.version, geometries, false))
