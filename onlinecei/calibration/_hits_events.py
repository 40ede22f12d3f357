"""Complete channels that the ions of a run allow, and their combinations of hits."""

from collections import Counter
from itertools import combinations_with_replacement, islice, product

import numpy as np

from onlinecei import units
from onlinecei.coincidence import find
from onlinecei.ions import MAX_IONS, Channel, Ion
from onlinecei.records import Ions
from onlinecei.setup import Setup
from onlinecei.spectrometer import landings
from onlinecei.spectrometer.calibration import Events

MOST_CHARGES = 4
"""Charges of an element that are tried, those with most hits; more make thousands of channels."""
MOST_CHANNELS = 16
"""Complete channels that are tried, those of the commonest ions first."""
WINDOW_AU = 12.0
"""Half-width of the searched momentum sum of a channel of one ion; it grows with the root of their number, as errors
do. Several times what a usual resolution gives."""
MOST_EVENTS = 50_000
"""Combinations of a channel that are kept for the fit."""


def complete_channels(setup: Setup, hits: dict[Ion, float]) -> list[Channel]:
    """Channels of every atom of the molecule that its ions allow, the likeliest first; none above nine atoms.

    Parameters
    ----------
    setup
        For the molecule and the list of ions.
    hits
        About how many hits each ion has.
    """
    atoms = setup.molecule.molecule.atoms
    if not 2 <= sum(atoms.values()) <= MAX_IONS:
        return []
    choices = [_charged(symbol, number, hits) for symbol, number in atoms.items()]
    combined = [sum(each, ()) for each in islice(product(*choices), 20_000)]
    combined.sort(key=lambda ions: -sum(np.log(hits[ion]) for ion in ions))
    return [Channel.of(tuple(ion.name for ion in ions)) for ions in combined[:MOST_CHANNELS]]


def _charged(symbol: str, number: int, hits: dict[Ion, float]) -> list[tuple[Ion, ...]]:
    ions = sorted((ion for ion in hits if ion.symbol == symbol), key=lambda ion: -hits[ion])[:MOST_CHARGES]
    return list(combinations_with_replacement(ions, number))


def partial_channels(setup: Setup, hits: dict[Ion, float]) -> list[Channel]:
    """Useful channels where there is no complete one: the heavy atoms with a proton, alone, and in pairs."""
    atoms = setup.molecule.molecule.atoms
    best = {ion.symbol: ion for ion in sorted(hits, key=lambda ion: hits[ion])}
    heavy = [best[s] for s, number in atoms.items() if s != "H" and s in best for _ in range(number)][: MAX_IONS - 1]
    lists = [
        [*heavy, best["H"]] if "H" in best else [],
        heavy,
        heavy[:2],
        [*heavy[:1], best["H"]] if "H" in best else [],
    ]
    wanted = [ions for ions in lists if len(ions) >= 2 and Counter(i.symbol for i in ions) != atoms]
    return list(dict.fromkeys(Channel.of(tuple(ion.name for ion in ions)) for ions in wanted))


def events_of(ions: Ions, channel: Channel, setup: Setup) -> Events:
    """Collect the combinations of a complete channel within a wide window, as hits in atomic units."""
    window = WINDOW_AU * float(np.sqrt(len(channel.ions)))
    found = find(ions, channel, setup, window).momentum_au[:MOST_EVENTS]
    columns = [np.stack(landings(found[:, k], ion, setup)) for k, ion in enumerate(channel.ions)]
    x, y, t = np.stack(columns, axis=2)
    return Events(
        name=channel.name,
        mass=channel.masses_au,
        charge=channel.charges,
        x=np.ascontiguousarray(x) * units.MILLIMETRE,
        y=np.ascontiguousarray(y) * units.MILLIMETRE,
        t=np.ascontiguousarray(t) * units.NANOSECOND,
        window=window,
    )


def combinations(ions: Ions, channel: Channel, setup: Setup) -> int:
    """How many combinations a partial channel has."""
    return int(find(ions, channel, setup).pulse.size)
