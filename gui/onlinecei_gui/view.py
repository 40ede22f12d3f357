"""What of the window is looked at from the start."""

from dataclasses import dataclass

from onlinecei.errors import CEIError
from onlinecei_gui.moment import Moment
from onlinecei_gui.theme import Theme


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Size, layout, theme, channel and delay; what is empty is as it was left, or the first."""

    size: tuple[int, int] = (1600, 1000)
    """Width and height in pixels."""
    layout: str = ""
    theme: Theme | None = None
    channel: str = ""
    """As the setup has it, such as ``O+/H+/H+``."""
    delay_fs: float | None = None
    """A delay in the bin that is looked at."""
    front: tuple[str, ...] = ()
    """Names of panels that are brought to the front."""


def channel_of(view: View, moment: Moment) -> int | None:
    """Give the number of the channel; None where none is asked for, `CEIError` where the setup has no such."""
    names = [section.name for section in moment.setup.channels]
    if not view.channel:
        return None
    if view.channel not in names:
        raise CEIError(f"the setup has no channel '{view.channel}', expected one of {', '.join(names)}")
    return names.index(view.channel)


def delay_of(view: View, moment: Moment) -> int | None:
    """Give the number of the delay bin; None where none is asked for, `CEIError` where the delay is in none."""
    if view.delay_fs is None:
        return None
    for number, (low, high) in enumerate(moment.setup.delays.bins):
        if low <= view.delay_fs < high:
            return number
    raise CEIError(f"no delay bin of the setup holds {view.delay_fs:g} fs")
