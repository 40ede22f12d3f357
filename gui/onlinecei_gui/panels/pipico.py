"""Photo-ion photo-ion coincidences, with the windows of the ions and the pairs of the chosen channel."""

from functools import partial
from itertools import combinations

import numpy as np

from onlinecei.arrays import F8
from onlinecei.centroids.layout import Layout
from onlinecei.errors import CEIError
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.image import ImagePanel
from onlinecei_gui.panels.names import Names
from onlinecei_gui.panels.outline import Outline
from onlinecei_gui.panels.windows import with_rim_at
from onlinecei_gui.words import ion_name

Pair = tuple[int, int]
"""Numbers of two ions of the setup, the faster one first."""


class PipicoPanel(ImagePanel):
    """Every pair of hits of a pulse, the earlier one along x; the sides of an outline are dragged."""

    def __init__(self) -> None:
        super().__init__("PIPICO", "first ion [ns]", "second ion [ns]", block="pipico", colours="inferno")
        self.gates: list[Outline] = []
        self.names = Names(self.plot, bold=True)
        self._pairs: list[Pair] = []
        self._moment: Moment | None = None
        self._of: tuple[str, int] = ("", -1)

    def draw(self, moment: Moment, choice: Choice) -> None:
        super().draw(moment, choice)
        self._moment = moment
        if self._of != (moment.setup.hash, choice.channel):
            self._of = moment.setup.hash, choice.channel
            self._outline(moment, choice)
        asked = None if moment.asked is None else Layout.of(moment.asked).windows_ns
        for pair, gate in zip(self._pairs, self.gates, strict=True):
            same = asked is not None and len(asked) == len(moment.layout.windows_ns)
            gate.show(moment.layout.windows_ns[list(pair)], asked[list(pair)] if asked is not None and same else None)
        start, stop = moment.time_view_ns
        self.view((start, stop), (start, stop))

    def _outline(self, moment: Moment, choice: Choice) -> None:
        """Outline where the pairs of the chosen channel arrive."""
        for gate in self.gates:
            gate.remove()
        self._pairs = _pairs(moment, choice)
        self.gates = [Outline(self.plot, partial(self._want, pair)) for pair in self._pairs]
        windows, ions = moment.layout.windows_ns, [ion_name(each.ion) for each in moment.setup.ions]
        boxes: F8 = np.array([windows[list(pair)].T.ravel() for pair in self._pairs]).reshape(-1, 4)
        self.names.show(boxes, [f"{ions[first]}, {ions[second]}" for first, second in self._pairs])

    def _want(self, pair: Pair, axis: int, rim_ns: float) -> None:
        """Ask for a window of one of the ions."""
        if self._moment is None:
            return
        try:
            self.wanted.emit(with_rim_at(self._moment, pair[axis], rim_ns))
        except CEIError as error:
            self.told.emit(str(error), True)  # noqa: FBT003  a signal has no keywords


def _pairs(moment: Moment, choice: Choice) -> list[Pair]:
    """Find the pairs of a channel, each once, in the order in which they arrive."""
    section, starts = moment.section(choice), moment.layout.windows_ns[:, 0]
    if section is None:
        return []
    numbers = {each.ion: number for number, each in enumerate(moment.setup.ions)}
    pairs = combinations(sorted((numbers[ion] for ion in section.channel.ions), key=lambda each: starts[each]), 2)
    return sorted(set(pairs), key=lambda pair: (starts[pair[1]], starts[pair[0]]))
