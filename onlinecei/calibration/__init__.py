"""A run to a calibrated setup: what the detector and the spectrometer are like, from the data alone."""

from onlinecei.calibration.record import Calibration
from onlinecei.calibration.report import MARK, report_page
from onlinecei.calibration.run import MOST_HITS, calibrate
from onlinecei.calibration.setup_file import setup_text
from onlinecei.calibration.words import plain_name, sample_in_words, with_error

__all__ = [
    "MARK",
    "MOST_HITS",
    "Calibration",
    "calibrate",
    "plain_name",
    "report_page",
    "sample_in_words",
    "setup_text",
    "with_error",
]
