"""How much memory the sums, kept events and kept pulses of a setup take."""

from dataclasses import dataclass

from onlinecei.centroids.kept import nothing_kept
from onlinecei.centroids.layout import Layout
from onlinecei.setup import Setup

SHARES = (
    ("worker", 2, "a batch, and its copy on the way"),
    ("reducer", 3, "the total, what arrives, and the sum of both"),
    ("inference, dashboard", 1, "a version"),
)
"""Processes, the sets of sums that they hold at a time, and which; hits come on top."""
PULSE_BYTES = 32
"""Of a kept pulse without hits; a hit, which counts as much for the limit, takes 12."""
SMALL = 0.01
"""Blocks below this share of all are one line together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One line of the table."""

    name: str
    shape: str
    bytes: int


def pieces(setup: Setup) -> list[Piece]:
    """List what a set of sums holds, in the order of the layout; small blocks together at the end, then what is kept.

    Kept events and pulses count as if as many were kept as may be.
    """
    layout = Layout.of(setup)
    found = [
        Piece(name=block.name, shape=" x ".join(map(str, block.shape)) or "1", bytes=8 * block.size)
        for block in layout.blocks.values()
    ]
    large = [piece for piece in found if piece.bytes >= SMALL * 8 * layout.size]
    rest = sum(piece.bytes for piece in found) - sum(piece.bytes for piece in large)
    said = Piece(name="other sums", shape=f"{len(found) - len(large)} blocks", bytes=rest)
    events = sum(each.limit * (24 + 12 * each.momentum_au.shape[1]) for each in nothing_kept(setup))
    pulses = setup.limits.kept_hits * (PULSE_BYTES + PULSE_BYTES // 2)  # half as much again waits to be united
    kept = (
        Piece(name="kept events", shape=f"at most {setup.limits.kept_events:,} a channel", bytes=events),
        Piece(name="kept pulses", shape=f"at most {setup.limits.kept_hits:,} with their hits", bytes=pulses),
    )
    return [*large, said, *(each for each in kept if each.bytes)]
