"""Columns into sums and histograms: everything that a batch adds, as integers."""

import math

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8, I8, Bool
from onlinecei.centroids._covariance_fill import fill_covariance
from onlinecei.centroids._cumulant_maps_fill import fill_cumulant_maps
from onlinecei.centroids._moments_fill import fill_moments
from onlinecei.centroids._pulses_fill import fill_pulses
from onlinecei.centroids.delays import delay_bins
from onlinecei.centroids.frame import molecular_frame
from onlinecei.centroids.layout import COUNTERS, ENERGY_QUANTUM_EV, MOMENTUM_QUANTUM_AU, NEWTON_REACH, Layout
from onlinecei.compiled import compiled
from onlinecei.records import NO_PUMP_FS, Batch, Coincidences, Hits, Ions
from onlinecei.setup import ChannelSection, Setup

_EV = 1.0 / units.ELECTRONVOLT
_PER_MOMENTUM_QUANTUM, _PER_ENERGY_QUANTUM = 1.0 / MOMENTUM_QUANTUM_AU, 1.0 / ENERGY_QUANTUM_EV


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
    _fill_channel(
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


@compiled
def _fill_channel(
    pulse: I8, row: I8, ion_momentum: F8, delay_bin: I8, masses: F8, gate: float, ker_low: float, ker_high: float,
    ker_top: float, map_max: float, sum_view: I8, sum_max: float, events: I8, sums: I8, products: I8, ker_sums: I8,
    ker_view: I8, maps: I8, newton: I8, newton_reach: float, counted: Bool,
) -> None:  # fmt: skip
    """Gate each combination, rotate it into the molecular frame, and add it; marks those that count."""
    width, ker_bins = masses.size, ker_view.shape[1]
    momentum, framed, whole = np.empty((width, 3)), np.empty((width, 3)), np.empty(3 * width, np.int64)
    first, second, place = _products_of(width)
    ev = 0.5 * _EV / masses
    scale, per_ev = maps.shape[2] / (2 * map_max), ker_bins / ker_top
    for m in range(pulse.size):
        for ion in range(width):
            for axis in range(3):
                momentum[ion, axis] = ion_momentum[row[m, ion], axis]
        inside = _fill_sums(momentum, gate, sum_view, sum_max)
        delay = delay_bin[pulse[m]]
        if not inside or delay < 0 or not molecular_frame(momentum, framed):
            continue
        ker = 0.0
        for ion in range(width):
            square = framed[ion, 0] ** 2 + framed[ion, 1] ** 2 + framed[ion, 2] ** 2
            ker += square * ev[ion]
        if ker < ker_top:
            ker_view[delay, min(int(ker * per_ev), ker_bins - 1)] += 1
        if not ker_low <= ker <= ker_high:
            continue
        counted[m] = True
        events[delay] += 1
        ker_sums[delay] += math.floor(ker * _PER_ENERGY_QUANTUM + 0.5)
        for ion in range(width):
            for axis in range(3):
                value = math.floor(framed[ion, axis] * _PER_MOMENTUM_QUANTUM + 0.5)
                whole[3 * ion + axis] = value
                sums[delay, 3 * ion + axis] += value
        for k in range(place.size):
            products[delay, place[k]] += whole[first[k]] * whole[second[k]]
        for ion in range(1, width):
            _fill_maps(framed, ion, map_max, scale, maps, delay)
            _fill_newton(framed, ion, newton_reach, newton, delay)


@compiled
def _products_of(width: int) -> tuple[I8, I8, I8]:
    """Pairs of components of N ions and where their product stands, without those that the frame makes zero."""
    first, second, place = [0], [0], [0]
    for i in range(1, 3 * width):
        for j in range(i + 1):
            zero = i in (1, 2) or j in (1, 2) or (width > 2 and (i == 5 or j == 5))
            if not zero:
                first.append(i)
                second.append(j)
                place.append(i * (i + 1) // 2 + j)
    return np.array(first), np.array(second), np.array(place)


@compiled
def _fill_sums(momentum: F8, gate: float, sum_view: I8, sum_max: float) -> bool:
    """Histogram the momentum sum of one combination; says whether every component is inside the gate."""
    inside, bins = True, sum_view.shape[1]
    for axis in range(3):
        total = 0.0
        for ion in range(momentum.shape[0]):
            total += momentum[ion, axis]
        if sum_max > 0.0 and -sum_max <= total < sum_max:
            sum_view[axis, min(int((total + sum_max) * bins / (2 * sum_max)), bins - 1)] += 1
        inside &= -gate <= total <= gate
    return inside


@compiled
def _fill_maps(p: F8, ion: int, reach: float, scale: float, maps: I8, delay: int) -> None:
    """The three projections of one momentum; the first ion, which is x by definition, is left out by the caller."""
    for axis in range(3):
        if not -reach <= p[ion, axis] < reach:
            return
    x, y, z = int((p[ion, 0] + reach) * scale), int((p[ion, 1] + reach) * scale), int((p[ion, 2] + reach) * scale)
    last = maps.shape[2] - 1
    x, y, z = min(x, last), min(y, last), min(z, last)
    maps[delay, 0, x, y] += 1
    maps[delay, 1, x, z] += 1
    maps[delay, 2, y, z] += 1


@compiled
def _fill_newton(p: F8, ion: int, reach: float, plots: I8, delay: int) -> None:
    """One momentum of an event over that of its first ion, which lies along x, in the plane of the second."""
    if plots.shape[0] == 0:
        return
    length, last = p[0, 0], plots.shape[1] - 1
    x, y = p[ion, 0] / length, p[ion, 1] / length
    if -reach <= x < reach and -reach <= y < reach:
        scale = plots.shape[1] / (2 * reach)
        plots[delay, min(int((x + reach) * scale), last), min(int((y + reach) * scale), last)] += 1
