"""The method of a hit: how many of its signals were there, and how much was rebuilt.

====== ================================================================= ======
method signals                                                           checks
====== ================================================================= ======
0      all: 7 with three layers, 5 with two                              4, or 2
1      three layers: one end of a wire is missing                        3
2      three layers: that of the plate is missing                        3
3      plate and two whole layers                                        2
4      plate, one whole layer, one end of each other layer               2
5      two whole layers and one end of the third, without the plate      2
11     two whole layers, without the plate                               1
12     plate, one whole layer, one end of another                        1
====== ================================================================= ======

A hit has three unknowns, so that every signal beyond three is a check. Up to 10 nothing hangs on a single check. At 12
the second coordinate hangs on a single signal that nothing checks. Numbers between are kept free.
"""

from onlinecei.records import MCP

NOT_MADE = -1
"""In place of a method: signals that make no hit, because they leave it open or do not check it."""
WHOLE, NO_END, NO_PLATE, TWO_LAYERS, ONE_LAYER, NO_PLATE_NO_END = 0, 1, 2, 3, 4, 5
UNCHECKED_TIME, UNCHECKED_PLACE = 11, 12
_BY_NUMBER_PLATE_AND_WHOLE = {
    (7, True, 3): WHOLE,
    (6, True, 2): NO_END,
    (6, False, 3): NO_PLATE,
    (5, True, 2): TWO_LAYERS,
    (5, True, 1): ONE_LAYER,
    (5, False, 2): NO_PLATE_NO_END,
    (4, False, 2): UNCHECKED_TIME,
    (4, True, 1): UNCHECKED_PLACE,
}


def method_of(channels: int, layers: int) -> int:
    """Give the method of a hit with signals in a set of channels (one bit each), or `NOT_MADE`.

    Without the plate two whole layers must tell the same time; with it one whole layer must.
    """
    wires = channels & ~(1 << MCP)
    if wires >> 2 * layers:
        return NOT_MADE
    number, plate = channels.bit_count(), bool(channels >> MCP)
    whole = sum(channels >> 2 * layer & 3 == 3 for layer in range(layers))
    if layers == 2 and number == 5:
        return WHOLE
    return _BY_NUMBER_PLATE_AND_WHOLE.get((number, plate, whole), NOT_MADE)
