"""Histogram axes: bins with a name, and a label that holds the unit in brackets."""

import hist

Axis = hist.axis.Regular | hist.axis.Variable


def axis(bins: int, start: float, stop: float, name: str, label: str) -> Axis:
    """Make an axis without bins for what lies outside."""
    return hist.axis.Regular(bins, start, stop, name=name, label=label, flow=False)
