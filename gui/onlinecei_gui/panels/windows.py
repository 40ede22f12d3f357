"""The windows of the ions, as they are dragged."""

from onlinecei_gui.doing.change import Change
from onlinecei_gui.moment import Moment
from onlinecei_gui.words import ion_name, rounded


def with_rim_at(moment: Moment, index: int, rim_ns: float) -> Change:
    """Ask for the momentum whose window has a rim at a flight time; `CEIError` where there is none."""
    reach, section = rounded(moment.layout.reach_au(index, rim_ns)), moment.setup.ions[index]
    words = f"window of {ion_name(section.ion)}: {section.momentum_max_au:g} to {reach:g} a.u."
    return Change(section=("ions", index), values={"momentum_max_au": reach}, words=words)
