"""Which delay acts in each pulse, and which bin that is: the one place that knows pump, timing tool and bins."""

from dataclasses import replace

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.records import NO_PUMP_FS, UNKNOWN_PUMP, UNKNOWN_PUMP_FS, Batch
from onlinecei.setup import DelaysSection, Setup


def with_acting_delays(batch: Batch, setup: Setup) -> Batch:
    """Settle the delays of a batch, so that everything after asks for one number only.

    The timing tool is added as the setup says, pulses without pump get the delay `NO_PUMP_FS`, and those of
    which nobody knows whether they had it `UNKNOWN_PUMP_FS`. A batch without these columns is given back as it is,
    unless the setup requires the timing tool.
    """
    delay_fs = _timed(batch, setup)
    if batch.pump is not None:
        delay_fs = np.where(batch.pump == 0, NO_PUMP_FS, delay_fs)
        delay_fs = np.where(batch.pump == UNKNOWN_PUMP, UNKNOWN_PUMP_FS, delay_fs)
    if delay_fs is batch.delay_fs:
        return batch
    return replace(batch, delay_fs=delay_fs, pump=None, timing_tool_fs=np.zeros(batch.pulses))


def _timed(batch: Batch, setup: Setup) -> F8:
    """Delays with the jitter that was measured; NaN where one is required and was not."""
    use, jitter = setup.delays.timing_tool, batch.timing_tool_fs
    if use == "ignore" or (use == "add" and jitter is None):
        return batch.delay_fs
    if jitter is None:
        return np.full(batch.pulses, np.nan)
    known = np.isfinite(jitter)
    missing = np.nan if use == "require" else batch.delay_fs
    return np.where(known, batch.delay_fs + np.where(known, jitter, 0.0), missing)


def delay_bins(delay_fs: F8, setup: Setup) -> I8:
    """Bin of each settled delay (P,); -1 where it is unknown or outside. Without edges every pulse is in the one bin.

    Pulses without pump, whose delay is `NO_PUMP_FS`, are in the last bin where the setup has one for them. There those
    of which nobody knows it, whose delay is `UNKNOWN_PUMP_FS`, are in none.
    """
    found = _bins_of_pumped(delay_fs, setup.delays)
    if setup.delays.unpumped_bin is not None:
        found[delay_fs == NO_PUMP_FS] = setup.delays.unpumped_bin
        found[delay_fs == UNKNOWN_PUMP_FS] = -1
    return found


def _bins_of_pumped(delay_fs: F8, delays: DelaysSection) -> I8:
    if delays.positions_fs is not None:
        positions = np.array(delays.positions_fs)
        found = np.searchsorted((positions[1:] + positions[:-1]) / 2, delay_fs)
        inside = np.abs(delay_fs - positions[found]) < delays.reach_fs
    elif delays.edges_fs is not None:
        edges = np.array(delays.edges_fs)
        found = np.searchsorted(edges, delay_fs, side="right") - 1
        inside = (delay_fs >= edges[0]) & (delay_fs < edges[-1])
    else:
        return np.zeros(delay_fs.size, dtype=np.int64)
    return np.where(inside, found, -1).astype(np.int64)
