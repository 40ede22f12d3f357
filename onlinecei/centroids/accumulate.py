"""Columns into sums and histograms: everything that a batch adds, as integers."""

import math

import numpy as np

from onlinecei.arrays import F8, I8, Bool
from onlinecei.centroids._channel_fill import fill_channel
from onlinecei.centroids._covariance_fill import fill_covariance
from onlinecei.centroids._cumulant_maps_fill import fill_cumulant_maps
from onlinecei.centroids._moments_fill import fill_moments
from onlinecei.centroids._pulses_fill import fill_pulses
from onlinecei.centroids.delays import delay_bins
from onlinecei.centroids.layout import COUNTERS, NEWTON_REACH, Layout
from onlinecei.compiled import compiled
from onlinecei.records import NO_PUMP_FS, Batch, Coincidences, Hits, Ions
from onlinecei.setup import ChannelSection, Setup


def accumulate(
    batch: Batch, hits: Hits, ions: Ions, coincidences: list[Coincidences], setup: Setup
) -> tuple[I8, list[Bool]]:
    """Make the vector of a Delta (V,) from the columns of each stage; `coincidences` in the order of the channels.

    Also says of every channel which combinations (M,) were counted as events.
    """
    layout = Layout.of(setup)
    values = layout.empty()
    delay_bin, unpumped = delay_bins(batch.delay_fs, setup), batch.delay_fs == NO_PUMP_FS
    layout.view(values, "pulses_by_delay")[:] = np.bincount(delay_bin[delay_bin >= 0], minlength=len(setup.delays.bins))
    known = _fill_hits(
        hits.first_hit, hits.x_mm, hits.y_mm, hits.t_ns, ions.hit, ions.species, setup.detector.radius_mm,
        layout.time_end_ns, layout.view(values, "time_of_flight"), layout.view(values, "detector_image"),
        layout.view(values, "detector_image_by_ion"), layout.view(values, "pipico"), layout.view(values, "pipico_time"),
        layout.view(values, "ions"),
    )  # fmt: skip
    counts = {
        "pulses": batch.pulses,
        "pulses_without_hits": int(np.count_nonzero(batch.first_hit[1:] == batch.first_hit[:-1])),
        "pulses_outside_delays": int(np.count_nonzero((delay_bin < 0) & ~unpumped)),
        "hits": batch.hits,
        "hits_not_finite": hits.not_finite,
        "hits_before_trigger": hits.before_trigger,
        "hits_outside_detector": hits.outside,
        "hits_without_species": hits.t_ns.size - known,
        "ions_at_magnetic_node": ions.at_node,
        "pulses_without_pump": int(np.count_nonzero(unpumped)),
    }
    layout.view(values, "counters")[:] = [counts[name] for name in COUNTERS]
    fill_pulses(values, layout, batch)
    fill_moments(values, layout, batch, ions)
    fill_covariance(values, layout, batch, hits)
    fill_cumulant_maps(values, layout, hits, ions)
    pairs = zip(setup.channels, coincidences, strict=True)
    return values, [fill_section(values, layout, section, found, delay_bin) for section, found in pairs]


def fill_section(values: I8, layout: Layout, section: ChannelSection, found: Coincidences, delay_bin: I8) -> Bool:
    """Count the combinations of a channel (M,), given the delay bin of each pulse; says which are events."""
    name = section.name
    counted = np.zeros(found.pulse.size, dtype=np.bool_)
    low, high = section.ker_ev or (0.0, math.inf)
    sums, gate = layout.blocks.get(f"{name}:momentum_sum"), section.sum_gate_au
    ker, newton = layout.blocks[f"{name}:ker"], layout.blocks.get(f"{name}:newton")
    layout.view(values, f"{name}:pulses_cut")[...] = found.pulses_cut
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


@compiled
def _fill_hits(
    first_hit: I8, x: F8, y: F8, t: F8, ion_hit: I8, ion_species: I8, radius: float, end: float,
    spectrum: I8, image: I8, images: I8, pipico: I8, times: I8, species_counts: I8,
) -> int:  # fmt: skip
    """Spectrum, images, PIPICO and the times at its bins; returns how many hits are an ion of some species."""
    side, bins = image.shape[0], pipico.shape[0]
    per_ns, per_mm, per_ns2 = spectrum.size / end, side / (2 * radius), bins / end
    cell, column = np.empty(t.size, np.int32), np.empty(t.size, np.int32)
    flat = image.reshape(-1)
    for hit in range(t.size):
        i, j = min(int((x[hit] + radius) * per_mm), side - 1), min(int((y[hit] + radius) * per_mm), side - 1)
        cell[hit] = i * side + j
        flat[cell[hit]] += 1
        column[hit] = bins
        if t[hit] < end:
            spectrum[int(t[hit] * per_ns)] += 1
            column[hit] = int(t[hit] * per_ns2)
            times[column[hit]] += 1
    known, last = 0, -1
    by_species = images.reshape(images.shape[0], -1)
    for row in range(ion_hit.size):
        hit = ion_hit[row]
        by_species[ion_species[row], cell[hit]] += 1
        species_counts[ion_species[row]] += 1
        known += hit != last
        last = hit
    for pulse in range(first_hit.size - 1):
        start = first_hit[pulse]
        for b in range(start + 1, first_hit[pulse + 1]):
            if column[b] == bins:
                break
            for a in range(start, b):
                pipico[column[a], column[b]] += 1
    return known
