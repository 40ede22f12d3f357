"""Columns into sums and histograms: everything that a batch adds, as integers."""

import math

import numpy as np

from onlinecei.arrays import I8, U8, Bool
from onlinecei.centroids._channel_fill import fill_channel
from onlinecei.centroids._covariance_fill import fill_covariance
from onlinecei.centroids._cumulant_maps_fill import fill_cumulant_maps
from onlinecei.centroids._hits_fill import fill_hits
from onlinecei.centroids._moments_fill import fill_moments
from onlinecei.centroids._pulses_fill import fill_pulses
from onlinecei.centroids.delays import delay_bins
from onlinecei.centroids.layout import COUNTERS, NEWTON_REACH, Layout
from onlinecei.centroids.pulse_hash import hash_of_pulses
from onlinecei.coincidence.patterns import Patterns
from onlinecei.records import Batch, Coincidences, Hits, Ions
from onlinecei.setup import ChannelSection, Setup


def accumulate(
    batch: Batch, hits: Hits, ions: Ions, coincidences: list[Coincidences], setup: Setup
) -> tuple[I8, list[Bool]]:
    """Make the vector of a Delta (V,) from the columns of each stage; `coincidences` in the order of the channels.

    Also says of every channel which combinations (M,) were counted as events.
    """
    values = Layout.of(setup).empty()
    patterns = Patterns.of(ions, len(setup.ions))
    return values, add_up(values, batch, hash_of_pulses(batch), hits, ions, patterns, coincidences, setup)


def add_up(
    values: I8, batch: Batch, hashes: U8, hits: Hits, ions: Ions, patterns: Patterns, coincidences: list[Coincidences],
    setup: Setup,
) -> list[Bool]:  # fmt: skip
    """Add the columns of each stage to the vector of a Delta (V,), and say which combinations were counted."""
    delay_bin = add_hits(values, batch, hashes, hits, ions, patterns, setup)
    pairs = zip(setup.channels, coincidences, strict=True)
    return [add_section(values, Layout.of(setup), section, found, delay_bin) for section, found in pairs]


def add_hits(
    values: I8, batch: Batch, hashes: U8, hits: Hits, ions: Ions, patterns: Patterns, setup: Setup
) -> I8:  # fmt: skip
    """Add all that is no matter of a channel, given the hash of each pulse (P,); gives the delay bin of each (P,)."""
    layout = Layout.of(setup)
    delay_bin = delay_bins(batch.delay_fs, setup)
    known = fill_hits(
        hits.first_hit, hits.x_mm, hits.y_mm, hits.t_ns, ions.hit, ions.species, setup.detector.radius_mm,
        layout.time_end_ns, layout.view(values, "time_of_flight"), layout.view(values, "detector_image"),
        layout.view(values, "detector_image_by_ion"), layout.view(values, "pipico"), layout.view(values, "pipico_time"),
        layout.view(values, "ions"),
    )  # fmt: skip
    counts = fill_pulses(values, layout, batch, delay_bin) | {
        "hits": batch.hits,
        "hits_not_finite": hits.not_finite,
        "hits_before_trigger": hits.before_trigger,
        "hits_outside_detector": hits.outside,
        "hits_without_species": hits.t_ns.size - known,
        "ions_at_magnetic_node": ions.at_node,
    }
    layout.view(values, "counters")[:] += [counts[name] for name in COUNTERS]
    fill_moments(values, layout, hashes, ions, patterns)
    fill_covariance(values, layout, batch, hits)
    fill_cumulant_maps(values, layout, hits, ions)
    return delay_bin


def add_section(values: I8, layout: Layout, section: ChannelSection, found: Coincidences, delay_bin: I8) -> Bool:
    """Count the combinations of a channel (M,), given the delay bin of each pulse; says which are events."""
    name = section.name
    counted = np.zeros(found.pulse.size, dtype=np.bool_)
    low, high = section.ker_ev or (0.0, math.inf)
    sums, gate = layout.blocks.get(f"{name}:momentum_sum"), section.sum_gate_au
    ker, newton = layout.blocks[f"{name}:ker"], layout.blocks.get(f"{name}:newton")
    layout.view(values, f"{name}:pulses_cut")[...] += found.pulses_cut
    fill_channel(
        found.pulse, found.ion, found.ion_momentum_au, delay_bin, section.channel.masses_au,
        math.inf if gate is None else gate, low, high, ker.axes[0].edges[-1], layout.map_max_au(section),
        np.zeros((3, 1), dtype=np.int64) if sums is None else sums.of(values),
        0.0 if sums is None else sums.axes[0].edges[-1],
        layout.view(values, f"{name}:events"), layout.view(values, f"{name}:momentum"),
        layout.view(values, f"{name}:momentum_products"), layout.view(values, f"{name}:ker_sum"),
        ker.of(values), layout.view(values, f"{name}:momentum_map"),
        np.zeros((0, 1, 1), dtype=np.int64) if newton is None else newton.of(values), NEWTON_REACH, counted,
    )  # fmt: skip
    return counted
