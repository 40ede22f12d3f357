"""Histograms of hits: flight times, places on the detector, and pairs of flight times."""

import numpy as np

from onlinecei.arrays import F8, I4, I8
from onlinecei.compiled import compiled


@compiled
def fill_hits(
    first_hit: I8, x: F8, y: F8, t: F8, ion_hit: I8, ion_species: I8, radius: float, end: float,
    spectrum: I8, image: I8, images: I8, pipico: I8, times: I8, species_counts: I8,
) -> int:  # fmt: skip
    """Spectrum, images, PIPICO and the times at its bins; returns how many hits are an ion of some species."""
    cell, column = _cells(x, y, radius, image.shape[0]), _bins(t, end, pipico.shape[0])
    _count(_bins(t, end, spectrum.size), spectrum)
    _count(column, times)
    _count(cell, image.reshape(-1))
    by_species, known, last = images.reshape(images.shape[0], -1), 0, -1
    for row in range(ion_hit.size):
        hit = ion_hit[row]
        by_species[ion_species[row], cell[hit]] += 1
        species_counts[ion_species[row]] += 1
        known += hit != last
        last = hit
    _fill_pairs(first_hit, column, pipico)
    return known


@compiled
def _cells(x: F8, y: F8, radius: float, side: int) -> I4:
    """Pixels of an image; loops of their own, for which the processor needs no question."""
    per_mm, cell = side / (2 * radius), np.empty(x.size, np.int32)
    for hit in range(x.size):
        i, j = min(int((x[hit] + radius) * per_mm), side - 1), min(int((y[hit] + radius) * per_mm), side - 1)
        cell[hit] = i * side + j
    return cell


@compiled
def _bins(t: F8, end: float, bins: int) -> I4:
    """Bins of flight times; those beyond the end are in one more bin."""
    per_ns, column = bins / end, np.empty(t.size, np.int32)
    for hit in range(t.size):
        column[hit] = int(t[hit] * per_ns) if t[hit] < end else bins
    return column


@compiled
def _count(bins: I4, counts: I8) -> None:
    for k in range(bins.size):
        if bins[k] < counts.size:
            counts[np.uint32(bins[k])] += 1


@compiled
def _fill_pairs(first_hit: I8, column: I4, pipico: I8) -> None:
    """Pairs of hits of a pulse; pulses of as many hits follow each other, so that loops end where it is expected."""
    bins, flat = pipico.shape[0], pipico.reshape(-1)
    for pulse in _by_size(first_hit):
        for b in range(first_hit[pulse] + 1, first_hit[pulse + 1]):
            if column[b] == bins:
                break
            for a in range(first_hit[pulse], b):
                flat[np.uint32(column[a] * bins + column[b])] += 1


@compiled
def _by_size(first: I8) -> I8:
    """Rows of pulses in the order of how many hits they have."""
    size = np.diff(first)
    place, ordered = np.zeros(size.max() + 2 if size.size else 1, np.int64), np.empty(size.size, np.int64)
    for pulse in range(size.size):
        place[size[pulse] + 1] += 1
    place = np.cumsum(place)
    for pulse in range(size.size):
        ordered[place[size[pulse]]] = pulse
        place[size[pulse]] += 1
    return ordered
