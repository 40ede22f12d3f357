"""Species by flight-time window, and the momentum that each hit has as an ion of that species."""

from functools import lru_cache
from typing import TypeAlias

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8, I8
from onlinecei.compiled import compiled
from onlinecei.records import Hits, Ions
from onlinecei.setup import Setup
from onlinecei.spectrometer import Spectrometer, windows
from onlinecei.spectrometer.flight import axial_momentum, transverse_momentum

_Two: TypeAlias = tuple[float, float]
_Three: TypeAlias = tuple[float, float, float]
_Five: TypeAlias = tuple[float, float, float, float, float]


def identify(hits: Hits, setup: Setup) -> Ions:
    """Read every hit as an ion of each species whose window it falls into.

    Where windows overlap a hit gives several rows, and the coincidence decides between them. Rows are in time order
    within a pulse, so that the rows of one species are in falling order of the momentum along the flight.
    """
    first, hit, kind, momentum, at_node = _identified(
        hits.first_hit, hits.x_mm, hits.y_mm, hits.t_ns, *_constants(setup)
    )
    return Ions(first_ion=first, hit=hit, species=kind, momentum_au=momentum, at_node=at_node)


@lru_cache(maxsize=8)
def _constants(setup: Setup) -> tuple[F8, F8, F8, _Five, _Two, _Three]:
    """Windows, masses and charges of the species; lengths and fields, centre and jet."""
    species, spectrometer = [section.ion for section in setup.ions], Spectrometer.of(setup)
    return (
        windows(setup),
        np.array([ion.mass_au for ion in species]),
        np.array([ion.charge for ion in species], dtype=np.float64),
        (spectrometer.s, spectrometer.d, spectrometer.field, spectrometer.magnetic, spectrometer.t0),
        spectrometer.centre,
        spectrometer.jet,
    )


@compiled
def _identified(
    first_hit: I8,
    x_mm: F8,
    y_mm: F8,
    t_ns: F8,
    window: F8,
    mass: F8,
    charge: F8,
    fields: _Five,
    centre: _Two,
    jet: _Three,
) -> tuple[I8, I8, I8, F8, int]:
    first, hit, species = _inside(first_hit, t_ns, window)
    momentum, clear = np.empty((hit.size, 3)), np.empty(hit.size, np.bool_)
    s, d, field, magnetic, t0 = fields
    for row in range(hit.size):
        h, m, q = hit[row], mass[species[row]], charge[species[row]]
        t = t_ns[h] * units.NANOSECOND - t0
        x, y = x_mm[h] * units.MILLIMETRE - centre[0], y_mm[h] * units.MILLIMETRE - centre[1]
        px, py, clear[row] = transverse_momentum(x, y, t, m, q, magnetic)
        momentum[row, 0] = px - m * jet[0]
        momentum[row, 1] = py - m * jet[1]
        momentum[row, 2] = axial_momentum(t, m, q, s, d, field) - m * jet[2]
    at_node = int(clear.size - np.count_nonzero(clear))
    if at_node:
        first = np.append(0, np.cumsum(clear))[first]
        hit, species, momentum = hit[clear], species[clear], momentum[clear]
    return first, hit, species, momentum, at_node


@compiled
def _inside(first_hit: I8, t_ns: F8, window: F8) -> tuple[I8, I8, I8]:
    """Where the rows of each pulse begin (P + 1,), and the hit and the species of each row."""
    room = t_ns.size * _most_at_once(window) + 1
    hit, species, begin = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(t_ns.size + 1, np.int32)
    count = 0
    for h in range(t_ns.size):
        begin[h] = count
        for kind in range(window.shape[0]):
            hit[count], species[count] = h, kind  # written whether or not it stays: cheaper than to ask
            count += (window[kind, 0] <= t_ns[h]) & (t_ns[h] <= window[kind, 1])
    begin[t_ns.size] = count
    return begin[first_hit].astype(np.int64), hit[:count], species[:count]


@compiled
def _most_at_once(window: F8) -> int:
    """Most windows (S, 2) that one time can lie in; it lies at the start of one of them."""
    most = 0
    for start in window[:, 0]:
        here = 0
        for kind in range(window.shape[0]):
            here += window[kind, 0] <= start <= window[kind, 1]
        most = max(most, here)
    return most
