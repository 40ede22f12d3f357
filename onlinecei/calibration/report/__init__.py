"""The report of a calibration: one page that needs nothing else, to read on a screen or on paper."""

from onlinecei.calibration.report.page import MARK, report_page

__all__ = ["MARK", "report_page"]
