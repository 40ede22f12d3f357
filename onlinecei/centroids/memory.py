"""How much memory the sums and kept events of a setup take."""

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
SMALL = 0.01
"""Blocks below this share of all are one line together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One line of the table."""

    name: str
    shape: str
    bytes: int


def pieces(setup: Setup) -> list[Piece]:
    """List what a set of sums holds, in the order of the layout; small blocks together at the end, then kept events.

    Kept events count as if as many were kept as may be.
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
    kept = Piece(name="kept events", shape=f"at most {setup.limits.kept_events:,} a channel", bytes=events)
    return [*large, said, kept] if events else [*large, said]
