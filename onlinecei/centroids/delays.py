"""The delay that acts in each pulse: as the stage says, as the timing tool corrects it, or none without the pump."""

from dataclasses import replace

import numpy as np

from onlinecei.arrays import F8
from onlinecei.records import NO_PUMP_FS, Batch
from onlinecei.setup import Setup


def with_acting_delays(batch: Batch, setup: Setup) -> Batch:
    """Settle the delays of a batch, so that everything after asks for one number only.

    The timing tool is added as the setup says, and pulses without pump get the delay `NO_PUMP_FS`. A batch
    without these columns is given back as it is, unless the setup requires the timing tool.
    """
    delay_fs = _timed(batch, setup)
    if batch.pump is not None:
        delay_fs = np.where(batch.pump == 0, NO_PUMP_FS, delay_fs)
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
