"""Edges to calibrated delay lines."""

from onlinecei.detector import delay_lines_of
from onlinecei.detector.calibration import _draw
from onlinecei.detector.calibration._found import find
from onlinecei.detector.calibration._numbers import new_section, numbers
from onlinecei.detector.calibration._remarks import remarks
from onlinecei.detector.calibration._signals import Signals
from onlinecei.detector.calibration.result import DelayLineCalibration
from onlinecei.records import Edges
from onlinecei.setup import Setup


def calibrate_delay_lines(edges: Edges, setup: Setup) -> DelayLineCalibration:
    """Find what the delay lines are like from a sample of their edges.

    Time sums are the sharp peaks of s1 + s2 - 2 mcp over all pairs of signals that the detector's size allows, fitted
    against the position across the wires. Scale factors of v and w relative to u and the offset of w make u = v + w
    hold. The scale of u follows only where hits fill the image to the rim of the plate, whose radius the setup states.
    Channels that are swapped, and ends and layers that are dead, are named; what cannot be found is left as it was.

    Parameters
    ----------
    edges
        All pulses of a run, or pulses from all of it, end to end; some 10^4 hits are plenty.
    setup
        With a section ``[delay_lines]`` of nominal numbers: scales may be wrong by 10 %, time sums by 100 ns. The
        radius of the detector limits where signals are looked for.

    Raises
    ------
    SetupError
        The setup has no section ``[delay_lines]``.
    """
    lines = delay_lines_of(setup)
    found = find(Signals.of(edges, lines.layers), setup, lines)
    fitted = numbers(found)
    return DelayLineCalibration(
        fitted=fitted,
        remarks=remarks(found),
        section=new_section(lines, fitted),
        channels=found.wiring.order,
        pulses=found.signals.pulses,
        hits=found.image[0].size,
        rates=_draw.rates(found),
        time_sums=tuple(_draw.time_sum(found, layer) for layer in range(lines.layers)),
        time_sum_maps=tuple(
            _draw.time_sum_map(found, layer, each) for layer, each in enumerate(found.sums) if each is not None
        ),
        agreement=_draw.agreement(found),
        image=_draw.image(found),
    )
