"""Centroids of channels whose identical ions sit in different places: sites found from the events that were kept."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from onlinecei.arrays import F8, I8, AnyArray
from onlinecei.centroids._by_content import ByContent
from onlinecei.centroids.kept import is_part, kept_channels, pulse_numbers, tellable_channels
from onlinecei.centroids.single import in_bin
from onlinecei.centroids.sites import Events, SiteOptions, Sites, ion_sites
from onlinecei.errors import ResultError
from onlinecei.ions import Channel
from onlinecei.records import Centroids, KeptEvents
from onlinecei.setup import Setup

MIXED = 0.6
"""Spread between two identical ions, over the rms momentum, from which on they sit in different places. Simulated water
has 0.1 to 0.2, false coincidences included; the two N of N2O have 1.3."""
LEAST_EVENTS = 30
"""Events below which sites are not looked for."""
ENOUGH = 200
"""Complete events from which on partial ones, where an ion from elsewhere is not sifted out by the momentum sum, are
left aside."""
MOST_EVENTS = 1000
"""Events that sites are found from, those of the widest channels first. More take time and add little: at a thousand
the errors of the means are a few tenths of an atomic unit."""
MORE_EVENTS = 4000
"""Events that sites are found from where `MOST_EVENTS` leave them unresolved: at one molecule per pulse three in four
sets of ions with a missing partner hold ions of several molecules."""
MUCH = 0.2
"""Share of background from which on it is said."""


def sites_are_mixed(measured: Centroids) -> bool:
    """Whether identical ions of plain means exchange different roles from event to event, as the two N of N2O do.

    In channels of three ions the frame keeps the sides. Labels are random, so equivalent ions differ along the first
    ion by the spread of the molecule alone, and inequivalent ones by the distance of their sites. In larger channels
    nothing tells identical ions apart. Means without false coincidences carry these in their covariance, over the
    square of the true share.
    """
    if measured.labelled or not measured.channel.has_identical_ions:
        return False
    if len(measured.channel.ions) > 3:
        return True
    rms = np.sqrt(np.mean(np.sum(measured.momentum_au**2, axis=1)))
    for k, (first, second) in enumerate(pairwise(measured.channel.ions)):
        i, j = 3 * k, 3 * k + 3
        spread = measured.covariance_au2[i, i] + measured.covariance_au2[j, j] - 2 * measured.covariance_au2[i, j]
        if first == second and spread * (1 - measured.background_share) ** 2 > (MIXED * rms) ** 2:
            return True
    return False


def labelled(plain: Centroids, kept: Sequence[KeptEvents], setup: Setup) -> Centroids:
    """Tell identical ions apart where it is needed and can be done; otherwise give the plain means, with a reason."""
    needed = plain.complete and sites_are_mixed(plain)
    if not needed or not kept or plain.channel not in tellable_channels(setup):
        return plain
    unresolved = ""
    for found in events_of(plain, kept, setup):
        if found.number < LEAST_EVENTS:
            return replace(plain, unresolved=f"{found.number} events, at least {LEAST_EVENTS} are needed")
        sites = _sites(_Question(plain.channel, found))
        unresolved = sites if isinstance(sites, str) else sites.reason
        if isinstance(sites, Sites) and sites.resolved:
            return _with_sites(plain, sites)
    return replace(plain, unresolved=unresolved)


def events_of(plain: Centroids, kept: Sequence[KeptEvents], setup: Setup) -> Iterator[Events]:
    """Give events of one state and delay bin from which the sites of a complete channel are found, choice after choice.

    Its own where there are enough; then besides those of the channels that hold a part of its ions; then more of them.
    """
    pairs = zip(kept_channels(setup), kept, strict=True)
    whole = plain.channel
    parts = {
        section.channel: in_bin(each, plain.delay_bin, setup)
        for section, each in pairs
        if section.state == plain.state and is_part(section.channel, whole)
    }
    own = parts[whole]
    if own.events >= ENOUGH:
        yield Events.of([(whole, own.momentum_au[:MOST_EVENTS].astype(np.float64))])
    if own.events >= ENOUGH and len(parts) == 1:
        return
    numbers = pulse_numbers(list(parts.values()))
    momenta = (each.momentum_au.astype(np.float64) for each in parts.values())
    joined = Events.joined(zip(parts, numbers, momenta, strict=True), whole)
    yield _first(joined, MOST_EVENTS)
    if joined.number > MOST_EVENTS:
        yield _first(joined, MORE_EVENTS)


def _first(events: Events, number: int) -> Events:
    if events.number <= number:
        return events
    ions = int(events.first_ion[number])
    return replace(
        events, first_ion=events.first_ion[: number + 1], species=events.species[:ions],
        momentum_au=events.momentum_au[:ions],
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Question(ByContent):
    """Events to find sites from, equal where their content is."""

    channel: Channel
    events: Events

    @property
    def content(self) -> tuple[str, Iterable[AnyArray]]:
        return self.channel.name, (self.events.first_ion, self.events.species, self.events.momentum_au)


@lru_cache(maxsize=64)
def _sites(question: _Question) -> Sites | str:
    """Sites, or the reason why there are none; remembered, since neighbouring versions often hold the same events."""
    try:
        return ion_sites(question.events, question.channel)
    except (ResultError, np.linalg.LinAlgError) as error:
        return str(error)


def reachable_events(measured: Centroids, counted: Mapping[str, int], setup: Setup) -> float:
    """Give the events that the means may come to rest on, however long the run; infinite for means of all events.

    Parameters
    ----------
    measured
        Means of a channel and delay bin.
    counted
        Events of all delay bins by the name of the channel. Once as many are kept as `limits.kept_events` allows, each
        bin keeps its share of them.
    setup
        The setup.
    """
    if not measured.labelled:
        return math.inf
    parts = [each for each in setup.channels if is_part(each.channel, measured.channel)]
    fullest = max((counted[each.name] for each in parts if each.state == measured.state), default=0)
    growth = max(setup.limits.kept_events / max(fullest, 1), 1.0)
    return min(MOST_EVENTS if measured.events <= MOST_EVENTS else MORE_EVENTS, growth * measured.events)


def compile_sites() -> None:
    """Compile what finds the sites, so that the processes that follow find the machine code in the cache."""
    channel = Channel.parse("O+/H+/H+")
    event = np.array([[50.0, 0.0, 0.0], [-25.0, 45.0, 0.0], [-25.0, -45.0, 10.0]])
    quick = SiteOptions(starts=1, start_passes=1, passes=1)
    ion_sites(Events.of([(channel, np.stack([event, event[:, [1, 2, 0]]]))]), channel, quick)


def _with_sites(plain: Centroids, sites: Sites) -> Centroids:
    errors = in_frame(sites.error_covariance_au2, sites.momentum_au)
    return replace(
        plain,
        events=sites.events,
        momentum_au=sites.momentum_au,
        covariance_au2=errors * sites.events,
        labelled=True,
        background_share=sites.false_share,
        effective_events=sites.count,
        flags=tuple(_flags(plain.events, sites)),
    )


def in_frame(errors: F8, mean: F8) -> F8:
    """Covariance (3 N, 3 N) of means (N, 3) that are turned so that x stays along the first and y towards the second.

    What the three components that are zero by definition would vary, a turn of all ions takes up.
    """
    turns = np.column_stack([np.cross(axis, mean).reshape(-1) for axis in np.eye(3)])
    zero: I8 = np.array([1, 2, 5])
    change = np.eye(mean.size)
    change -= turns @ np.linalg.pinv(turns[zero], rcond=1e-6) @ change[zero]
    change[np.abs(change).max(axis=1) < 1e-9] = 0.0  # rounding must leave no variance, and no negative one
    return np.asarray(change @ errors @ change.T)


def _flags(complete: int, sites: Sites) -> list[str]:
    said = []
    if complete < sites.events / 2:
        said.append(f"{complete} of the {sites.events} events hold every ion, the others a part of them")
    if sites.false_share > MUCH:
        said.append(f"{sites.false_share:.0%} of the events are background")
    if sites.symmetry > 1:
        said.append(f"the momenta are taken to be symmetric under {sites.symmetry} turns, which they nearly are")
    return said
