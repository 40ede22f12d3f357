"""What the calibration of the delay lines gives."""

from dataclasses import dataclass

import numpy as np

from onlinecei.detector.calibration.plots import AgreementPlot, ImagePlot, RatePlot, TimeSumMap, TimeSumPlot
from onlinecei.fitted import Fitted, Remark
from onlinecei.records import Edges
from onlinecei.setup import DelayLinesSection


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DelayLineCalibration:
    """The delay lines as a sample of edges shows them."""

    fitted: tuple[Fitted, ...]
    """Numbers that were found; those of the setup that are missing were left as they were."""
    remarks: tuple[Remark, ...]
    section: DelayLinesSection
    """Ready to go into the setup. Where channels are swapped it holds for edges that were put right."""
    channels: tuple[int, ...]
    """(7,) the channel that really carries u1, u2, v1, v2, w1, w2, mcp; 0 to 6 where none is swapped."""
    pulses: int
    """Pulses that were used."""
    hits: int
    """Hits in the image."""
    rates: RatePlot
    time_sums: tuple[TimeSumPlot, ...]
    """One for each layer."""
    time_sum_maps: tuple[TimeSumMap, ...]
    """One for each layer whose time sum was found."""
    agreement: AgreementPlot | None
    """None without three complete layers."""
    image: ImagePlot | None
    """None without two complete layers."""

    @property
    def swapped(self) -> bool:
        """Whether channels are swapped."""
        return self.channels != tuple(range(len(self.channels)))

    def put_right(self, edges: Edges) -> Edges:
        """Give edges the channels that they should have come in; unchanged where none is swapped."""
        if not self.swapped:
            return edges
        place = np.arange(256, dtype=np.uint8)
        place[list(self.channels)] = np.arange(len(self.channels), dtype=np.uint8)
        return Edges(first_edge=edges.first_edge, channel=place[edges.channel], t_ns=edges.t_ns)
