"""How swapped channels are named."""

from onlinecei.detector.calibration._signals import LAYERS, NAMES
from onlinecei.fitted import Remark

MOST_OTHERS = 2
"""Other ways that are named."""


def swap_remark(order: tuple[int, ...], others: tuple[tuple[int, ...], ...]) -> list[Remark]:
    """Say which channels are swapped and how to put them right; nothing where none is."""
    if all(place == channel for place, channel in enumerate(order)):
        return []
    text = f"{described(order)}: put this right in the read-out; the numbers here hold once that is done"
    if others:
        text += f" (the edges would look the same if {' or if '.join(map(described, others[:MOST_OTHERS]))})"
    return [Remark(text=text, serious=True)]


def described(order: tuple[int, ...]) -> str:
    """Name the channels that are not where they should be."""
    pairs = [(place, channel) for place, channel in enumerate(order) if place < channel and order[channel] == place]
    exchanged = {frozenset(pair) for pair in pairs}
    parts = []
    for k, name in enumerate(LAYERS):
        ends = (2 * k, 2 * k + 1)
        for other in range(k + 1, len(LAYERS)):
            both = {frozenset((2 * k, 2 * other)), frozenset((2 * k + 1, 2 * other + 1))}
            if both <= exchanged:
                exchanged -= both
                parts.append(f"layers {name} and {LAYERS[other]} are exchanged")
        if frozenset(ends) in exchanged:
            exchanged.remove(frozenset(ends))
            parts.append(f"the ends of wire {name} are swapped ({NAMES[ends[0]]} and {NAMES[ends[1]]})")
    parts += [f"channels {NAMES[a]} and {NAMES[b]} are exchanged" for a, b in pairs if frozenset((a, b)) in exchanged]
    in_pairs = {place for pair in pairs for place in pair}
    lone = [(p, c) for p, c in enumerate(order) if p != c and p not in in_pairs]
    parts += [f"channel {NAMES[channel]} carries {NAMES[place]}" for place, channel in lone]
    return ", ".join(parts)
