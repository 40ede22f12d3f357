"""A result with other delay bins, from the events that it keeps."""

from collections.abc import Sequence
from dataclasses import replace

from onlinecei.analysis import centroids, reconstruct_all, single_events
from onlinecei.api.setups import changed, text_of
from onlinecei.centroids import kept_channels
from onlinecei.centroids import rebinned as rebinned_of
from onlinecei.errors import ResultError
from onlinecei.records import Snapshot
from onlinecei.setup import Setup


def rebinned(snapshot: Snapshot, setup: Setup, edges_fs: Sequence[float]) -> Snapshot:
    """Lay the kept events into other delay bins, and make geometries of these.

    Raises
    ------
    ResultError
        If the result keeps no single events.
    SetupError
        If the edges do not rise.
    """
    total = snapshot.state.total
    if not any(each.events for each in total.kept):
        raise ResultError(
            f"the result of '{snapshot.run}' keeps no single events that could go into other delay bins: "
            "analyse the run again with these edges"
        )
    wanted = _with_edges(setup, edges_fs)
    sums = rebinned_of(total, wanted)
    found = reconstruct_all(centroids(sums, wanted), wanted, single_events(sums, wanted))
    return Snapshot(
        run=snapshot.run,
        setup_text=text_of(wanted, ""),
        state=replace(snapshot.state, total=sums),
        reconstructions=tuple(found),
        reconstructed_version=snapshot.state.version,
    )


def _with_edges(setup: Setup, edges_fs: Sequence[float]) -> Setup:
    """Give the setup with other edges, for the channels only whose events are kept."""
    kept = kept_channels(setup)
    sections = setup.model_dump(exclude_unset=True)["channels"]
    return changed(
        setup,
        delays={"edges_fs": [float(each) for each in edges_fs], "positions_fs": None, "tolerance_fs": None},
        channels=[one for one, section in zip(sections, setup.channels, strict=True) if section in kept],
        limits={"kept_hits": 0},
    )
