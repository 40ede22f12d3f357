"""Other delay bins for events that were kept, long after the run."""

from dataclasses import replace

import numpy as np

from onlinecei.centroids.accumulate import add_section
from onlinecei.centroids.delays import delay_bins
from onlinecei.centroids.kept import kept_channels
from onlinecei.centroids.layout import Layout
from onlinecei.errors import ResultError
from onlinecei.records import Coincidences, Delta, KeptEvents
from onlinecei.setup import Setup


def rebinned(total: Delta, setup: Setup) -> Delta:
    """Sums of the kept events in the delay bins of a setup, through its gates and into its frame.

    Parameters
    ----------
    total
        Sums and kept events of all that was analysed.
    setup
        That of the analysis but for its delay bins, with the channels only whose events are kept. The timing tool is
        in the delays already, as the setup of the analysis said.

    Returns
    -------
    Delta
        Of the events that are kept, which are a fair sample where there were more. Blocks that belong to no channel are
        zero, pulses among them, and no pulses are kept: nothing tells the false coincidences.

    Raises
    ------
    ResultError
        If the setup has other channels than those whose events are kept.
    """
    layout, values = Layout.of(setup), Layout.of(setup).empty()
    if kept_channels(setup) != setup.channels or len(total.kept) != len(setup.channels):
        names = ", ".join(section.name for section in setup.channels)
        raise ResultError(f"events of {len(total.kept)} channels are kept, the setup for other bins has {names}")
    for section, kept in zip(setup.channels, total.kept, strict=True):
        add_section(values, layout, section, _as_found(kept), delay_bins(kept.delay_fs, setup))
    return replace(total, setup_hash=setup.hash, values=values, pulses=None)


def _as_found(kept: KeptEvents) -> Coincidences:
    """Give each event a pulse of its own."""
    events, width = kept.momentum_au.shape[:2]
    return Coincidences(
        pulse=np.arange(events),
        ion=np.arange(events * width).reshape(events, width),
        ion_momentum_au=kept.momentum_au.reshape(-1, 3).astype(np.float64),
        pulses_cut=0,
    )
