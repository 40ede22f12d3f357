"""The loop that every process of a line is."""

import select
import sys
from collections.abc import Callable

from onlinecei.stream.ports import Ports
from onlinecei.stream.sources import Watched

TURN_MS = 20
"""Longest wait of one turn: how late a paced batch or a version may be."""


def nobody_is_there() -> bool:
    """Tell whether standard input is closed already: whoever started the process died before it could notice.

    It must not open a socket then: another of its name may have taken the address, and would never be heard again.
    """
    lifeline = select.poll()
    lifeline.register(sys.stdin.fileno(), 0)  # the end alone, which is always told
    return bool(lifeline.poll(0))


def loop(ports: Ports, turn: Callable[[], int | None], also: Callable[[], Watched] = tuple) -> None:
    """Repeat a turn, which says how long may be waited for a message after it; None: no more.

    It ends when standard input closes, too: whoever started the process is gone.
    """
    lifeline = sys.stdin.fileno()
    ports.watch(lifeline)
    while (patience := turn()) is not None:
        if lifeline in ports.wait(patience, also()):
            return
