"""Ion sites: the mean momentum of every ion of a molecule, identical ions told apart, from full and partial events.

A molecule is a set of sites, one for each ion, with a mean momentum and a covariance in a frame of its own. An event is
some of them, turned at random, identical ions in any order, with ions from elsewhere among them or from elsewhere as a
whole. The most likely sites are found by expectation and maximisation: each event is laid on the present sites in every
way that fits (weighted Kabsch), all assignments of identical ions are summed, and the sites move to where the ions of
all events then are.

The rotation of an event is known only as well as its momenta tell. Its best value would fit noise: ions would seem to
be nearer to their sites than they are, by three degrees of freedom an event. It is therefore averaged over: the mean of
the turned momentum shrinks, and the spread of the turn counts as spread of the ion. The covariance that comes out is
that of single-event momenta about their site in the frame of the molecule.
"""

from dataclasses import dataclass, replace

import numpy as np

from onlinecei.arrays import I8
from onlinecei.centroids._site_events import Events, ordered, part_of
from onlinecei.centroids._site_matching import MAX_ALIKE
from onlinecei.centroids._site_model import Columns, Model
from onlinecei.centroids._site_order import distance, matches, rms
from onlinecei.centroids._site_result import Sites, reported
from onlinecei.centroids._site_starts import full, start
from onlinecei.centroids._site_steps import Estimate, Rules, iterate, narrowed
from onlinecei.centroids._site_symmetry import closed
from onlinecei.errors import CEIError, ResultError
from onlinecei.ions import Channel

__all__ = ["Events", "SiteOptions", "Sites", "ion_sites"]

AGREE = 0.1
"""Starts whose sites differ by less than this, over the rms momentum, agree."""
SYMMETRIC = 0.15
"""Sites that differ from themselves, turned, by less than this are nearly symmetric, over the rms momentum."""
CLEAR = 0.9
"""Mean probability of the likeliest way to lie from which on events tell the ways apart. Two peaks that only just
part, two widths from each other, have 0.92."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteOptions:
    """How sites are looked for."""

    starts: int = 6
    """First guesses."""
    start_events: int = 150
    """Events on which the first guesses compete."""
    start_passes: int = 20
    finalists: int = 2
    """Best guesses that go on with all events."""
    passes: int = 60
    """Most passes over all events."""
    tolerance: float = 3e-4
    """Passes end when no site moves by more than this, over the rms momentum."""
    conserved_au: float | None = 0.5
    """How near to zero the sum of all means is, per component: the recoil of the electrons. None: not used, as where
    the channel lacks atoms of the molecule."""
    mirror: bool = False
    """The sample may hold both mirror images; the one of positive handedness is given."""

    def __post_init__(self) -> None:
        for name in ("starts", "start_events", "start_passes", "finalists", "passes"):
            if getattr(self, name) < 1:
                raise CEIError(f"option {name} of the sites is {getattr(self, name)}, expected 1 or more")
        if self.conserved_au is not None and not self.conserved_au >= 0:
            raise CEIError(f"option conserved_au of the sites is {self.conserved_au}, expected zero or more, or None")


def ion_sites(events: Events, channel: Channel, options: SiteOptions | None = None, seed: int = 0) -> Sites:
    """Find the mean momentum of every ion of a molecule.

    Parameters
    ----------
    events
        Events in which some or all of the ions were seen, from any channels of the same charges.
    channel
        All ions of the molecule.
    options
        How to search.
    seed
        Of the first guesses. Order and rotation of the events change nothing but rounding.

    Raises
    ------
    ResultError
        If there are no events, an event does not fit the channel, or more than eight ions are alike.
    """
    options = options or SiteOptions()
    number = np.array([channel.ions.count(ion) for ion in channel.species], dtype=np.int64)
    if number.max() > MAX_ALIKE:
        raise ResultError(f"{channel} has {number.max()} identical ions, at most {MAX_ALIKE} are told apart")
    if not events.number:
        raise ResultError(f"no events to find the sites of {channel} from")
    columns, _ = ordered(events, channel)
    rules = Rules(conserved_au=options.conserved_au, mirror=options.mirror)
    guesses = _guesses(columns, number, rules, options, np.random.default_rng(seed))
    ends = [_settled(columns, guess.model, rules, options) for guess in _different(guesses, rules, options)]
    best = max(ends, key=lambda end: end.log_likelihood)
    best, group = _with_symmetry(best, columns, rules, options)
    unit = rms(best.model.mean)
    agreed = sum(distance(best.model, each.model.mean, mirror=rules.mirror) < AGREE * unit for each in guesses)
    return reported(best, channel, columns, len(guesses), agreed, replace(rules, group=group))


def _settled(columns: Columns, model: Model, rules: Rules, options: SiteOptions) -> Estimate:
    """Pass over all events until nothing changes; sites that are slow to settle are also tried from narrower ones.

    Where most ions are from elsewhere, sites that start too wide take many of those in and shrink by little in a pass.
    """
    half = -(-options.passes // 2)
    wide = iterate(columns, model, rules, half, options.tolerance)
    if wide.moved < options.tolerance:
        return wide
    narrow = iterate(columns, narrowed(wide.model), rules, half, options.tolerance)
    if narrow.log_likelihood < wide.log_likelihood:
        narrow = iterate(columns, wide.model, rules, half, options.tolerance)
    return replace(narrow, passes=wide.passes + narrow.passes)


def _with_symmetry(end: Estimate, columns: Columns, rules: Rules, options: SiteOptions) -> tuple[Estimate, I8 | None]:
    """Take a molecule to be symmetric where its sites nearly are and events do not tell the ways to lie apart.

    Otherwise the identical sites would sort the noise: in each event the largest momentum would go to the site that
    happens to have the largest mean, and drive the means apart.
    """
    unit = rms(end.model.mean)
    if end.sums.clear[0] >= CLEAR * end.sums.clear[1]:
        return end, None
    alike = [
        tuple(order.tolist())
        for apart, order in matches(end.model, end.model.mean, mirror=rules.mirror)
        if apart < SYMMETRIC * unit
    ]
    group = closed(alike) if alike else None
    if group is None or len(group) < 2:
        return end, None
    return iterate(columns, end.model, replace(rules, group=group), options.passes, options.tolerance), group


def _guesses(
    columns: Columns, number: I8, rules: Rules, options: SiteOptions, rng: np.random.Generator
) -> list[Estimate]:
    """Let each start compete on some of the events; the likeliest first."""
    sample = part_of(columns, _sample(columns, number, options.start_events, rng))
    whole = np.flatnonzero(full(sample, number))
    size = np.diff(sample.first_ion).astype(np.float64)
    found = []
    for k in range(options.starts):
        if whole.size and k % 2 == 0:
            template = int(rng.choice(whole))
        else:
            template = int(rng.choice(size.size, p=size**2 / np.sum(size**2)))
        found.append(iterate(sample, start(sample, number, template, rules, rng), rules, options.start_passes, 1e-3))
    return sorted(found, key=lambda end: -end.log_likelihood)


def _sample(columns: Columns, number: I8, size: int, rng: np.random.Generator) -> I8:
    """Events for the first guesses: up to half of them complete."""
    whole = full(columns, number)
    order = rng.permutation(whole.size)
    complete, others = order[whole[order]], order[~whole[order]]
    taken = complete[: max(size // 2, size - others.size)]
    return np.sort(np.concatenate([taken, others[: size - taken.size]]))


def _different(guesses: list[Estimate], rules: Rules, options: SiteOptions) -> list[Estimate]:
    chosen: list[Estimate] = []
    for guess in guesses:
        unit = rms(guess.model.mean)
        if all(distance(each.model, guess.model.mean, mirror=rules.mirror) > AGREE * unit for each in chosen):
            chosen.append(guess)
        if len(chosen) == options.finalists:
            break
    return chosen
