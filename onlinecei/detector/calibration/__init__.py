"""What the delay lines are like, from the edges of a run."""

from onlinecei.detector.calibration.delay_lines import calibrate_delay_lines
from onlinecei.detector.calibration.plots import AgreementPlot, ImagePlot, RatePlot, TimeSumMap, TimeSumPlot
from onlinecei.detector.calibration.result import DelayLineCalibration

__all__ = [
    "AgreementPlot",
    "DelayLineCalibration",
    "ImagePlot",
    "RatePlot",
    "TimeSumMap",
    "TimeSumPlot",
    "calibrate_delay_lines",
]
