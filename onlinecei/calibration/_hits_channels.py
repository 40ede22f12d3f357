"""Complete channels of a run: the fit on momentum conservation, and what goes into the setup."""

from dataclasses import dataclass

from onlinecei.calibration._hits_events import combinations, complete_channels, events_of, partial_channels
from onlinecei.calibration._hits_setup import atoms_found, gate
from onlinecei.coincidence import identify
from onlinecei.ions import Channel
from onlinecei.records import Hits
from onlinecei.setup import ChannelSection, Setup
from onlinecei.spectrometer.calibration import Conserved, Events, Fixed, Shells, conserve, find_peak, sums

FEWEST_EVENTS = 40.0
"""True events from which a complete channel is put into the setup."""
FEWEST_TO_FIT = 30.0
"""True events from which a channel takes part in the fit: its peak must be known to be one."""
FEWEST_COMBINATIONS = 100
MOST_COMPLETE, MOST_PARTIAL = 4, 2
CLEAN = 0.25
"""Least share of true events in a peak within its gate: below, a peak may be a whim of the background."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Used:
    """What complete channels gave."""

    conserved: Conserved
    sections: tuple[ChannelSection, ...]
    """For the setup."""
    shown: tuple[tuple[Events, float], ...]
    """Channels with a peak, and their gates (a.u.)."""
    tried: bool
    """Whether there was any complete channel to try."""


def use_channels(hits: Hits, setup: Setup, shells: Shells, given: Fixed) -> Used:
    """Fit on the complete channels that a run has events of, and choose channels for the setup.

    Parameters
    ----------
    hits
        All that can be used.
    setup
        With ions, and the first estimate put in.
    shells
        The first estimate.
    given
        What is not fitted.
    """
    counted = {ion: number for ion, number in atoms_found(shells).items() if ion in {s.ion for s in setup.ions}}
    ions = identify(hits, setup)
    wanted = complete_channels(setup, counted)
    found = [events_of(ions, channel, setup) for channel in wanted]
    rated = [(_true_events(events, shells, given), events) for events in found]
    good = [events for number, events in sorted(rated, key=lambda pair: -pair[0]) if number >= FEWEST_TO_FIT]
    conserved = conserve(tuple(good), shells.parameters, shells.covariance, given)
    shown = tuple(
        (events, gate(peak.width))
        for events, peak in zip(good, conserved.peaks, strict=True)
        if peak.events >= FEWEST_EVENTS
    )[:MOST_COMPLETE]
    sections = tuple(
        ChannelSection(ions=tuple(ion.name for ion in Channel.parse(events.name).ions), momentum_sum_au=width)
        for events, width in shown
    )
    if not sections:
        partial = [
            each for each in partial_channels(setup, counted) if combinations(ions, each, setup) >= FEWEST_COMBINATIONS
        ]
        sections = tuple(ChannelSection(ions=tuple(ion.name for ion in each.ions)) for each in partial[:MOST_PARTIAL])
    return Used(conserved=conserved, sections=sections, shown=shown, tried=bool(wanted))


def _true_events(events: Events, shells: Shells, given: Fixed) -> float:
    """True events of a channel, 0 where its peak is not much more than the background under it."""
    total = sums(events, shells.parameters, given)
    peak = find_peak(total, events.window, turns=25)
    under = total[(abs(total) <= 2 * peak.width).all(axis=1)].shape[0]
    if not under or peak.width.max() > 0.5 * events.window:
        return 0.0
    return peak.events if peak.events / under > CLEAN else 0.0
