"""First guesses of the sites: an event as it is, or its best-known ions with the others found about them."""

from itertools import pairwise

import numpy as np

from onlinecei.arrays import F8, I8, Bool
from onlinecei.centroids._site_events import spreads
from onlinecei.centroids._site_model import Columns, Model
from onlinecei.centroids._site_steps import Rules, iterate, model_of

WIDTH = 0.25
"""Standard deviation of a site along each axis at the start, over the rms momentum of the fastest species along it."""
STRAY, FALSE = 0.2, 0.2
FRAME_PASSES = 6
"""Passes that find the sites of the ions that every event of a kind holds, before the others are added."""


def start(columns: Columns, number: I8, event: int, rules: Rules, rng: np.random.Generator) -> Model:
    """Guess all sites from one event.

    Parameters
    ----------
    columns
        Events to look at.
    number
        (A,) sites of each species.
    event
        The template.
    rules, rng
        What is known, and the random source for the sites that the template does not show.
    """
    ions = slice(columns.first_ion[event], columns.first_ion[event + 1])
    seen = np.bincount(columns.species[ions], minlength=number.size)
    # the fastest stand first, so that strays in excess of the sites are not all taken
    own = [columns.momentum[ions][columns.species[ions] == a][: number[a]] for a in range(number.size)]
    if np.array_equal([len(each) for each in own], number):
        return _model(columns, own)
    whole = seen >= number
    if _spans([each for each, all_of in zip(own, whole, strict=True) if all_of]):
        own = [each if all_of else each[:0] for each, all_of in zip(own, whole, strict=True)]
    return _filled(columns, number, own, rules, rng)


def _spans(parts: list[F8]) -> bool:
    """Whether momenta fix a frame: two of them, neither small nor along one line."""
    momenta = np.concatenate([np.empty((0, 3)), *parts])
    if len(momenta) < 2:
        return False
    values = np.linalg.svd(momenta, compute_uv=False)
    return bool(values[1] > 0.2 * values[0])


def _model(columns: Columns, own: list[F8]) -> Model:
    species = len(own)
    spread = spreads(np.sum(columns.momentum**2, axis=1), columns.species, species)
    sizes = [len(each) for each in own]
    variance = np.repeat(np.minimum(WIDTH**2 * spread.max(), spread), sizes)
    return model_of(
        np.append(0, np.cumsum(sizes)).astype(np.int64),
        np.concatenate(own),
        variance[:, None, None] * np.eye(3),
        spread,
        np.full(species, STRAY),
        np.full(columns.kind.max(initial=0) + 1, FALSE),
    )


def _filled(columns: Columns, number: I8, own: list[F8], rules: Rules, rng: np.random.Generator) -> Model:
    """Add the sites that `own` lacks: drawn, far from each other, from the ions that it does not explain."""
    loosely = Rules(conserved_au=None, mirror=rules.mirror)
    frame = iterate(columns, _model(columns, own), loosely, FRAME_PASSES, 0.0)
    first = frame.model.first_site
    found = [frame.model.mean[a:b] for a, b in pairwise(first)]
    loose, turned = frame.sums.loose, frame.sums.turned
    for a in range(number.size):
        cloud = (columns.species == a) & (loose > 0.1)
        places = turned[cloud] / loose[cloud, None]
        found[a] = _scattered(places, loose[cloud], found[a], int(number[a]), rng)
    return _model(columns, found)


def _scattered(places: F8, weight: F8, known: F8, number: int, rng: np.random.Generator) -> F8:
    """Add places far from each other and from those known (k-means++, Arthur and Vassilvitskii 2007)."""
    sites = list(known)
    while len(sites) < number:
        if not len(places):
            sites.append(rng.normal(size=3))
            continue
        chance = weight * (_nearest(places, np.array(sites)) if sites else 1.0)
        total = chance.sum()
        chosen = int(np.searchsorted(np.cumsum(chance), rng.random() * total)) if total > 0 else 0
        sites.append(places[min(chosen, len(places) - 1)])
    return np.array(sites, dtype=np.float64).reshape(-1, 3)


def _nearest(places: F8, sites: F8) -> F8:
    square = np.sum((places[:, None] - sites) ** 2, axis=2)
    return np.asarray(square.min(axis=1))


def full(columns: Columns, number: I8) -> Bool:
    """Which events (E,) show every site."""
    events = columns.first_ion.size - 1
    counts = np.zeros((events, number.size), dtype=np.int64)
    np.add.at(counts, (np.repeat(np.arange(events), np.diff(columns.first_ion)), columns.species), 1)
    return np.asarray((counts == number).all(axis=1))
