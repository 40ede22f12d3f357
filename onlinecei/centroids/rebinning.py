"""Other delay bins for events that were kept, long after the run."""

import numpy as np

from onlinecei.arrays import F8
from onlinecei.centroids.accumulate import accumulate
from onlinecei.centroids.kept import kept_channels
from onlinecei.centroids.statistics import centroids
from onlinecei.records import Batch, Centroids, Coincidences, Delta, Hits, Ions, KeptEvents
from onlinecei.setup import ChannelSection, DelaysSection, Setup


def rebinned(total: Delta, setup: Setup, delays: DelaysSection) -> list[Centroids]:
    """Mean momenta of the kept events in other delay bins, through the same gates and frame.

    Parameters
    ----------
    total
        Sums and kept events of all that was analysed.
    delays
        The other bins. The timing tool is in the delays already, as the setup of the run said.

    Returns
    -------
    list[Centroids]
        Of the channels whose events are kept, for each of the new bins; of the events that are kept, which are a fair
        sample where there were more. False coincidences are not taken out: analyse the kept pulses again for that.
    """
    chosen = Setup.model_validate({**setup.model_dump(), "delays": delays})
    kept = dict(zip(kept_channels(setup), total.kept, strict=True)) if total.kept else {}
    delay_fs, found = np.empty(0), []
    for section in chosen.channels:
        own = kept.get(section)
        found.append(_as_found(own, section, delay_fs.size))
        delay_fs = delay_fs if own is None else np.append(delay_fs, own.delay_fs)
    hits, ions = _no_hits(delay_fs.size)
    values, _ = accumulate(_pulses(delay_fs), hits, ions, found, chosen)
    sums = Delta(setup_hash=chosen.hash, values=values, trains=np.empty((0, 2), np.uint64), kept=total.kept)
    names = {section.name for section in kept}
    return [each for each in centroids(sums, chosen) if each.name in names]


def _as_found(kept: KeptEvents | None, section: ChannelSection, first: int) -> Coincidences:
    """Give each event a pulse of its own."""
    width, events = len(section.channel.ions), kept.events if kept else 0
    momenta = np.empty((0, 3)) if kept is None else kept.momentum_au.reshape(-1, 3).astype(np.float64)
    return Coincidences(
        pulse=first + np.arange(events),
        ion=np.arange(events * width).reshape(-1, width),
        ion_momentum_au=momenta,
        pulses_cut=0,
    )


def _pulses(delay_fs: F8) -> Batch:
    size, none = delay_fs.size, np.empty(0, np.float32)
    return Batch(
        train_id=np.zeros(1, np.uint64), first_pulse=np.array([0, size], np.uint64), delay_fs=delay_fs,
        pulse_id=np.zeros(size, np.uint32), energy_uj=np.full(size, np.nan, np.float32),
        first_hit=np.zeros(size + 1, np.uint64), x_mm=none, y_mm=none, t_ns=none,
    )  # fmt: skip


def _no_hits(pulses: int) -> tuple[Hits, Ions]:
    first, none, whole = np.zeros(pulses + 1, np.int64), np.empty(0), np.empty(0, np.int64)
    hits = Hits(first_hit=first, x_mm=none, y_mm=none, t_ns=none, not_finite=0, before_trigger=0, outside=0)
    return hits, Ions(first_ion=first, hit=whole, species=whole, momentum_au=np.empty((0, 3)), at_node=0)
