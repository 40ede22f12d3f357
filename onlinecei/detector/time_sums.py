"""Delay-line edges to hits, the plain way: every MCP signal takes the pairs of signals that fit its time sums best.

Signals that a layer lost are not rebuilt, and each MCP signal chooses by itself, the earliest first. Exact and fast
where hits are apart; where they overlap, a sorter that looks at all hits of a pulse together finds more.
"""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F4, U8
from onlinecei.detector._pairing import sort_edges
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
    """(H,) time of the MCP signal, rising within each pulse."""
    edges: int
    """How many edges came in."""
    not_usable: int
    """Edges without a finite time or of a channel that the detector lacks, and those of pulses with too many."""
    unused: int
    """Edges that belong to no hit."""


def delay_lines_of(setup: Setup) -> DelayLinesSection:
    """Give the section that edges need; `SetupError` where the setup lacks it."""
    if setup.delay_lines is None:
        raise SetupError(
            "the run holds delay-line edges and the setup has no section [delay_lines]: "
            "add it with kind, mm_per_ns and time_sum_ns"
        )
    return setup.delay_lines


def hits_of(edges: Edges, setup: Setup) -> SortedHits:
    """Sort edges into hits by the time sums of their layers, s1 + s2 - 2 mcp.

    A hit needs two complete layers. Three are used where u = v + w holds within 1 mm; otherwise the one that
    is farthest from its time sum is left out.

    Parameters
    ----------
    edges
        Edges of P pulses, in any order within a pulse.
    setup
        With a section ``[delay_lines]``; positions beyond ``detector.radius_mm`` are not looked for.

    Raises
    ------
    SetupError
        The setup has no section ``[delay_lines]``.
    """
    lines = delay_lines_of(setup)
    first, columns, not_usable, unused = sort_edges(
        edges.first_edge, edges.channel, edges.t_ns, np.array(lines.mm_per_ns), np.array(lines.time_sum_ns),
        np.array([0.0, 0.0, lines.w_offset_mm]), lines.time_sum_half_width_ns, setup.detector.radius_mm,
    )  # fmt: skip
    return SortedHits(
        first_hit=first,
        x_mm=columns[0],
        y_mm=columns[1],
        t_ns=columns[2],
        edges=edges.t_ns.size,
        not_usable=not_usable,
        unused=unused,
    )
