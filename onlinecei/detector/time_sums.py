"""Delay-line edges to hits: those hits that together explain the edges of a pulse best."""

from dataclasses import dataclass

from onlinecei.arrays import F4, U1, U8
from onlinecei.detector._sorter import CUT_SHORT, LEFT_OUT, USABLE, USED, sort_edges
from onlinecei.errors import SetupError
from onlinecei.records import Edges
from onlinecei.setup import DelayLinesSection, Setup


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SortedHits:
    """Hits made of delay-line edges, and what became of the edges."""

    first_hit: U8
    """(P + 1,)"""
    x_mm: F4
    """(H,)"""
    y_mm: F4
    """(H,)"""
    t_ns: F4
    """(H,) rising within each pulse."""
    method: U1
    """(H,) how much was rebuilt; see `onlinecei.detector.methods`."""
    edges: int
    """How many edges came in."""
    not_usable: int
    """Edges without a finite time or of a channel that the detector lacks, and those of pulses with too many."""
    unused: int
    """Edges that belong to no hit."""
    left_out: int
    """Hits left out because their method was above ``delay_lines.method_max``."""
    cut_short: int
    """Pulses so crowded that not every explanation was tried."""


def delay_lines_of(setup: Setup) -> DelayLinesSection:
    """Give the section that edges need; `SetupError` where the setup lacks it."""
    if setup.delay_lines is None:
        raise SetupError(
            "the run holds delay-line edges and the setup has no section [delay_lines]: "
            "add it with kind, mm_per_ns and time_sum_ns"
        )
    return setup.delay_lines


def hits_of(edges: Edges, setup: Setup) -> SortedHits:
    """Sort edges into hits by time sums, s1 + s2 - 2 mcp, and by the agreement of the layers.

    Candidates are all sets of signals, one of each channel at most, that fit one hit with a check to spare:
    chi2 <= 36, or 8 with a single check; there are six standard deviations of a time sum in its half-width. Each has a
    score, the logarithm of how much likelier it is than chance. Chosen are those that share no signal and together
    score most.

    Parameters
    ----------
    edges
        Edges of P pulses, in any order within a pulse.
    setup
        With a section ``[delay_lines]``; hits beyond ``detector.radius_mm`` are not looked for.

    Raises
    ------
    SetupError
        The setup has no section ``[delay_lines]``.
    """
    section = delay_lines_of(setup)
    made = sort_edges(edges, section, setup.detector.radius_mm)
    usable = int(made.counts[USABLE])
    return SortedHits(
        first_hit=made.first_hit,
        x_mm=made.columns[0],
        y_mm=made.columns[1],
        t_ns=made.columns[2],
        method=made.method,
        edges=edges.t_ns.size,
        not_usable=edges.t_ns.size - usable,
        unused=usable - int(made.counts[USED]),
        left_out=int(made.counts[LEFT_OUT]),
        cut_short=int(made.counts[CUT_SHORT]),
    )
